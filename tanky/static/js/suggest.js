/* Beneath a box that searches the whole site: what the words may mean, while one still types.
 * Asks for nothing on a line that is slow or paid by the byte; the form works without it.
 */
(() => {
  const line = navigator.connection ?? {};
  if (line.saveData || /2g/.test(line.effectiveType ?? "")) return;

  let waiting, asked = "";
  const boxOf = (form) => {
    const made = form.querySelector(".tk-suggest");
    if (made) return made;
    const box = document.createElement("div");
    box.className = "tk-suggest";
    form.append(box);
    return box;
  };
  const close = (form) => {
    clearTimeout(waiting);
    asked = "";
    form?.querySelector(".tk-suggest")?.replaceChildren();
  };

  document.addEventListener("input", ({ target }) => {
    const form = target.form;
    if (target.name !== "q" || form?.getAttribute("action") !== "/tim-kiem") return;
    const words = target.value.trim();
    clearTimeout(waiting);
    if (words.length < 3) return close(form);
    waiting = setTimeout(() => {
      if (words === asked) return;
      asked = words;
      const address = `/tim-kiem/goi-y?q=${encodeURIComponent(words)}`;
      htmx.ajax("GET", address, { target: boxOf(form), swap: "innerHTML" });
    }, 300);
  });
  // An answer to words that are no longer those in the box would open it again.
  document.addEventListener("htmx:before:swap", (event) => {
    const { ctx } = event.detail;
    const box = ctx.target;
    if (!box?.classList?.contains("tk-suggest")) return;
    if (new URL(ctx.request.action, location).searchParams.get("q") !== asked) event.preventDefault();
  });
  document.addEventListener("keydown", (event) => {
    const form = event.key === "Escape" && event.target.closest?.("form");
    if (!form || !form.querySelector(".tk-suggest")?.hasChildNodes()) return;
    event.preventDefault(); // which would empty the box as well
    close(form);
    form.querySelector("[name=q]").focus();
  });
  document.addEventListener("focusout", ({ target, relatedTarget }) => {
    const form = target.closest("form");
    if (form && relatedTarget && !form.contains(relatedTarget)) close(form);
  });
})();
