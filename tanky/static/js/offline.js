/* Pages kept for when there is no connection: brings the service worker, saves what is chosen by
 * the buttons marked data-save, and lists what there is in the element marked data-saved.
 *
 * Where the portal names no worker, the operator has switched it off: what an earlier one kept goes.
 */
(async () => {
  const CHOSEN = "tanky-chosen", READ = "tanky-read", FILES = "tanky-files";
  const RETRY = 15000; // milliseconds
  const { worker } = document.documentElement.dataset;
  const workers = navigator.serviceWorker;
  if (!workers || !self.caches) return;

  const forget = async (names) => { for (const name of names) await caches.delete(name); };

  if (!worker) {
    for (const registered of await workers.getRegistrations()) await registered.unregister();
    return forget((await caches.keys()).filter((name) => name.startsWith("tanky-")));
  }
  /* It comes with the second page of a visit: whoever looks once loads nothing for it. */
  const bring = () => workers.register(worker, { updateViaCache: "all" }).catch(() => {});
  const first = (() => {
    try {
      const known = sessionStorage.getItem("tanky-first");
      if (!known) sessionStorage.setItem("tanky-first", location.href);
      return known;
    } catch { return location.href; }
  })();
  const { controller } = workers;
  // Its address changes with its content, so that what the browser has need not be asked for.
  if (controller ? !controller.scriptURL.endsWith(worker) : first) bring();
  if (!controller && first) {
    // The browser still has the page that there was no worker for.
    fetch(first, { cache: "only-if-cached", mode: "same-origin" }).then(async (answer) => {
      if (answer.ok && answer.headers.get("content-type").startsWith("text/html")) {
        await (await caches.open(READ)).put(first, answer);
      }
    }).catch(() => {});
  }

  /* What a button saves: this page, and the pages that its links lead to. */
  const wanted = (button) => [
    location.href.replace(/#.*/, ""),
    ...[button.dataset.save, button.dataset.with].filter(Boolean).flatMap((links) => [...document.querySelectorAll(links)].map((link) => link.href)),
  ];

  const say = (button, text) => {
    button.textContent = text;
    button.disabled = text.endsWith("…");
  };

  const show = async (button) => {
    const cache = await caches.open(CHOSEN);
    const found = await Promise.all(wanted(button).map((url) => cache.match(url, { ignoreVary: true })));
    button.hidden = false;
    button.dataset.label ||= button.textContent;
    button.dataset.done = found.every(Boolean) ? "1" : "";
    say(button, button.dataset.done ? "Đã lưu trên máy này. Bỏ lưu" : button.dataset.label);
  };

  const save = async (button) => {
    const cache = await caches.open(CHOSEN), urls = wanted(button);
    for (const [number, url] of urls.entries()) {
      say(button, `Đang lưu ${number + 1}/${urls.length}…`);
      // Nobody looks at it yet: not counted as a view.
      const answer = await fetch(url, { headers: { Purpose: "prefetch" } });
      if (!answer.ok) throw new Error(answer.status);
      await cache.put(url, answer);
    }
  };

  const choose = async (button) => {
    try {
      if (!controller) bring();
      if (!button.dataset.done) await save(button);
      else {
        const cache = await caches.open(CHOSEN);
        for (const url of wanted(button)) await cache.delete(url, { ignoreVary: true });
      }
      await show(button);
    } catch {
      say(button, "Chưa lưu hết được, bấm để thử lại");
    }
  };

  const fold = (text) => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/[đĐ]/g, "d").toLowerCase().replace(/[^a-z0-9]+/g, " ");

  /* An entry of the list: what the page is called, when it was saved, and the words to find it by. */
  const entry = async (url, answer, zone) => {
    const name = decodeURIComponent(new URL(url).pathname.split("/").pop());
    const html = answer.headers.get("content-type").startsWith("text/html") ? await answer.text() : "";
    // The title alone: our policy would be held against the styles of a whole page.
    const [head] = /<title>[^<]*/.exec(html) || ["<title>"];
    const { title } = new DOMParser().parseFromString(`${head}</title>`, "text/html");
    const link = document.createElement("a");
    link.href = url;
    link.textContent = title.replace(/ – [^–]*$/, "") || name;
    const when = document.createElement("span");
    when.className = "tk-teaser__when";
    when.textContent = ` lưu lúc ${new Date(answer.headers.get("date")).toLocaleString("en-GB", { timeZone: zone }).replace(",", "")}`;
    const item = document.createElement("li");
    item.append(link, when);
    const [main] = /<main[^]*<\/main>/.exec(html) || [""];
    return { item, title: fold(` ${link.textContent}`), words: fold(` ${link.textContent} ${main.replace(/<[^>]*>/g, " ")}`) };
  };

  const list = async (place) => {
    const entries = new Map(), listed = new Set();
    for (const name of [CHOSEN, READ, FILES]) {
      const cache = await caches.open(name);
      for (const { url } of (await cache.keys()).reverse()) {
        const { pathname, searchParams } = new URL(url);
        searchParams.delete("truong-hop");
        const page = `${pathname}?${searchParams}`;
        // Searches, this list, and a procedure's other cases are not worth a line.
        if (listed.has(page) || searchParams.has("q") || pathname === "/ngoai-tuyen") continue;
        listed.add(page);
        entries.set(url, await entry(url, await cache.match(url, { ignoreVary: true }), place.dataset.zone));
      }
    }
    if (!entries.size) return;
    const items = document.createElement("ul");
    items.className = "tk-plain";
    place.replaceChildren(items);
    const button = document.querySelector("[data-forget]");
    button.hidden = false;
    button.onclick = async () => { await forget([CHOSEN, READ, FILES, "tanky-pictures"]); location.reload(); };

    const field = document.querySelector("[data-saved-find] input");
    const find = () => {
      const wanted = fold(field.value).trim().split(" ");
      const having = (key) => [...entries.values()].filter((one) => wanted.every((word) => one[key].includes(` ${word}`)));
      const matching = new Set([...having("title"), ...having("words")]);
      items.replaceChildren(...[...matching].map(({ item }) => item));
      document.querySelector("[data-saved-nothing]").hidden = matching.size > 0;
    };
    field.parentElement.hidden = false;
    field.oninput = find;
    // Where this page stands in for a search, that is what was wanted.
    field.value = new URLSearchParams(location.search).get("q") || "";
    find();
  };

  /* In place of a page that was not saved: opens it as soon as it can be fetched. */
  const retry = () => {
    const again = async () => {
      if (document.hidden) return;
      try {
        // Nobody looks at the answer: not counted as a view.
        const { status } = await fetch(location.href, { method: "HEAD", cache: "no-store", headers: { Purpose: "prefetch" } });
        if (status < 502) location.reload();
      } catch { /* still no connection */ }
    };
    addEventListener("online", again);
    document.addEventListener("visibilitychange", again);
    setInterval(again, RETRY);
  };

  const buttons = document.querySelectorAll("[data-save]"), place = document.querySelector("[data-saved]");
  for (const button of buttons) {
    button.onclick = () => choose(button);
    await show(button);
  }
  document.addEventListener("htmx:after:swap", () => buttons.forEach(show));
  if (document.documentElement.hasAttribute("data-unread")) retry();
  if (place) await list(place);
})();
