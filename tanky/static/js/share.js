/* Buttons marked data-share open the device's own sheet (Web Share API), on a phone with Zalo in it. */
(() => {
  if (!navigator.share) return;
  const url = document.querySelector("link[rel=canonical]")?.href || location.href;
  for (const button of document.querySelectorAll("[data-share]")) {
    button.hidden = false;
    // It rejects when the person closes the sheet, which is no error.
    button.onclick = () => navigator.share({ title: document.title, url }).catch(() => {});
  }
})();
