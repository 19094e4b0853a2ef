/* Files on their way to the library: one after another, each with its own bar. Without it the
 * forms send all files at once. */
(() => {
  const body = document.body;
  const LIMIT = Number(body.dataset.uploadLimit); // bytes
  const megabytes = (bytes) => (bytes / 1e6).toFixed(1).replace(/\.0$/, "");
  const tooLarge = (file) => new Error(`Tệp nặng ${megabytes(file.size)} MB, nhiều nhất là ${megabytes(LIMIT)} MB. `
    + "Ảnh: thu nhỏ hoặc chụp lại ở chế độ vừa. PDF: lưu lại với cỡ nhỏ nhất, hoặc chia thành nhiều tệp.");

  const upload = (file, onProgress = () => {}) => new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const form = new FormData();
    form.append("csrf_token", body.dataset.token);
    form.append("files", file, file.name || "anh-dan");
    if (file.size > LIMIT) { reject(tooLarge(file)); return; }
    request.open("POST", body.dataset.upload);
    request.setRequestHeader("X-Requested-With", "fetch");
    request.responseType = "json";
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    });
    request.addEventListener("load", () => {
      if (request.status === 200) resolve(request.response);
      else if (request.status === 413) reject(tooLarge(file));
      else if (request.status === 401) reject(new Error("Phiên đăng nhập đã hết. Hãy đăng nhập lại."));
      else reject(new Error(request.response?.error || "Máy chủ không nhận được tệp."));
    });
    request.addEventListener("error", () => reject(new Error("Mất kết nối. Hãy thử lại.")));
    request.send(form);
  });

  const line = (list, file) => {
    const item = document.createElement("li");
    const name = document.createElement("span");
    const bar = document.createElement("progress");
    name.textContent = file.name;
    bar.max = 1;
    bar.value = 0;
    bar.setAttribute("aria-label", `Đang tải lên ${file.name}`);
    item.append(name, bar);
    list.append(item);
    return {
      progress: (part) => { if (part < 1) bar.value = part; else bar.removeAttribute("value"); },
      done: (told) => { bar.remove(); name.textContent = `✓ ${told.title} (${told.facts})${told.known ? " – đã có sẵn" : ""}`; },
      failed: (error) => {
        bar.remove();
        item.className = "tk-progress__failed";
        name.textContent = `✗ ${file.name}: ${error.message}`;
      },
    };
  };

  const send = async (zone, files) => {
    const list = zone.querySelector(".tk-progress");
    const lines = files.map((file) => line(list, file));
    let taken = 0;
    for (const [index, file] of files.entries()) {
      try {
        const told = await upload(file, lines[index].progress);
        lines[index].done(told);
        taken += 1;
        zone.dispatchEvent(new CustomEvent("tanky:file", { detail: told, bubbles: true }));
      } catch (error) {
        lines[index].failed(error);
      }
    }
    if ("reload" in zone.dataset && taken) {
      if (taken === files.length) window.location.reload();
      else {
        const again = document.createElement("a");
        again.href = window.location.href;
        again.textContent = "Xem các tệp đã tải lên";
        list.append(again);
      }
    }
  };

  const droppable = (zone, take) => {
    zone.addEventListener("dragover", (event) => {
      if (![...event.dataTransfer.types].includes("Files")) return;
      event.preventDefault();
      zone.classList.add("tk-drop--over");
    });
    zone.addEventListener("dragleave", () => zone.classList.remove("tk-drop--over"));
    zone.addEventListener("drop", (event) => {
      event.preventDefault();
      zone.classList.remove("tk-drop--over");
      if (event.dataTransfer.files.length) take(event.dataTransfer.files);
    });
  };

  for (const zone of document.querySelectorAll(".tk-upload")) {
    for (const input of zone.querySelectorAll("input[type=file]")) {
      input.addEventListener("change", () => {
        const files = [...input.files];
        input.value = "";
        if (files.length) send(zone, files);
      });
    }
    droppable(zone, (files) => send(zone, [...files]));
  }

  for (const form of document.querySelectorAll("form[data-drop]")) {
    droppable(form, (files) => {
      form.querySelector("input[type=file]").files = files;
      form.requestSubmit();
    });
  }

  globalThis.Tanky = { upload };
})();
