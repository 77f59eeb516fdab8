// The source viewer and the buttons of the cards. Runs once, when the viewer loads.
// Document text reaches the page here only as text nodes, never as markup.

const language = (navigator.language || "en").toLowerCase().startsWith("de") ? "de" : "en";
const words = props.words[language];
const kinds = props.kinds[language];
const root = element.querySelector(".tc-viewer-root");
const side = document.getElementById("tc-side");
const reducedMotion = window.matchMedia("(prefers-reduced-motion: reduce)");
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

let shown = null; // {request, view, current}
let opener = null; // the button that opened the viewer; it gets the focus back

document.documentElement.lang = language;

function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null));
  return node;
}

// A control or direction character is kept, alone in a bdi element, where it cannot reorder other text.
function write(node, text) {
  let rest = text;
  for (;;) {
    const at = rest.search(UNSEEN);
    if (at < 0) break;
    const code = rest.charCodeAt(at).toString(16).toUpperCase().padStart(4, "0");
    const isolate = make("bdi", { class: "tc-unseen", "data-code": "U+" + code });
    isolate.textContent = rest[at];
    node.append(rest.slice(0, at), isolate);
    rest = rest.slice(at + 1);
  }
  node.append(rest);
  return node;
}

function button(label, attributes, run) {
  const node = make("button", { type: "button", ...attributes });
  node.textContent = label;
  node.addEventListener("click", run);
  return node;
}

function showEmpty() {
  shown = null;
  root.replaceChildren(
    make("section", { class: "tc-viewer tc-viewer-empty", "aria-label": words.viewer },
      make("p", {}, words.viewer_empty)));
}

function spans(text) {
  return (text || "").split(",").filter(Boolean).map((pair) => pair.split("-").map(Number));
}

// All quotes of one document in the conversation.
function quotesOf(path) {
  const quotes = new Map();
  const marks = [];
  for (const source of document.querySelectorAll("#tc-chat .tc-source")) {
    const { document: other, start, end } = source.dataset;
    if (other !== path || !start) continue;
    quotes.set(start + "-" + end, [Number(start), Number(end)]);
    marks.push(...spans(source.dataset.marks));
  }
  return { quotes, marks };
}

async function openSource(source) {
  const { document: path, start, end } = source.dataset;
  const { quotes: quotesBySpan, marks } = quotesOf(path);
  if (start) quotesBySpan.set(start + "-" + end, [Number(start), Number(end)]);
  marks.push(...spans(source.dataset.marks));
  const quotes = [...quotesBySpan.values()].sort((a, b) => a[0] - b[0]);
  const current = start ? quotes.findIndex((q) => q[0] === Number(start) && q[1] === Number(end)) : -1;
  opener = source;
  await load({ document: path, quotes, marks, current, whole: false });
}

async function load(request) {
  side.classList.add("tc-open");
  root.setAttribute("aria-busy", "true");
  try {
    const view = await server.look(request);
    if (!view || !view.runs) throw new Error("no document");
    shown = { request, view, current: request.current };
    draw();
  } catch (error) {
    root.replaceChildren(
      make("section", { class: "tc-viewer", "aria-label": words.viewer },
        make("header", { class: "tc-viewer-head" }, closeButton()), make("p", { role: "alert" }, words.gone)));
  } finally {
    root.removeAttribute("aria-busy");
  }
}

function closeButton() {
  return button("×", { class: "tc-close", "aria-label": words.close, title: words.close }, close);
}

function draw() {
  const { view } = shown;
  const title = write(make("h2", { tabindex: "-1", dir: "auto" }), view.title);
  const facts = make("p", { class: "tc-meta" },
    make("span", { class: "tc-kind tc-kind-" + view.kind.split(" ")[0] }, kinds[view.kind] || view.kind),
    view.date ? write(make("span", { class: "tc-date" }), view.date) : null,
    view.url ? make("a", { href: view.url, target: "_blank", rel: "noopener noreferrer" }, words.original) : null);
  const origin = view.source ? write(make("p", { class: "tc-origin", dir: "auto" }), view.source) : null;
  const text = make("div", { class: "tc-text", tabindex: "0", role: "document", "aria-label": view.title, dir: "auto" });
  text.append(...notices(), ...body(view));
  root.replaceChildren(
    make("section", { class: "tc-viewer", "aria-label": words.viewer },
      make("header", { class: "tc-viewer-head" }, title, closeButton()), facts, origin, navigation(), outlineList(view), text));
  step(shown.current, "auto");
  title.focus({ preventScroll: true });
}

function notices() {
  const { view, request } = shown;
  if (!view.before && !view.after) return [];
  const count = view.runs.reduce((sum, run) => sum + run.text.length, 0).toLocaleString(language);
  const more = button(words.show_all, { class: "tc-small" }, () => load({ ...request, current: shown.current, whole: true }));
  return [make("p", { class: "tc-notice-line" }, words.cut.replace("{count}", count) + " ", more)];
}

function body(view) {
  return view.runs.map((run) => {
    const classes = ["tc-role-" + run.role];
    if (run.quote >= 0) classes.push("tc-in-quote");
    const node = make(run.answers ? "mark" : "span", {
      class: classes.join(" "),
      "data-section": run.section,
      "data-quote": run.quote >= 0 ? run.quote : null,
    });
    return write(node, run.text);
  });
}

function navigation() {
  const { request } = shown;
  if (!request.quotes.length) return null;
  const position = make("span", { class: "tc-place", role: "status" });
  return make("div", { class: "tc-walk" },
    button("↑", { class: "tc-small", "aria-label": words.previous, title: words.previous }, () => step(shown.current - 1)),
    position,
    button("↓", { class: "tc-small", "aria-label": words.next, title: words.next }, () => step(shown.current + 1)),
    button(words.copy, { class: "tc-small tc-copy-place", title: words.copy_hint, "data-done": words.copied }, copyQuote));
}

function outlineList(view) {
  if (view.outline.length < 2) return null;
  const list = make("ul");
  for (const item of view.outline) {
    const go = button("", { class: "tc-heading", dir: "auto" }, () => {
      const target = root.querySelector(`[data-section="${item.section}"]`);
      if (target) scrollTo(target, "start");
    });
    write(go, item.text);
    list.append(make("li", { style: `--level:${item.level}` }, go));
  }
  return make("details", { class: "tc-outline" }, make("summary", {}, words.outline), list);
}

function nodesOf(number) {
  return [...root.querySelectorAll(`[data-quote="${number}"]`)];
}

function step(number, behavior) {
  const total = shown.request.quotes.length;
  if (!total || number < 0) return;
  shown.current = (number + total) % total;
  for (const node of root.querySelectorAll(".tc-current")) node.classList.remove("tc-current");
  const nodes = nodesOf(shown.current);
  nodes.forEach((node) => node.classList.add("tc-current"));
  const position = root.querySelector(".tc-place");
  if (position) position.textContent = words.of.replace("{n}", shown.current + 1).replace("{total}", total);
  const target = nodes.find((node) => node.tagName === "MARK") || nodes[0];
  if (target) scrollTo(target, "center", behavior);
}

// Scrolls only the box of the document, not the page.
function scrollTo(target, block, behavior) {
  const box = root.querySelector(".tc-text");
  const offset = target.getBoundingClientRect().top - box.getBoundingClientRect().top + box.scrollTop;
  const top = block === "center" ? offset - box.clientHeight / 3 : offset - 8;
  box.scrollTo({ top, behavior: behavior || (reducedMotion.matches ? "auto" : "smooth") });
}

function close() {
  side.classList.remove("tc-open");
  showEmpty();
  if (opener && opener.isConnected) opener.focus();
  opener = null;
}

async function copyText(text, node) {
  try {
    await navigator.clipboard.writeText(text);
  } catch (error) { // the clipboard needs a secure context; this way does not
    const area = make("textarea", { class: "tc-offscreen", "aria-hidden": "true" });
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  const before = node.textContent;
  node.textContent = node.dataset.done;
  setTimeout(() => { node.textContent = before; }, 1500);
}

function copyQuote(event) {
  const { view, current } = shown;
  const text = nodesOf(current).map((node) => node.textContent).join("");
  const where = view.url ? `${view.labels[current]} (${view.path}, ${view.url})` : `${view.labels[current]} (${view.path})`;
  copyText(`“${text}”\n— ${where}`, event.currentTarget);
}

function copyFromCard(node) {
  const figure = node.closest(".tc-quote");
  const source = figure.querySelector(".tc-source");
  copyText(`“${figure.querySelector("blockquote").textContent}”\n— ${source.textContent} (${source.dataset.document})`, node);
}

document.addEventListener("click", (event) => {
  const source = event.target.closest(".tc-source");
  if (source) { event.preventDefault(); openSource(source); return; }
  if (event.target.closest("#tc-add, #tc-remove, #tc-refresh")) clickedAt = Date.now();
  const copy = event.target.closest("#tc-chat .tc-copy");
  if (copy) copyFromCard(copy);
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && shown && !event.defaultPrevented) close();
});

// Shows the passage of a dot of the map beside the pointer.
function showTip(event) {
  const canvas = event.target.closest && event.target.closest(".tc-canvas");
  for (const other of document.querySelectorAll(".tc-tip")) if (!canvas || !canvas.contains(other)) other.hidden = true;
  if (!canvas) return;
  const box = canvas.querySelector(".tc-tip");
  const dot = event.target.closest(".tc-dot");
  box.hidden = !dot;
  if (!dot) return;
  if (box.dot !== dot) {
    box.dot = dot;
    box.replaceChildren(write(make("strong", { dir: "auto" }), dot.dataset.title));
    write(box, dot.dataset.text);
  }
  const frame = canvas.getBoundingClientRect();
  const x = event.clientX - frame.left, y = event.clientY - frame.top;
  box.style.left = Math.max(4, Math.min(x + 14, frame.width - box.offsetWidth - 4)) + "px";
  box.style.top = (y + 18 + box.offsetHeight > frame.height ? Math.max(4, y - box.offsetHeight - 12) : y + 18) + "px";
}
document.addEventListener("pointermove", showTip, { passive: true });

// Gradio gives the examples the role of a list, but they are buttons, not list items.
function fixRole(chat) {
  for (const list of chat.querySelectorAll(".examples[role=list]")) list.setAttribute("role", "group");
}

// Scrolls to the top of a new turn; at the end of a long card the first quote would be out of view.
function followTurns() {
  const chat = document.getElementById("tc-chat");
  if (!chat) { setTimeout(followTurns, 200); return; }
  let count = 0; // turns at the last change, -1 while an answer is awaited
  let timer = 0;
  fixRole(chat);
  new MutationObserver(() => {
    fixRole(chat);
    clearTimeout(timer);
    timer = setTimeout(() => {
      const rows = chat.querySelectorAll(".user-row");
      const log = chat.querySelector("[role=log]");
      if (!log || !rows.length) { count = 0; return; }
      const last = rows[rows.length - 1];
      const top = last.getBoundingClientRect().top - log.getBoundingClientRect().top + log.scrollTop;
      const grew = rows.length !== count || chat.querySelector(".tc-pending");
      count = chat.querySelector(".tc-pending") ? -1 : rows.length;
      if (grew) log.scrollTo({ top: top - 8, behavior: reducedMotion.matches ? "auto" : "smooth" });
    }, 60);
  }).observe(chat, { childList: true, subtree: true });
}

// Asks which state the library has, and has the page refreshed when it shows another one: often while
// something runs, else every few seconds, and not while the page is hidden. Nothing a page missed is lost:
// a question or a refresh that fails is made again.
const TICK = 700, REST = 5000, ATTENTION = 15000; // milliseconds
const BUSY = ["starting", "building", "loading"];
let askedAt = 0;
let clickedAt = 0; // when a button was clicked that starts a build

async function followState() {
  const state = document.querySelector(".tc-state");
  const isBusy = !state || BUSY.includes(state.dataset.phase) || Date.now() - clickedAt < ATTENTION;
  const rest = isBusy ? 0 : REST;
  if (!document.hidden && Date.now() - askedAt >= rest) {
    askedAt = Date.now();
    try {
      const version = await server.version(null);
      const now = document.querySelector(".tc-state");
      if (typeof version === "string" && (!now || now.dataset.version !== version)) trigger("submit");
    } catch (error) { /* the server does not answer now */ }
  }
  setTimeout(followState, TICK);
}

window.tacrochat = {
  save(file) {
    const url = URL.createObjectURL(new Blob([file.text], { type: "text/plain;charset=utf-8" }));
    const link = make("a", { href: url, download: file.name });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
  },
};

showEmpty();
followTurns();
followState();
