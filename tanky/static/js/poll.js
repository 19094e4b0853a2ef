/* Keeps the fragments marked data-poll="seconds" current.
 *
 * Only while the page is visible; four times slower where data is saved; ever slower while the
 * server does not answer; never at the same beat as another phone. The fragment's data-tag goes
 * along as If-None-Match, so that even the first poll of an unchanged fragment comes back empty.
 */
(() => {
  // Here and not in each page, whose bytes are counted: an answer of a fault is never put in.
  htmx.config.noSwap = [204, 304, "4xx", "5xx"];
  const SAVING = 4;
  const LONGEST = 15 * 60;
  const failures = new Map();
  const timers = new Map();

  const seconds = (element) => {
    const connection = navigator.connection;
    const saving = connection && (connection.saveData || /2g/.test(connection.effectiveType));
    const base = Number(element.dataset.poll) * (saving ? SAVING : 1);
    const waited = Math.min(base * 2 ** (failures.get(element.id) || 0), LONGEST);
    return waited * (0.8 + Math.random() * 0.4);
  };

  const schedule = (element) => {
    clearTimeout(timers.get(element.id));
    timers.set(element.id, setTimeout(() => poll(element.id), seconds(element) * 1000));
  };

  const poll = (id) => {
    const element = document.getElementById(id);
    if (!element || document.hidden) return;
    element.dispatchEvent(new CustomEvent("poll"));
  };

  const polled = () => document.querySelectorAll("[data-poll]");

  document.addEventListener("htmx:config:request", (event) => {
    const { ctx } = event.detail;
    const tag = ctx.sourceElement.dataset.tag;
    if (ctx.sourceElement.dataset.poll && tag) {
      ctx.request.headers["If-None-Match"] = `"${tag}"`;
      ctx.request.cache = "no-store";
    }
  });

  document.addEventListener("htmx:finally:request", (event) => {
    const { ctx } = event.detail;
    const element = document.getElementById(ctx.sourceElement.id);
    if (!element?.dataset.poll) return;
    const answered = ctx.response && (ctx.response.status < 400);
    failures.set(element.id, answered ? 0 : (failures.get(element.id) || 0) + 1);
    schedule(element);
  });

  document.addEventListener("visibilitychange", () => {
    // Whoever comes back sees what is current, a moment later and not all at once.
    for (const element of polled()) {
      clearTimeout(timers.get(element.id));
      if (!document.hidden) {
        timers.set(element.id, setTimeout(() => poll(element.id), Math.random() * 2000));
      }
    }
  });

  // The server leaves the place out while nothing is urgent, to save bytes.
  if (!document.getElementById("tk-alerts")) {
    const place = document.createElement("div");
    place.id = "tk-alerts";
    Object.assign(place.dataset, {
      hxGet: "/partials/alerts", hxTrigger: "poll", hxSwap: "outerMorph", poll: "60", tag: "none",
    });
    document.querySelector(".tk-skip")?.after(place);
    htmx.process(place);
  }

  // A saved copy of a page learns at once what happened since it was saved.
  addEventListener("online", () => polled().forEach((element) => poll(element.id)));

  polled().forEach(schedule);
})();
