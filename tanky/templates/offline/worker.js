{# Keeps the pages that were read, those chosen to be kept, and the page that says what there is
   when nothing else can be shown. Pages always come from the network first, so that each view is
   counted and nothing old is passed off as new; a saved copy is shown when the network or the
   server fails, or says nothing for ten seconds, and says of itself what it is. What a resident
   may not see twice, and all that belongs to editors, goes past it untouched. A browser keeps the
   pictures and scripts of saved pages for a year by itself; pictures are kept here as well, since
   cheap phones clear that store often. -#}
const SHELL = "tanky-shell-{{ version }}", READ = "tanky-read", CHOSEN = "tanky-chosen", PICTURES = "tanky-pictures", FILES = "tanky-files";
const KEPT = {{ kept|tojson }};
const PATIENCE = 10000, MOST_PAGES = 60, MOST_PICTURES = 120, MOST_FILES = 20;
const NOT_OURS = /^\/(bien-tap|dang-|nhung|oembed|api|partials|chia-se|tin-tuc\/xem-truoc)/;

{# Whole before the earlier copy goes: a line that is cut in the middle takes nothing away. -#}
const keep = async (name, url, answer, most) => {
  const cache = await caches.open(name), whole = new Response(await answer.blob(), answer);
  await cache.delete(url, { ignoreVary: true });
  await cache.put(url, whole);
  for (const old of (await cache.keys()).slice(0, -most)) await cache.delete(old, { ignoreVary: true });
};

const isFile = (url) => new URL(url).pathname.startsWith("/tep/");
const drop = async (url) => {
  for (const name of [READ, CHOSEN, FILES]) await (await caches.open(name)).delete(url, { ignoreVary: true });
};

{# A page that was taken down is gone from here as well. What a search found is not kept. -#}
const note = async (url, answer) => {
  const chosen = await (await caches.open(CHOSEN)).match(url, { ignoreVary: true }), { status, headers } = answer;
  if (status === 404 || status === 410) await drop(url);
  else if (status === 200 && !/no-store/.test(headers.get("cache-control"))) {
    const file = isFile(url);
    if (chosen) await keep(CHOSEN, url, answer, Infinity);
    else if (file) await keep(FILES, url, answer, MOST_FILES);
    else if (/^text\/html/.test(headers.get("content-type")) && !/[?&]q=/.test(url)) await keep(READ, url, answer, MOST_PAGES);
  }
};

{# What was taken down meanwhile goes, whichever page is opened: asked once a minute at most. -#}
let asked = 0;
const forget = async () => {
  if (Date.now() - asked < 60000) return;
  const paths = {};
  for (const name of [READ, CHOSEN, FILES]) for (const { url } of await (await caches.open(name)).keys()) paths[url] = new URL(url).pathname.replace(/^(\/tin-tuc\/\d+-).*/, "$1x");
  const told = [...new Set(Object.values(paths))].filter((path) => path !== "/").join().slice(-{{ longest }});
  if (!told) return;
  const gone = await (await fetch("{{ url_for('offline.gone') }}?trang=" + told)).json();
  asked = Date.now();
  for (const url in paths) if (gone.includes(paths[url])) await drop(url);
};

const saved = (url) => caches.match(url, { ignoreVary: true });

{# Its figures of visitors are of a moment that is gone: they are left out. #}
const shown = async (copy, note, unread) => {
  const when = new Date(copy.headers.get("date")).toLocaleString("en-GB", { timeZone: "{{ site.zone }}" }).replace(",", "");
  const html = (await copy.text())
    .replace("<html", unread ? "$& data-unread" : "$&")
    .replace(/<body[^>]*>/, (body) => body + (note ? `<p class="tk-banner tk-banner--saved" role="status">Bản đã lưu lúc ${when}, xem khi không có mạng. Tin và số liệu có thể đã cũ. <a href="">Tải lại</a></p>` : ""))
    .replace(/id="tk-counters"[^]*?<\/dl>/, (figures) => figures.replace(/<dd>[^<]*/g, "<dd>–"));
  const headers = {};
  for (const name of ["content-type", "content-security-policy"]) headers[name] = copy.headers.get(name);
  return new Response(html, { headers });
};

const page = async (url, network) => {
  const late = new Promise((tell) => setTimeout(tell, PATIENCE)).then(async () => (await saved(url)) ? undefined : network);
  const answer = await Promise.race([network, late]).catch(() => {});
  if (answer && answer.status < 500) return answer;
  const copy = await saved(url);
  if (copy) return isFile(url) ? copy : shown(copy, !url.endsWith(KEPT[0]));
  return answer && answer.status < 502 ? answer : shown(await saved(KEPT[0]), false, true);
};

const picture = async (request) => {
  const copy = await saved(request.url);
  if (copy) return copy;
  const answer = await fetch(request);
  if (answer.ok && !/no-store/.test(answer.headers.get("cache-control"))) await keep(PICTURES, request.url, answer.clone(), MOST_PICTURES);
  return answer;
};

addEventListener("install", (event) => {
  skipWaiting();
  {# Fetched ahead, and so not counted as views. #}
  event.waitUntil(caches.open(SHELL).then((cache) => cache.addAll(KEPT.map((url) => new Request(url, { headers: { Purpose: "prefetch" } })))));
});

addEventListener("activate", (event) => event.waitUntil((async () => {
  for (const name of await caches.keys()) if (/^tanky-shell-/.test(name) && name !== SHELL) await caches.delete(name);
  if (registration.navigationPreload) await registration.navigationPreload.enable();
  await clients.claim();
  {# The page that brought the worker was read before there was one; the browser still has it. #}
  for (const { url } of await clients.matchAll({ type: "window" })) {
    if (!NOT_OURS.test(new URL(url).pathname)) {
      await fetch(url, { cache: "only-if-cached", mode: "same-origin" }).then((answer) => note(url, answer)).catch(() => {});
    }
  }
})()));

addEventListener("fetch", (event) => {
  const { request } = event, url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin || NOT_OURS.test(url.pathname)) return;
  if (request.mode === "navigate") {
    const network = (async () => (await event.preloadResponse) || fetch(request))();
    event.waitUntil(network.then((answer) => note(url.href, answer.clone())).then(forget).catch(() => {}));
    event.respondWith(page(url.href, network));
  } else if (/^\/anh\//.test(url.pathname)) event.respondWith(picture(request));
  else if (KEPT.some((kept) => url.href.endsWith(kept))) event.respondWith(saved(url.href).then((copy) => copy || fetch(request)));
});
