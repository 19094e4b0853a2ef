/* Buttons marked data-copy="#field" put a field's text on the clipboard; also those that come later. */
(() => {
  const show = () => document.querySelectorAll("[data-copy]").forEach((button) => { button.hidden = false; });
  show();
  document.addEventListener("htmx:after:swap", show);
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const field = document.querySelector(button.dataset.copy);
    field.select();
    try { await navigator.clipboard.writeText(field.value); } catch { document.execCommand("copy"); }
    button.textContent = "Đã sao chép";
  });
})();
