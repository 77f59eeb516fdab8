// While no source is open, the panel beside the conversation shows the library: its main documents, and a
// question that each of them answers.
let glance = null; // what the server said last

async function showLibrary() {
  drawLibrary();
  await refreshLibrary();
}

async function refreshLibrary() {
  let latest = null;
  try {
    latest = await server.glance(null);
  } catch (error) { return; } // the server does not answer now; the next change of its state asks again
  if (JSON.stringify(latest) === JSON.stringify(glance)) return;
  glance = latest;
  if (!shown) drawLibrary();
}

function drawLibrary() {
  const panel = make("section", { class: "tc-viewer tc-library", "aria-label": words.library });
  if (!glance) {
    panel.classList.add("tc-viewer-empty");
    panel.append(make("p", {}, words.viewer_empty));
  } else {
    const counts = words.library_documents
      .replace("{documents}", glance.documents.toLocaleString(language))
      .replace("{passages}", glance.passages.toLocaleString(language));
    const list = make("ul", { class: "tc-library-list", tabindex: "0", "aria-label": words.library });
    list.append(...glance.main.map(mainDocument));
    panel.append(
      make("header", { class: "tc-viewer-head" }, make("h2", {}, words.library), closeSheet()),
      make("p", { class: "tc-library-counts" }, counts + " ", allDocuments()),
      list);
  }
  root.replaceChildren(panel);
}

// On a phone the panel is a sheet, and can be closed.
function closeSheet() {
  return button("×", { class: "tc-close tc-narrow-only", "aria-label": words.close, title: words.close }, () => side.classList.remove("tc-open"));
}

function allDocuments() {
  return button(words.library_all, { class: "tc-small" }, () => { openTab(1); side.classList.remove("tc-open"); });
}

function mainDocument(entry) {
  const item = make("li", {}, documentButton(entry), entryFacts(entry));
  if (entry.question) {
    const question = button("", { class: "tc-question", dir: "auto" }, () => askQuestion(entry.question));
    write(question, entry.question);
    item.append(question);
  }
  return item;
}

function documentButton(entry) {
  const name = make("button", { type: "button", class: "tc-source", "data-document": entry.path });
  name.append(write(make("span", { dir: "auto" }), entry.title));
  return name;
}

function entryFacts(entry, ...more) {
  const badge = entry.kind === "unknown" ? null :
    make("span", { class: "tc-kind tc-kind-" + entry.kind.split(" ")[0] }, kinds[entry.kind] || entry.kind);
  const date = entry.date ? write(make("span", { class: "tc-date" }), dateText(entry.date)) : null;
  return make("p", { class: "tc-meta" }, badge, date, ...more);
}

function openTab(number) {
  const tab = document.querySelectorAll("#tc-tabs [role=tab]")[number];
  if (tab) tab.click();
}

// Asks as if it had been typed: the question goes through the box, with the sources and settings as they are.
function askQuestion(question) {
  openTab(0);
  side.classList.remove("tc-open");
  setTimeout(() => {
    const box = document.querySelector("#tc-question textarea");
    box.value = question;
    box.dispatchEvent(new Event("input", { bubbles: true }));
    setTimeout(() => document.querySelector("#tc-send").click(), 50);
  }, 50);
}
