/* A widget in another site's page: takes the host's light or dark, tells its height, looks for
 * something new while it is on the screen. The address after # says who is around it. */
(() => {
  const LONGEST = 3600;
  const told = new URLSearchParams(location.hash.slice(1));
  const host = told.get("host");
  const secret = told.get("secret");
  const root = document.documentElement;
  let main, text, timer, due, failures = 0, shown = true;

  const dress = (scheme) => { if (scheme === "light" || scheme === "dark") root.dataset.scheme = scheme; };
  dress(told.get("scheme"));

  /* Our loader names its page's origin; WordPress gives a secret by which it knows the frame. */
  const say = (message, value) => {
    if (/^https?:\/\/[^/]+$/.test(host)) parent.postMessage({ tanky: value }, host);
    else if (host === "null") parent.postMessage({ tanky: value }, "*");
    else if (secret) parent.postMessage({ message, value, secret }, "*");
  };

  /* A frame that was not given its place yet has no height to tell, or that of a column of words. */
  const tell = () => {
    const box = main.getBoundingClientRect();
    if (box.height && innerWidth > 99) say("height", Math.ceil(box.bottom + scrollY) + 1);
  };

  addEventListener("message", ({ source, origin, data }) => {
    if (source !== parent || !data) return;
    if (origin === host) dress(data.scheme);
    if (secret && data.secret === secret && main) tell();
  });

  const schedule = () => {
    clearTimeout(timer);
    if (shown && !document.hidden) {
      timer = setTimeout(look, Math.max(due - Date.now(), Math.random() * 2000));
    }
  };
  const rest = () => {
    const wait = Math.min((main.dataset.refresh || LONGEST) * 2 ** failures, LONGEST);
    due = Date.now() + wait * (0.8 + Math.random() * 0.4) * 1000;
    schedule();
  };

  const look = async () => {
    try {
      const address = `${location.pathname}${location.search ? `${location.search}&` : "?"}manh=1`;
      const answer = await fetch(address, { cache: "no-cache", credentials: "omit" });
      if (!answer.ok) throw answer;
      const part = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main");
      failures = 0;
      /* After an upgrade of the portal the new text needs the new style. */
      if (part.dataset.build !== main.dataset.build) return location.reload();
      const fresh = part.innerHTML;
      if (fresh !== text && !main.contains(document.activeElement)) main.innerHTML = text = fresh;
    } catch {
      failures += 1;
    }
    main.querySelector(".tk-widget__lost").hidden = failures < 2;
    rest();
  };

  document.addEventListener("DOMContentLoaded", () => {
    main = document.querySelector("main");
    text = main.innerHTML;
    /* At once, since nothing is observed in a frame that is not on the screen yet. */
    tell();
    addEventListener("load", tell);
    addEventListener("resize", tell);
    new ResizeObserver(tell).observe(main);
    new IntersectionObserver((entries) => {
      shown = entries[entries.length - 1].isIntersecting;
      schedule();
    }).observe(main);
    document.addEventListener("visibilitychange", schedule);
    /* WordPress sandboxes the frame without new windows and follows the link itself. */
    document.addEventListener("click", (event) => {
      const link = secret && event.target.closest("a");
      if (!link) return;
      event.preventDefault();
      say("link", link.href);
    });
    rest();
  });
})();
