let exact = false; // whether the exact text is shown, kept while the page of the browser is open

function showEmpty() {
  shown = null;
  showLibrary();
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
  const quote = source.closest("[data-digest]");
  opener = source;
  forgetLink();
  await load({ document: path, digest: quote && start ? quote.dataset.digest : null, quotes, marks, current, whole: false });
}

// `failures` counts the pictures of this document that did not come: after two the text is shown.
async function load(request, failures = 0) {
  side.classList.add("tc-open");
  root.setAttribute("aria-busy", "true");
  try {
    const view = await server.look({ ...request, exact: exact || failures > 1 });
    if (!view) throw new Error("no document");
    if (!view.path) { showMessage(words[view.remark]); return; }
    if (failures > 1) view.notice = "original_unreadable";
    const { path, digest, quotes, marks, current } = view;
    const remark = view.remark || request.remark || "";
    shown = { request: { document: path, digest, quotes, marks, current, whole: request.whole, remark }, view, current, failures };
    draw();
  } catch (error) {
    showMessage(words.gone);
  } finally {
    root.removeAttribute("aria-busy");
  }
}

function showMessage(text) {
  shown = null;
  root.replaceChildren(
    make("section", { class: "tc-viewer", "aria-label": words.viewer },
      make("header", { class: "tc-viewer-head" }, make("p", { role: "alert" }, text), closeButton())));
}

function closeButton() {
  return button("×", { class: "tc-close", "aria-label": words.close, title: words.close }, close);
}

function draw() {
  const { view } = shown;
  const title = write(make("h2", { tabindex: "-1", dir: "auto", lang: view.language }), view.title);
  const facts = make("p", { class: "tc-meta" },
    make("span", { class: "tc-kind tc-kind-" + view.kind.split(" ")[0] }, kinds[view.kind] || view.kind),
    view.date ? write(make("span", { class: "tc-date" }), dateText(view.date)) : null,
    view.url ? make("a", { href: view.url, target: "_blank", rel: "noopener noreferrer" }, words.original) : null,
    view.file ? make("a", { class: "tc-download", href: `source/file?${view.file}`, download: "", title: words.viewer_download_hint }, words.viewer_download) : null);
  const origin = view.source ? write(make("p", { class: "tc-origin", dir: "auto" }), view.source) : null;
  const text = make("div", { class: `tc-text tc-${view.mode}`, tabindex: "0", role: "document", "aria-label": view.title, dir: "auto", lang: view.language });
  if (view.mode !== "pages") text.append(...notices(), ...(view.mode === "reading" ? reading(view) : body(view)));
  root.replaceChildren(
    make("section", { class: "tc-viewer", "aria-label": words.viewer },
      make("header", { class: "tc-viewer-head" }, title, closeButton()),
      facts, origin, ...remarks(), navigation(), tools(), outlineList(view), text));
  if (shown.current >= 0) step(shown.current, "auto");
  else if (view.mode === "pages") showPage(view.page);
  title.focus({ preventScroll: true });
}

// What the reader should know about the link, and about a page that is not shown.
function remarks() {
  return [shown.request.remark, shown.view.notice].filter(Boolean).map((key) =>
    make("p", { class: "tc-remark", role: "status" }, words[key]));
}

// The choice of the view, and the tools for pages.
function tools() {
  const { view } = shown;
  const choose = (key, value) => button(words[key], { class: "tc-small", "aria-pressed": String(exact === value) }, () => {
    exact = value;
    load({ ...shown.request, current: shown.current }).then(() => {
      const pressed = root.querySelector(".tc-views [aria-pressed=true]");
      if (pressed) pressed.focus({ preventScroll: true });
    });
  });
  const views = view.notice ? null : make("span", { class: "tc-tools-group tc-views", role: "group", "aria-label": words.viewer_as },
    choose(view.has_pages ? "viewer_pages" : "viewer_reading", false), choose("viewer_text", true));
  return views ? make("div", { class: "tc-tools" }, views, ...pageTools()) : null;
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
  if (!shown.view.quotes.length) return null;
  const position = make("span", { class: "tc-place", role: "status" });
  return make("div", { class: "tc-walk" },
    button("↑", { class: "tc-small", "aria-label": words.previous, title: words.previous }, () => step(shown.current - 1)),
    position,
    button("↓", { class: "tc-small", "aria-label": words.next, title: words.next }, () => step(shown.current + 1)),
    button(words.copy, { class: "tc-small tc-copy-place", title: words.copy_hint, "data-done": words.copied }, copyQuote),
    button(words.link, { class: "tc-small tc-link", title: words.link_hint }, (event) =>
      copyLink(event.currentTarget, Promise.resolve(shown.view.links[shown.current]))),
    make("button", { type: "button", class: "tc-collect", "aria-pressed": "false", title: words.collect_hint }, words.collect));
}

function outlineList(view) {
  if (view.outline.length < 2) return null;
  const list = make("ul");
  for (const item of view.outline) {
    const go = button("", { class: "tc-heading", dir: "auto" }, () => {
      if (view.mode === "pages") { showPage(item.page); return; }
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
  const { view } = shown;
  const total = view.quotes.length;
  if (!total || number < 0) return;
  shown.current = (number + total) % total;
  for (const node of root.querySelectorAll(".tc-current")) node.classList.remove("tc-current");
  if (view.mode === "pages") { showPosition(); showPage(pageOfQuote(shown.current), true); return; }
  const nodes = nodesOf(shown.current);
  nodes.forEach((node) => node.classList.add("tc-current"));
  showPosition();
  const target = nodes.find((node) => node.tagName === "MARK") || nodes[0];
  if (target) scrollTo(target, "center", behavior);
}

function showPosition() {
  const position = root.querySelector(".tc-place");
  const total = shown.view.quotes.length;
  if (position) position.textContent = words.of.replace("{n}", shown.current + 1).replace("{total}", total);
  markCollected();
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
  forgetLink();
  showEmpty();
  if (opener && opener.isConnected) opener.focus();
  opener = null;
}
