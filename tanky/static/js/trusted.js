/* What Trusted Types let through: scripts of our own addresses and none made of text. Markup passes,
 * since htmx puts in what the portal drew; nothing in it runs under the page's policy. */
self.trustedTypes?.createPolicy("default", {
  createHTML: (html) => html,
  createScriptURL: (url) => new URL(url, location).origin === origin ? url : null,
});
