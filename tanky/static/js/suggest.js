/* Beneath a box that searches the whole site: what the words may mean, while one still types.
 * Asks for nothing on a line that is slow or paid by the byte; the form works without it.
 */
(() => {
  const line = navigator.connection ?? {};
  if (line.saveData || /2g/.test(line.effectiveType ?? "")) return;

  const boxOf = (form) => {
    const made = form.querySelector(".tk-suggest");
    if (made) return made;
    const box = document.createElement("div");
    box.className = "tk-suggest";
    box.setAttribute("aria-live", "polite");
    form.append(box);
    return box;
  };
  let waiting, asked = "";

  document.addEventListener("input", ({ target }) => {
    const form = target.form;
    if (target.name !== "q" || form?.getAttribute("action") !== "/tim-kiem") return;
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      const words = target.value.trim();
      const box = boxOf(form);
      if (words.length < 3) return box.replaceChildren();
      if (words === asked) return;
      asked = words;
      htmx.ajax("GET", `/tim-kiem/goi-y?q=${encodeURIComponent(words)}`, { target: box, swap: "innerHTML" });
    }, 300);
  });
  const close = (form) => form?.querySelector(".tk-suggest")?.replaceChildren();
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !event.target.form) return;
    asked = "";
    close(event.target.form);
  });
  document.addEventListener("focusout", ({ target, relatedTarget }) => {
    const form = target.closest("form");
    if (form && relatedTarget && !form.contains(relatedTarget)) close(form);
  });
})();
