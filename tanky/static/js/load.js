/* Within a page: fetches its script when all that is seen is there, so that on a thin line nothing
 * of the page waits for it. */
(({ dataset }) => {
  addEventListener("load", () => {
    const script = document.createElement("script");
    script.src = dataset.script;
    document.head.append(script);
  });
})(document.currentScript);
