/* The editors' area: says when a draft could not save itself, asks before what cannot be undone,
 * and warns before a page with unsaved text is left. Everything works without it. */
(() => {
  const RETRY = 10000;
  let dirty = false;
  let retry;

  document.addEventListener("submit", (event) => {
    const question = event.submitter?.dataset.confirm;
    if (question && !window.confirm(question)) event.preventDefault();
    else dirty = false;
  });

  const status = document.querySelector("[data-autosave]");
  if (!status) return;
  const form = document.getElementById("bai");

  form.addEventListener("input", () => {
    dirty = true;
    status.textContent = "Đang gõ, chưa lưu…";
  });

  const lost = () => {
    status.textContent = "Mất kết nối, chưa lưu được. Nội dung còn trên màn hình; sẽ tự thử lại.";
    clearTimeout(retry);
    retry = setTimeout(() => status.dispatchEvent(new CustomEvent("autosave")), RETRY);
  };

  document.addEventListener("htmx:error", lost);
  document.addEventListener("htmx:finally:request", (event) => {
    const code = event.detail.ctx.response?.status;
    if (code === 200) dirty = false;
    else if (code >= 500) lost();
  });

  window.addEventListener("online", () => {
    if (dirty) status.dispatchEvent(new CustomEvent("autosave"));
  });
  window.addEventListener("beforeunload", (event) => {
    if (dirty) event.preventDefault();
  });
})();
