/* Reads an article aloud with the device's own Vietnamese voice: nothing is fetched for it. The
 * button marked data-listen="#what" appears where there is such a voice.
 *
 * Block by block, since long texts are cut off by some browsers; a pause is an end that remembers
 * its block, since phones cannot pause.
 */
(() => {
  const button = document.querySelector("[data-listen]"), speech = self.speechSynthesis;
  if (!button || !speech) return;
  const voice = () => speech.getVoices().find((known) => known.localService && /^vi\b/i.test(known.lang.replace("_", "-")));
  const blocks = [...document.querySelectorAll(button.dataset.listen)];
  let next = 0, reading = null;

  const say = (text, pressed) => {
    button.textContent = text;
    button.setAttribute("aria-pressed", pressed);
  };

  const stop = () => {
    reading = null;
    speech.cancel();
    blocks.forEach((block) => block.classList.remove("tk-heard"));
    say(next ? "Nghe tiếp" : "Nghe bài", false);
  };

  const read = () => {
    const block = blocks[next];
    if (!block) { next = 0; return stop(); }
    const words = new SpeechSynthesisUtterance(block.textContent);
    words.voice = voice();
    words.lang = "vi-VN";
    words.onstart = () => block.classList.add("tk-heard");
    words.onend = words.onerror = () => {
      block.classList.remove("tk-heard");
      if (reading !== words) return;
      next += 1;
      read();
    };
    reading = words;
    speech.speak(words);
  };

  const show = () => { button.hidden = !voice(); };
  button.onclick = () => {
    if (reading) return stop();
    say("Dừng đọc", true);
    read();
  };
  speech.addEventListener?.("voiceschanged", show);
  // The voice would go on reading a page that is no longer there.
  addEventListener("pagehide", () => speech.cancel());
  show();
})();
