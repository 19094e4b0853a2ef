/* Sends this page's link on. Buttons marked data-share open the device's own sheet (Web Share API), on
 * a phone with Zalo in it; those marked data-copy-link put the link on the clipboard. Browsers have
 * both over https alone. */
(() => {
  const url = document.querySelector("link[rel=canonical]")?.href || location.href;
  const offer = (mark, works, act) => {
    for (const button of works ? document.querySelectorAll(mark) : []) {
      button.hidden = false;
      button.onclick = () => act(button);
    }
  };
  // It rejects when the person closes the sheet, which is no error.
  offer("[data-share]", navigator.share, () => navigator.share({ title: document.title, url }).catch(() => {}));
  offer("[data-copy-link]", navigator.clipboard, async (button) => {
    try {
      await navigator.clipboard.writeText(url);
      button.textContent = "Đã sao chép";
    } catch { button.textContent = "Chưa sao chép được"; }
  });
})();
