{# Takes the place of the worker that a browser has, and goes with all that it kept. #}
addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil((async () => {
  for (const name of await caches.keys()) if (/^tanky-/.test(name)) await caches.delete(name);
  await registration.unregister();
})()));
