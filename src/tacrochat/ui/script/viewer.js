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
  const title = write(make("h2", { tabindex: "-1", dir: "auto", lang: view.language }), view.title);
  const facts = make("p", { class: "tc-meta" },
    make("span", { class: "tc-kind tc-kind-" + view.kind.split(" ")[0] }, kinds[view.kind] || view.kind),
    view.date ? write(make("span", { class: "tc-date" }), dateText(view.date)) : null,
    view.url ? make("a", { href: view.url, target: "_blank", rel: "noopener noreferrer" }, words.original) : null);
  const origin = view.source ? write(make("p", { class: "tc-origin", dir: "auto" }), view.source) : null;
  const text = make("div", { class: "tc-text", tabindex: "0", role: "document", "aria-label": view.title, dir: "auto", lang: view.language });
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
