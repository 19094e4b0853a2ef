/* The desk: keeps what is typed on this device until the server has it, says when it could
 * not be sent, and asks before what cannot be undone. Everything works without it. */
(() => {
  const RETRY = 10000;
  const SETTLE = 300;
  const SUBMITTED = "tanky:submitted";

  /* On a phone the navigation is wider than the screen. */
  document.querySelector(".tk-desk__nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

  /* A browser may refuse to keep anything (private windows, full disk): then it is done without. */
  const keep = (store, key, value) => {
    try { store.setItem(key, value); return true; } catch { return false; }
  };
  const kept = (store, key) => { try { return store.getItem(key); } catch { return null; } };
  const forget = (store, key) => { try { store.removeItem(key); } catch { /* kept nothing */ } };

  /* A shared computer keeps nothing of who has left it. */
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-sign-out]")) return;
    let left = [];
    try { left = Object.keys(localStorage).filter((name) => name.startsWith("tanky:")); } catch { return; }
    if (left.length && !window.confirm("Máy này còn giữ nội dung chưa gửi được. Đăng xuất thì nội dung đó mất. Vẫn đăng xuất?")) {
      event.preventDefault();
      return;
    }
    left.forEach((name) => forget(localStorage, name));
  });

  document.addEventListener("submit", (event) => {
    const question = event.submitter?.dataset.confirm;
    if (question && !window.confirm(question)) event.preventDefault();
  });

  /* A long form that keeps nothing by itself is not left by a slip of the finger. */
  for (const form of document.querySelectorAll("form.tk-form[method=post]:not([data-keep])")) {
    let changed = false;
    form.addEventListener("input", () => { changed = true; });
    form.addEventListener("submit", () => { changed = false; });
    window.addEventListener("beforeunload", (event) => { if (changed) event.preventDefault(); });
  }

  for (const box of document.querySelectorAll("[data-focus-picker]")) {
    const [x, y] = ["focus_x", "focus_y"].map((id) => document.getElementById(id));
    const mark = box.querySelector(".tk-focus__mark");
    const show = () => {
      mark.hidden = false;
      mark.style.left = `${x.value}%`;
      mark.style.top = `${y.value}%`;
    };
    box.addEventListener("click", (event) => {
      const area = box.getBoundingClientRect();
      x.value = Math.round(((event.clientX - area.left) / area.width) * 100);
      y.value = Math.round(((event.clientY - area.top) / area.height) * 100);
      show();
    });
    show();
  }

  /* A save that went through says so on the next page: what was kept for it is done with. */
  const sent = kept(sessionStorage, SUBMITTED);
  if (sent && document.querySelector(".tk-notice-box--good")) {
    forget(localStorage, sent);
    forget(sessionStorage, SUBMITTED);
  }

  const status = document.querySelector("[data-autosave]");
  if (!status) return;
  const form = document.getElementById("bai");
  const key = `tanky:${form.dataset.keep}`;
  const version = form.elements.version.value;
  const NAMES = ["title", "category", "lede", "body", "cover_id", "cover_alt", "cover_caption",
    "author", "source", "publish_at", "withdraw_at"];
  let typed = 0; // counts the changes, so that an answer is known to be for the latest
  let sending = 0;
  let saved = 0;
  let retry;
  let settle;
  let leaving = false;

  const read = () => Object.fromEntries(
    NAMES.filter((name) => form.elements[name]).map((name) => [name, form.elements[name].value]));
  const words = (fields) => NAMES.map((name) =>
    (fields[name] || "").replace(/<[^>]*>/g, " ").replace(/\s+/g, " ").trim()).join("\u0000");

  const keepHere = () => {
    clearTimeout(settle);
    if (typed === saved) return true;
    return keep(localStorage, key, JSON.stringify({ fields: read(), version, at: Date.now() }));
  };
  const save = () => status.dispatchEvent(new CustomEvent("autosave"));
  const clock = (moment) => new Date(moment).toLocaleString("vi-VN", { timeZone: document.body.dataset.zone });

  form.addEventListener("input", (event) => {
    if (event.target.type === "file" || event.target.id === "mo-ta-anh") return;
    typed += 1;
    status.textContent = navigator.onLine ? "Đang gõ, chưa lưu…" : offline();
    clearTimeout(settle);
    settle = setTimeout(keepHere, SETTLE);
  });

  const offline = () => (keepHere()
    ? "Mất kết nối. Nội dung được giữ trên máy này và sẽ tự gửi khi có mạng lại."
    : "Mất kết nối, chưa lưu được. Đừng đóng trang; sẽ tự thử lại.");

  const lost = () => {
    status.textContent = offline();
    clearTimeout(retry);
    retry = setTimeout(save, RETRY);
  };

  /* Someone who signed in again in another tab has another token. */
  const renew = async () => {
    const answer = await fetch(document.body.dataset.renew, { headers: { "X-Requested-With": "fetch" } });
    if (answer.status === 401) status.innerHTML = await answer.text(); // where to sign in
    if (!answer.ok) return false;
    const { token } = await answer.json();
    document.body.dataset.token = token;
    for (const field of document.querySelectorAll("input[name=csrf_token]")) field.value = token;
    return true;
  };

  document.addEventListener("htmx:config:request", (event) => {
    if (event.detail.ctx.sourceElement === status) sending = typed;
  });
  document.addEventListener("htmx:error", (event) => {
    if (event.detail?.ctx?.sourceElement === status) lost();
  });
  document.addEventListener("htmx:finally:request", (event) => {
    if (event.detail.ctx.sourceElement !== status) return;
    const code = event.detail.ctx.response?.status;
    if (code === 200) {
      clearTimeout(retry);
      saved = sending;
      if (typed === saved) forget(localStorage, key);
    } else if (code === 400 || code === 401) {
      keepHere();
      clearTimeout(retry);
      renew().then((renewed) => { retry = setTimeout(save, renewed ? 0 : RETRY); }, () => lost());
    } else if (code >= 500) {
      lost();
    }
  });

  window.addEventListener("online", () => { if (typed !== saved) save(); });
  window.addEventListener("pagehide", keepHere);
  document.addEventListener("visibilitychange", () => { if (document.hidden) keepHere(); });
  window.addEventListener("beforeunload", (event) => {
    if (typed !== saved && !leaving && !keepHere()) event.preventDefault();
  });

  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    if (!navigator.onLine) {
      event.preventDefault();
      typed += 1;
      status.textContent = offline();
      return;
    }
    leaving = true;
    typed += 1;
    keepHere();
    keep(sessionStorage, SUBMITTED, key);
  });

  const plain = (html) => new DOMParser()
    .parseFromString((html || "").replace(/<\/(p|h[2-4]|li|tr|figcaption|caption)>|<br>/gi, "$&\n"), "text/html").body.textContent;

  /* What this device has and the server has not: of an article that nobody saved since, it is put
   * back and sent; else it is shown, to be taken over by hand. */
  const comeBack = () => {
    let found;
    try { found = JSON.parse(kept(localStorage, key)); } catch { found = null; }
    if (!found?.fields || words(found.fields) === words(read())) {
      forget(localStorage, key);
      return;
    }
    const box = document.getElementById("ban-tren-may");
    const put = () => {
      for (const [name, value] of Object.entries(found.fields)) {
        if (form.elements[name]) form.elements[name].value = value;
      }
      form.dispatchEvent(new CustomEvent("tanky:restored"));
      typed += 1;
      // Not before htmx listens.
      if ("htmxPowered" in status.dataset) save();
      else status.addEventListener("htmx:after:init", () => setTimeout(save), { once: true });
    };
    const button = (label, act) => {
      const made = document.createElement("button");
      made.type = "button";
      made.className = "tk-link";
      made.textContent = label;
      made.addEventListener("click", () => { act(); box.hidden = true; });
      return made;
    };
    const drop = button("Bỏ nội dung đó", () => forget(localStorage, key));
    if (found.version === version) {
      const before = read();
      put();
      box.append(`Đã lấy lại nội dung gõ lúc ${clock(found.at)} mà máy chủ chưa nhận được. `,
        button("Bỏ, dùng bản trên máy chủ", () => {
          found.fields = before;
          put();
        }));
    } else {
      const text = document.createElement("pre");
      text.className = "tk-sides__text";
      text.textContent = [found.fields.title, found.fields.lede, plain(found.fields.body)].join("\n\n");
      box.append(`Máy này còn giữ nội dung gõ lúc ${clock(found.at)} chưa gửi được, nhưng bài đã `
        + "được lưu từ nơi khác sau đó. ", text, button("Dùng nội dung này", put), " ", drop);
    }
    box.hidden = false;
  };
  /* The answer to one's own save is newer than what was kept before it, saved or refused. */
  if ("answer" in form.dataset) {
    forget(sessionStorage, SUBMITTED);
    typed += 1;
    keepHere();
  } else comeBack();
})();
