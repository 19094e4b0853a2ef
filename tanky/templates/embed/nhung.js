{# What a line pasted into another site runs; each byte is sent to its visitors, so the reasons
   stand here. It must not fail in their page: no global, nothing newer than 2017, and where that is
   not understood the link simply stays. A place is taken if its link leads to this portal (or to the
   address that the script was copied from), so that a district shows several communes side by side.
   The link stays until the widget has said its height: where nothing answers, nothing is lost. The
   widget's usual height is kept free meanwhile, so that the text below does not jump. Light or dark
   is read off the text's own colour, which shows what the host looks like however it was made so.
   A host without an origin (a file, a sandboxed page) can be told from no other, nor can the frames
   within it. -#}
(() => {
  const portal = {{ portal|tojson }}, heights = {{ heights|tojson }}, here = self.origin;
  const source = (document.currentScript || {}).src + "", frames = new Map();
  const style = "border:0;display:block;width:100%;height:";
  if (!here || !self.IntersectionObserver) return;

  const scheme = (place) => {
    const colour = /^rgba?\((\d+), (\d+), (\d+)/.exec(getComputedStyle(place).color);
    return place.dataset.scheme || (colour ? (colour[1] * 3 + colour[2] * 6 + +colour[3] > 1400 ? "dark" : "light") : "");
  };

  const put = (place) => {
    const frame = document.createElement("iframe"), data = place.dataset;
    const address = new URL(portal + "/nhung/" + data.tanky), asked = address.searchParams;
    if (data.chuyenMuc) asked.set("chuyen-muc", data.chuyenMuc);
    if (data.soTin) asked.set("so-tin", data.soTin);
    address.hash = new URLSearchParams({ host: here, scheme: scheme(place) });
    frame.src = address;
    frame.title = place.textContent || "Tanky";
    frame.referrerPolicy = "no-referrer";
    frame.sandbox = "allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox";
    frame.style = style + 0;
    place.style.minHeight = heights[data.tanky][+(place.offsetWidth >= {{ columns }})] + "px";
    setTimeout(() => { place.style.minHeight = ""; }, 15000);
    place.append(frame);
    frames.set(frame.contentWindow, frame);
  };

  addEventListener("message", ({ source, origin, data }) => {
    const frame = frames.get(source);
    if (!frame || !(data && data.tanky > 0 && data.tanky < 9999) || (origin !== portal && here !== "null")) return;
    frame.style = style + data.tanky + "px!important";
    frame.parentNode.style.minHeight = "";
    while (frame.previousSibling) frame.previousSibling.remove();
  });

  const dress = () => setTimeout(() => frames.forEach((frame, view) => {
    if (frame.isConnected) view.postMessage({ scheme: scheme(frame.parentNode) }, portal);
  }), 400);
  const changes = new MutationObserver(dress);
  matchMedia("(prefers-color-scheme: dark)").onchange = dress;

  const near = new IntersectionObserver((entries) => entries.forEach(({ isIntersecting, target }) => {
    if (!isIntersecting) return;
    near.unobserve(target);
    put(target);
  }), { rootMargin: "300px" });

  const scan = () => {
    document.querySelectorAll("html,body").forEach((root) => changes.observe(root, { attributes: true }));
    document.querySelectorAll("[data-tanky]:not([data-tanky-put])").forEach((place) => {
      const link = place.querySelector("a");
      if (!heights[place.dataset.tanky] || (link && link.origin !== portal && !source.startsWith(link.origin + "/"))) return;
      place.dataset.tankyPut = "";
      near.observe(place);
    });
  };
  scan();
  addEventListener("DOMContentLoaded", scan);
})();
