// The documents as a tree of folders, with a search and filters. The server filters, and sends a page at a
// time, so that ten thousand documents are as quick as ten. Folders are buttons that open a list below them.
let treeGeneration = "";
let treeTimer = 0;
let treeRequest = 0; // only the answer to the latest request is shown

function fillTree() {
  const place = document.querySelector(".tc-tree-root");
  if (place && !place.firstChild && glance) drawTree(place);
}

function refreshTree() {
  const place = document.querySelector(".tc-tree-root");
  if (place && place.firstChild && glance && glance.generation !== treeGeneration) drawTree(place);
}

async function drawTree(place) {
  const form = make("form", { class: "tc-filter", role: "search" });
  const results = make("div", { class: "tc-results" });
  place.replaceChildren(form, results);
  form.addEventListener("submit", (event) => { event.preventDefault(); listTree(form, results); });
  const first = await askTree(results, {});
  if (!first) { place.replaceChildren(); return; }
  treeGeneration = first.generation;
  drawFilters(form, first.choices, () => listTree(form, results));
  drawPage(results, first, {});
}

function drawFilters(form, choices, change) {
  const search = make("input", { type: "search", name: "text", "aria-label": words.library_search, placeholder: words.library_search });
  search.addEventListener("input", () => { clearTimeout(treeTimer); treeTimer = setTimeout(change, 200); });
  form.append(search);
  const choose = (name, label, options) => {
    if (options.length < 2) return;
    const select = make("select", { name });
    for (const [value, text] of options) {
      const option = make("option", { value });
      option.textContent = text;
      select.append(option);
    }
    select.addEventListener("change", change);
    form.append(make("label", {}, label + " ", select));
  };
  const any = ["", words.library_any];
  const offered = (values, text = (value) => value) => (values.length > 1 ? [any, ...values.map((value) => [value, text(value)])] : []);
  choose("kind", words.library_kind, offered(choices.kinds, (kind) => kinds[kind] || kind));
  choose("format", words.library_format, offered(choices.formats));
  choose("since", words.library_since, offered(choices.years));
  choose("until", words.library_until, offered(choices.years));
  choose("left_out", words.library_show, choices.left_out ? [
    ["", words.library_indexed.replace("{count}", choices.documents.toLocaleString(language))],
    ["true", words.library_left_out.replace("{count}", choices.left_out.toLocaleString(language))],
  ] : []);
}

async function askTree(results, request) {
  results.setAttribute("aria-busy", "true");
  const number = ++treeRequest;
  try {
    const page = await server.listing(request);
    return number === treeRequest && page && page.choices ? page : null;
  } catch (error) {
    return null;
  } finally {
    if (number === treeRequest) results.removeAttribute("aria-busy");
  }
}

async function listTree(form, results) {
  const values = Object.fromEntries(new FormData(form));
  const request = { text: values.text || "", kind: values.kind || "", format: values.format || "", left_out: values.left_out === "true" };
  if (values.since) request.since = Number(values.since);
  if (values.until) request.until = Number(values.until);
  const page = await askTree(results, request);
  if (page) drawPage(results, page, request);
}

function drawPage(results, page, request) {
  const found = words.library_found.replace("{count}", page.total.toLocaleString(language));
  const items = make("ul", { class: "tc-tree" });
  results.replaceChildren(make("p", { class: "tc-note", role: "status" }, page.total ? (page.left_out ? "" : found) : words.library_none), items);
  appendPage(items, page, request);
}

function appendPage(items, page, request) {
  items.append(...(page.folders || []).map(folderItem), ...(page.documents || []).map(documentItem), ...(page.left_out || []).map(leftOutItem));
  if (page.next === null || page.next === undefined) return;
  const item = make("li", {});
  item.append(button(words.library_more, { class: "tc-small" }, async () => {
    const more = { ...request, offset: page.next };
    const following = await askTree(items, more);
    if (!following) return;
    item.remove();
    const before = items.lastElementChild;
    appendPage(items, following, more);
    const next = before && before.nextElementSibling && before.nextElementSibling.querySelector("button");
    if (next) next.focus();
  }));
  items.append(item);
}

function folderItem(folder) {
  const inner = make("ul", { class: "tc-tree", hidden: true });
  const toggle = make("button", { type: "button", class: "tc-folder", "aria-expanded": "false" });
  toggle.append(write(make("span", { dir: "auto" }), folder.name), make("span", { class: "tc-count" }, folder.count.toLocaleString(language)));
  toggle.addEventListener("click", async () => {
    const opens = inner.hidden;
    if (opens && !inner.firstChild) {
      const request = { folder: folder.path };
      const page = await askTree(inner, request);
      if (!page) return;
      appendPage(inner, page, request);
    }
    inner.hidden = !opens;
    toggle.setAttribute("aria-expanded", String(opens));
  });
  return make("li", {}, toggle, inner);
}

function documentItem(entry) {
  const path = write(make("span", { class: "tc-path", dir: "auto" }), entry.path);
  const passages = make("span", {}, words.library_passages.replace("{count}", entry.passages.toLocaleString(language)));
  const aside = make("details", { class: "tc-aside" }, make("summary", {}, words.library_aside));
  aside.addEventListener("toggle", () => { if (aside.open && aside.childElementCount === 1) fillAside(aside, entry.path); });
  return make("li", { class: "tc-entry" }, documentButton(entry), path, entryFacts(entry, passages), aside);
}

function leftOutItem(file) {
  const item = make("li", { class: "tc-entry" }, write(make("strong", { dir: "auto" }), file.path));
  item.append(write(make("span", { dir: "auto" }), file.advice ? `${file.reason}; ${file.advice}` : file.reason));
  return item;
}

async function fillAside(details, path) {
  let aside = null;
  try {
    aside = await server.aside(path);
  } catch (error) { /* the document is gone */ }
  if (!aside) { details.append(make("p", { role: "alert" }, words.gone)); return; }
  const items = make("ul", {});
  const add = (what, place, text, source) => {
    const open = make("button", { type: "button", class: "tc-source", "data-document": source.document, "data-start": source.start, "data-end": source.end });
    open.append(write(make("span", { dir: "auto" }), place));
    items.append(make("li", {}, open, write(make("span", { dir: "auto" }), `: ${what}. `), write(make("q", { dir: "auto" }), text)));
  };
  for (const note of aside.notes) items.append(make("li", {}, write(make("span", { dir: "auto" }), note)));
  for (const s of aside.sections) {
    const role = s.role === "metadata" ? words.library_role_metadata : words.library_role_navigation;
    add(s.reason ? `${role} (${s.reason})` : role, s.place, s.text, { document: path, start: s.start, end: s.end });
  }
  for (const r of aside.repeated) add(words.library_repeats.replace("{document}", r.document), r.document, r.text, r);
  details.append(items.firstChild ? items : make("p", { class: "tc-note" }, words.library_aside_none));
  const listed = aside.sections.length + aside.repeated.length;
  if (listed < aside.total) details.append(make("p", { class: "tc-note" }, words.library_aside_more.replace("{count}", aside.total.toLocaleString(language))));
}
