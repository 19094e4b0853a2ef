/* Passkeys. What is marked data-passkey="create" or "get" asks the address in data-ask for a
 * challenge, has the device answer it, and sends the answer to the address in data-answer. Shown
 * only where the browser can: it takes a secure page. */
(() => {
  if (!window.PublicKeyCredential?.parseCreationOptionsFromJSON) {
    for (const told of document.querySelectorAll("[data-no-passkeys]")) told.hidden = false;
    return;
  }
  const { credentials } = navigator;
  const ceremonies = {
    create: (options) => credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) }),
    get: (options) => credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) }),
  };
  const send = async (address, fields) => {
    const answer = await fetch(address, { method: "POST", body: new URLSearchParams(fields), headers: { "X-Requested-With": "fetch" } });
    // Another page in its place: the session ended, or something else is to be done first.
    if (!/json/.test(answer.headers.get("content-type"))) return { problem: "Trang này đã cũ hoặc tài khoản còn việc phải làm trước. Mời bạn tải lại trang." };
    return answer.json();
  };
  for (const place of document.querySelectorAll("[data-passkey]")) {
    place.hidden = false;
    const { passkey, ask, answer, token } = place.dataset;
    const problem = place.querySelector("[role=alert]"), button = place.querySelector("button");
    const say = (text) => {
      problem.textContent = text;
      problem.hidden = !text;
    };
    place.addEventListener(token ? "click" : "submit", async (event) => {
      if (token && event.target !== button) return;
      event.preventDefault();
      say("");
      button.disabled = true;
      const fields = token ? { csrf_token: token } : Object.fromEntries(new FormData(place));
      try {
        let told = await send(ask, fields);
        if (told.options) {
          const made = await ceremonies[passkey](told.options);
          told = await send(answer, { ...fields, answer: JSON.stringify(made) });
        }
        if (told.onward) location.assign(told.onward);
        else say(told.problem);
      } catch (error) {
        say(error.name === "NotAllowedError" ? "Chưa dùng được khoá: thiết bị đã thôi hoặc quá lâu. Mời bạn thử lại."
          : error.name === "InvalidStateError" ? "Thiết bị này đã có khoá của bạn."
          : error.name === "SecurityError" ? "Khoá truy cập chỉ dùng được ở tên miền của trang, không ở địa chỉ số."
          : "Không gửi được. Mời bạn xem mạng rồi thử lại.");
      }
      button.disabled = false;
    });
  }
})();
