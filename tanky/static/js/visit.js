/* The second witness of a visit (docs/architecture.md, Counting). Once a page is first seen, asks for
 * an empty answer under one fixed address: the browser itself says when it was last here, by the
 * Last-Modified that it keeps of the answer before. A tab's random mark goes along with its polls. */
(() => {
  let mark = "";
  try {
    mark = sessionStorage.getItem("tanky-tab") || "";
    if (!mark) {
      mark = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
      sessionStorage.setItem("tanky-tab", mark);
    }
  } catch { mark = ""; /* nothing may be kept here: the server's word stands alone */ }

  document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
    if (ctx.sourceElement.dataset.poll) ctx.request.headers["Tanky-Tab"] = mark;
  });

  const { view } = document.querySelector("[data-view]")?.dataset || {};
  const tell = () => {
    if (!view || document.hidden || document.prerendering) return;
    document.removeEventListener("visibilitychange", tell);
    document.removeEventListener("prerenderingchange", tell);
    fetch(view, { cache: "no-cache", headers: { "Tanky-Tab": mark } }).catch(() => {});
  };
  document.addEventListener("visibilitychange", tell);
  document.addEventListener("prerenderingchange", tell);
  tell();
})();
