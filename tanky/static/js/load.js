/* Within a page: fetches its script when all that is seen is there, so that on a thin line nothing
 * of the page waits for it. */
{
  const { dataset } = document.currentScript;
  addEventListener("load", () => {
    document.head.append(Object.assign(document.createElement("script"), { src: dataset.script }));
  });
}
