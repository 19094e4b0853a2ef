/* Writing an article's body as it will look: Tiptap over the text area, which stays what is sent.
 * The tools and their names are in the page (editors/_toolbar.html, _dialogs.html). */
(() => {
  const { Editor, Mark, Node, NodeSelection, StarterKit, TableKit, mergeAttributes } = globalThis.Tiptap;
  const area = document.getElementById("body");
  const form = document.getElementById("bai");
  if (!area || !form || area.disabled) return;
  const tools = document.getElementById("cong-cu");
  const tableTools = document.getElementById("cong-cu-bang");
  const pictureTools = document.getElementById("cong-cu-anh");
  const alt = document.getElementById("mo-ta-anh");
  const STAYS = 15000; // a message that something failed, in milliseconds
  const LINK = /^(https?:\/\/|mailto:|tel:|\/(?!\/))\S+$/i;

  const Superscript = Mark.create({
    name: "superscript",
    parseHTML: () => [{ tag: "sup" }],
    renderHTML: ({ HTMLAttributes }) => ["sup", HTMLAttributes, 0],
  });
  const Subscript = Mark.create({
    name: "subscript",
    parseHTML: () => [{ tag: "sub" }],
    renderHTML: ({ HTMLAttributes }) => ["sub", HTMLAttributes, 0],
  });

  /* A picture with its caption, which is typed right below it. */
  const Figure = Node.create({
    name: "figure",
    group: "block",
    content: "inline*",
    draggable: true,
    isolating: true,
    addAttributes: () => ({ src: { default: "" }, alt: { default: "" } }),
    parseHTML: () => [
      {
        tag: "figure",
        getAttrs: (element) => {
          const picture = element.querySelector("img[src^='/anh/']");
          return picture && { src: picture.getAttribute("src"), alt: picture.getAttribute("alt") || "" };
        },
        contentElement: (element) => element.querySelector("figcaption") || document.createElement("figcaption"),
      },
      { tag: "img[src^='/anh/']", getAttrs: (img) => ({ src: img.getAttribute("src"), alt: img.getAttribute("alt") || "" }) },
    ],
    renderHTML: ({ HTMLAttributes, node }) => [
      "figure", node.attrs.alt ? {} : { "data-silent": "" },
      ["img", mergeAttributes(HTMLAttributes)], ["figcaption", 0],
    ],
    addKeyboardShortcuts() {
      return {
        Enter: ({ editor }) => {
          const { $from, empty } = editor.state.selection;
          if (!empty || $from.parent.type.name !== "figure") return false;
          return editor.chain().insertContentAt($from.after(), { type: "paragraph" }).focus($from.after() + 1).run();
        },
      };
    },
  });

  const holder = document.createElement("div");
  holder.className = "tk-writing";
  area.before(holder);

  const isEmpty = ({ state: { doc } }) => doc.childCount === 1 && doc.firstChild.isTextblock
    && doc.firstChild.type.name === "paragraph" && doc.firstChild.content.size === 0;
  const html = (editor) => (isEmpty(editor) ? "" : editor.getHTML()
    .replaceAll("<figcaption></figcaption>", "").replaceAll(' data-silent=""', "")
    .replace(/<(t[dh])([^>]*)><p>((?:(?!<\/?p>).)*)<\/p><\/\1>/g, "<$1$2>$3</$1>")
    .replace(/<li><p>((?:(?!<\/?p>).)*)<\/p>/g, "<li>$1")
    .replaceAll("<p></p>", ""));

  /* Plain text typed without the editor has no tags: blank lines part its paragraphs. */
  const content = () => {
    // A table has no caption here: it becomes the line above.
    const text = area.value.replace(/(<table[^>]*>\s*)<caption>(.*?)<\/caption>/gis, "<p><strong>$2</strong></p>$1");
    if (/<\/?(p|br|h[1-6]|[uo]l|li|div|table|strong|em|a|b|i|figure|blockquote)\b/i.test(text)) return text;
    const made = document.createElement("div");
    for (const block of text.split(/\n[ \t]*\n+/).filter((part) => part.trim())) {
      const paragraph = document.createElement("p");
      block.trim().split("\n").forEach((part, index) => {
        if (index) paragraph.append(document.createElement("br"));
        paragraph.append(part);
      });
      made.append(paragraph);
    }
    return made.innerHTML;
  };

  let filling = false;
  const editor = new Editor({
    element: holder,
    injectCSS: false,
    content: content(),
    extensions: [
      StarterKit.configure({
        heading: { levels: [2, 3, 4] }, code: false, codeBlock: false,
        link: { openOnClick: false, autolink: true, defaultProtocol: "https", HTMLAttributes: { target: null, rel: null, class: null } },
      }),
      TableKit.configure({ table: { resizable: false } }),
      Figure, Superscript, Subscript,
    ],
    editorProps: {
      attributes: {
        id: "noi-dung-bai", class: "tk-prose tk-writing__text", role: "textbox", "aria-multiline": "true",
        "aria-label": "Nội dung bài", spellcheck: "true", lang: "vi",
        ...(area.getAttribute("aria-describedby") ? { "aria-describedby": area.getAttribute("aria-describedby") } : {}),
      },
      // Before ProseMirror parses what was pasted: its styles would be held against our policy.
      handleDOMEvents: { paste: (view, event) => pasted(event) && (event.preventDefault(), true) },
      handleClickOn: (view, position, node, place, event) => {
        if (node.type.name !== "figure" || event.target.tagName !== "IMG") return false;
        view.dispatch(view.state.tr.setSelection(NodeSelection.create(view.state.doc, place)));
        return true;
      },
      handleDrop: (view, event, slice, moved) => !moved && dropped(event),
    },
    onUpdate: () => {
      if (filling) return;
      area.value = html(editor);
      area.dispatchEvent(new Event("input", { bubbles: true }));
    },
    onTransaction: () => refresh(),
  });

  area.hidden = true;
  tools.hidden = false;
  document.querySelector(`label[for="${area.id}"]`)?.addEventListener("click", () => editor.commands.focus());
  const hint = document.getElementById("body-hint");
  if (hint) hint.hidden = true;
  form.addEventListener("tanky:restored", () => {
    filling = true;
    editor.commands.setContent(content());
    filling = false;
  });

  /* — what comes from outside — */
  const post = async (fields) => {
    const answer = await fetch(document.body.dataset.paste, {
      method: "POST",
      headers: { "X-CSRFToken": document.body.dataset.token, "X-Requested-With": "fetch" },
      body: new URLSearchParams(fields),
    });
    if (!answer.ok) {
      const told = answer.status === 422 ? await answer.json() : {};
      throw new Error(told.error || "");
    }
    return answer.json();
  };

  const escaped = (text) => {
    const made = document.createElement("p");
    made.textContent = text;
    return made.innerHTML;
  };

  function pasted(event) {
    const data = event.clipboardData;
    if (!data) return false;
    const given = data.getData("text/html");
    const plain = data.getData("text/plain").replace(/\r\n?/g, "\n");
    const pictures = [...data.files].filter((file) => file.type.startsWith("image/"));
    if (pictures.length && !plain) {
      insertFiles(pictures);
      return true;
    }
    // What was cut here is clean already; what has only plain Unicode letters needs no cleaning.
    if (given.includes("data-pm-slice")) return false;
    const suspect = /[\u00a1-\u00ff\u00ad]/.test(plain);
    if (!given && !suspect) return false;
    const sent = given || plain.split(/\n{2,}/).map((part) => `<p>${escaped(part).replaceAll("\n", "<br>")}</p>`).join("");
    post({ html: sent }).then(insertPasted, (error) => {
      if (error.message && !(error instanceof TypeError)) {
        sayFault(error.message);
        return;
      }
      // Without the server the editor's own schema lets nothing through that an article has not.
      editor.view.pasteHTML(sent.replace(/\sstyle\s*=\s*("[^"]*"|'[^']*'|[^\s>]+)/gi, ""));
    });
    return true;
  }

  const insertPasted = async (told) => {
    const chosen = told.encoding ? await choose(told) : told.html;
    editor.chain().focus().insertContent(chosen).run();
    const lost = [];
    if (told.lost_pictures) lost.push(`${told.lost_pictures} ảnh không dán được. Hãy kéo tệp ảnh vào đây, hoặc nhập cả tệp Word.`);
    if (told.lost_videos) lost.push(`${told.lost_videos} video không dán được. Hãy dán địa chỉ của video thành một liên kết.`);
    if (lost.length) sayFault(lost.join(" "));
  };

  const choose = (told) => new Promise((resolve) => {
    const box = document.getElementById("hop-chuyen-ma");
    box.querySelector("[data-encoding]").textContent = told.encoding;
    // Both were made by the server's sanitiser.
    box.querySelector("[data-before]").innerHTML = told.html;
    box.querySelector("[data-after]").innerHTML = told.converted;
    box.addEventListener("close", () => resolve(box.returnValue === "convert" ? told.converted : told.html), { once: true });
    box.returnValue = "";
    box.showModal();
  });

  function dropped(event) {
    const files = [...(event.dataTransfer?.files || [])];
    if (!files.length) return false;
    event.preventDefault();
    const place = editor.view.posAtCoords({ left: event.clientX, top: event.clientY });
    if (place) editor.commands.setTextSelection(place.pos);
    insertFiles(files);
    return true;
  }

  const insertFiles = async (files) => {
    for (const file of files) {
      say(`Đang tải lên ${file.name}…`);
      try {
        insert(await globalThis.Tanky.upload(file, (part) => say(`Đang tải lên ${file.name}: ${Math.round(part * 100)}%`)));
        say("");
      } catch (error) {
        sayFault(`${file.name}: ${error.message}`);
      }
    }
  };

  const insert = (told) => {
    const chain = editor.chain().focus();
    if (told.is_picture) {
      chain.insertContent([{ type: "figure", attrs: { src: told.url, alt: "" } }, { type: "paragraph" }]).run();
    } else {
      chain.insertContent([{ type: "text", text: told.title, marks: [{ type: "link", attrs: { href: told.url } }] }, { type: "text", text: " " }]).run();
    }
  };

  const note = document.createElement("p");
  note.className = "tk-writing__note";
  note.setAttribute("role", "status");
  holder.after(note);
  let leaves;
  const say = (text) => { clearTimeout(leaves); note.textContent = text; };
  const sayFault = (text) => { say(text); leaves = setTimeout(() => say(""), STAYS); };

  /* — the library — */
  const library = document.getElementById("hop-tep");
  const list = document.getElementById("hop-tep-danh-sach");
  let onChosen = insert;
  const open = (kind, then) => {
    onChosen = then;
    library.querySelector(".tk-progress").replaceChildren();
    library.showModal();
    const address = new URL(document.body.dataset.files, window.location.href);
    address.searchParams.set("chon", "1");
    if (kind) address.searchParams.set("loai", kind);
    globalThis.htmx.ajax("GET", address.pathname + address.search, { target: list, swap: "innerHTML" });
  };
  library.addEventListener("tanky:file", (event) => {
    onChosen(event.detail);
    library.close();
  });
  library.addEventListener("click", async (event) => {
    if (event.target.closest("[data-close]")) library.close();
    const choice = event.target.closest("[data-choose]");
    if (!choice) return;
    const answer = await fetch(choice.dataset.choose);
    if (!answer.ok) return;
    onChosen(await answer.json());
    library.close();
  });

  const cover = document.querySelector("[data-choose-cover]");
  if (cover) cover.hidden = false;
  cover?.addEventListener("click", () => open("anh", (told) => {
    if (!told.is_picture) return;
    form.elements.cover_id.value = told.id;
    const figure = document.getElementById("anh-dai-dien");
    figure.querySelector("img").src = told.thumbnail;
    figure.hidden = false;
    form.dispatchEvent(new Event("input", { bubbles: true }));
  }));

  /* — the tools — */
  const link = document.getElementById("hop-lien-ket");
  const askLink = () => {
    const field = document.getElementById("dia-chi-lien-ket");
    const fault = document.getElementById("loi-lien-ket");
    field.value = editor.getAttributes("link").href || "";
    fault.hidden = true;
    link.returnValue = "";
    link.showModal();
    link.querySelector("form").onsubmit = (event) => {
      if (event.submitter?.value !== "set") return;
      let address = field.value.trim();
      if (/^[\w-]+(\.[\w-]+)+(\/|$)/.test(address)) address = `https://${address}`;
      if (!LINK.test(address)) {
        event.preventDefault();
        fault.hidden = false;
        field.focus();
        return;
      }
      field.value = address;
    };
    link.addEventListener("close", () => {
      const chain = editor.chain().focus();
      if (link.returnValue === "unset") chain.extendMarkRange("link").unsetLink().run();
      if (link.returnValue !== "set") return;
      const href = field.value;
      if (editor.state.selection.empty && !editor.isActive("link")) {
        chain.insertContent({ type: "text", text: href, marks: [{ type: "link", attrs: { href } }] }).run();
      } else {
        chain.extendMarkRange("link").setLink({ href }).run();
      }
    }, { once: true });
  };

  let source = false;
  const toggleSource = () => {
    source = !source;
    if (!source) {
      filling = true;
      editor.commands.setContent(content());
      filling = false;
    }
    area.hidden = !source;
    holder.hidden = source;
    refresh();
  };

  const run = {
    h2: (c) => c.toggleHeading({ level: 2 }), h3: (c) => c.toggleHeading({ level: 3 }),
    bold: (c) => c.toggleBold(), italic: (c) => c.toggleItalic(), strike: (c) => c.toggleStrike(),
    bullets: (c) => c.toggleBulletList(), numbers: (c) => c.toggleOrderedList(), quote: (c) => c.toggleBlockquote(),
    plain: (c) => c.unsetAllMarks().clearNodes(), undo: (c) => c.undo(), redo: (c) => c.redo(),
    table: (c) => c.insertTable({ rows: 3, cols: 3, withHeaderRow: true }),
    rowAfter: (c) => c.addRowAfter(), rowBefore: (c) => c.addRowBefore(), rowDelete: (c) => c.deleteRow(),
    colAfter: (c) => c.addColumnAfter(), colBefore: (c) => c.addColumnBefore(), colDelete: (c) => c.deleteColumn(),
    headRow: (c) => c.toggleHeaderRow(), merge: (c) => c.mergeOrSplit(), tableDelete: (c) => c.deleteTable(),
    pictureDelete: (c) => c.deleteNode("figure"),
  };
  const active = {
    h2: () => editor.isActive("heading", { level: 2 }), h3: () => editor.isActive("heading", { level: 3 }),
    bold: () => editor.isActive("bold"), italic: () => editor.isActive("italic"), strike: () => editor.isActive("strike"),
    bullets: () => editor.isActive("bulletList"), numbers: () => editor.isActive("orderedList"),
    quote: () => editor.isActive("blockquote"), link: () => editor.isActive("link"), source: () => source,
  };
  const act = (name) => {
    if (name === "source") toggleSource();
    else if (name === "link") askLink();
    else if (name === "picture") open("anh", insert);
    else if (name === "file") open("tai-lieu", insert);
    else run[name](editor.chain().focus()).run();
  };
  for (const bar of [tools, tableTools, pictureTools]) {
    bar.addEventListener("mousedown", (event) => { if (event.target.closest("button")) event.preventDefault(); });
    bar.addEventListener("click", (event) => {
      const button = event.target.closest("[data-do]");
      if (button) act(button.dataset.do);
    });
  }
  holder.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      askLink();
    }
  });

  /* The arrow keys go through a toolbar, as its role promises. */
  tools.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const buttons = [...tools.querySelectorAll("button:not(:disabled)")];
    buttons[(buttons.indexOf(document.activeElement) + step + buttons.length) % buttons.length].focus();
  });

  const figure = () => {
    const { selection } = editor.state;
    if (selection instanceof NodeSelection && selection.node.type.name === "figure") {
      return { node: selection.node, place: selection.from };
    }
    for (let depth = selection.$from.depth; depth > 0; depth -= 1) {
      const node = selection.$from.node(depth);
      if (node.type.name === "figure") return { node, place: selection.$from.before(depth) };
    }
    return null;
  };
  alt.addEventListener("input", (event) => {
    event.stopPropagation();
    const found = figure();
    if (!found) return;
    editor.view.dispatch(editor.state.tr.setNodeMarkup(found.place, undefined, { ...found.node.attrs, alt: alt.value }));
  });

  alt.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return; // which would send the whole form
    event.preventDefault();
    editor.commands.focus();
  });

  function refresh() {
    for (const [name, test] of Object.entries(active)) {
      tools.querySelector(`[data-do=${name}]`).setAttribute("aria-pressed", String(test()));
    }
    for (const button of tools.querySelectorAll("[data-do]")) {
      button.disabled = source && button.dataset.do !== "source";
    }
    tools.querySelector("[data-do=undo]").disabled = source || !editor.can().undo();
    tools.querySelector("[data-do=redo]").disabled = source || !editor.can().redo();
    tableTools.hidden = source || !editor.isActive("table");
    const found = source ? null : figure();
    pictureTools.hidden = !found;
    if (found && document.activeElement !== alt) alt.value = found.node.attrs.alt;
  }
  refresh();
  holder.dataset.ready = "";
})();
