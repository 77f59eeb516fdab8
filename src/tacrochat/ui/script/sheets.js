// The bar above the conversation with the buttons of what is kept, and the sheets that they open.

const bar = make("div", { class: "tc-keep-bar" });
const said = make("p", { class: "tc-keep-said", role: "status" });

function text(key, values = {}) {
  return Object.entries(values).reduce((whole, [name, value]) => whole.replaceAll(`{${name}}`, value), words[key]);
}

// Says something in a line below the bar, and in the sheet that is open, with a button to undo it.
function tell(key, values = {}, undo = null) {
  const open = document.querySelector("dialog.tc-sheet[open] .tc-keep-said");
  for (const line of new Set([said, open])) {
    if (!line) continue;
    line.replaceChildren(write(make("span", { dir: "auto" }), key ? text(key, values) : ""));
    if (undo) line.append(" ", button(words.keep_undo, { class: "tc-small tc-undo" }, () => { tell(""); undo(); }));
  }
}

// A sheet at the side (on a phone over the whole page); Escape and × close it, focus returns to its button.
function sheet(id, title, opener, draw) {
  const line = make("p", { class: "tc-keep-said", role: "status" });
  const body = make("div", { class: "tc-sheet-body" });
  const heading = make("h2", { id: id + "-title" }, title);
  const shut = button("×", { class: "tc-close", "aria-label": words.keep_close, title: words.keep_close }, () => dialog.close());
  const dialog = make("dialog", { class: "tc-sheet", id, "aria-labelledby": id + "-title" },
    make("header", { class: "tc-sheet-head" }, heading, shut), line, body);
  dialog.addEventListener("keydown", (event) => { if (event.key === "Escape") event.stopPropagation(); });
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  dialog.addEventListener("close", () => { line.replaceChildren(); opener.setAttribute("aria-expanded", "false"); opener.focus(); });
  opener.setAttribute("aria-haspopup", "dialog");
  opener.setAttribute("aria-expanded", "false");
  opener.addEventListener("click", () => {
    opener.setAttribute("aria-expanded", "true");
    draw(body);
    dialog.showModal();
  });
  const place = document.querySelector(".gradio-container") || document.body;
  place.append(dialog);
  return { dialog, body, draw: () => { if (dialog.open) draw(body); } };
}

function placeBar() {
  const place = document.querySelector("#tc-keep .tc-keep");
  if (!place) { setTimeout(placeBar, 100); return; }
  place.replaceChildren(bar, said);
}
