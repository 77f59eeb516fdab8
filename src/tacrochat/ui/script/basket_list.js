// The sheet of collected quotes: their text cut anew by the server, with the reader's notes.

const basketOpener = button("", { class: "tc-small tc-basket" }, () => {});
const basketSheet = sheet("tc-basket-sheet", words.basket, basketOpener, drawBasket);
let drawn = 0; // requests for the sheet so far: an older answer is not shown

bar.append(basketOpener);

function redrawBasket() {
  basketOpener.textContent = text("basket_count", { count: collected().length });
  markCollected();
  basketSheet.draw();
}

function references(items) {
  return items.map(({ document: path, digest, start, end, note }) => ({ document: path, digest, start, end, note }));
}

async function drawBasket(body) {
  const items = collected();
  const request = drawn += 1;
  let kept = [];
  try {
    kept = items.length ? await server.look_up({ quotes: references(items) }) : [];
  } catch (error) {
    tell("keep_failed", { error: error && error.message ? error.message : String(error) });
  }
  if (request !== drawn) return;
  const focused = document.activeElement;
  const { item: focusedItem, act } = focused && body.contains(focused) ? focused.dataset : {};
  const list = make("ol", { class: "tc-collected" }, ...items.map((item, at) => collectedItem(item, kept[at] || { state: "gone" }, at, items.length)));
  if (!items.length) {
    body.replaceChildren(make("p", { class: "tc-keep-hint" }, text("basket_none", { collect: words.collect })));
  } else {
    body.replaceChildren(sorting(), list, savingCollected());
  }
  if (focusedItem) {
    const buttons = [...body.querySelectorAll(`[data-item="${focusedItem}"]`)].filter((node) => !node.disabled);
    const again = buttons.find((node) => node.dataset.act === act) || buttons[0];
    if (again) again.focus();
  }
}

function sorting() {
  return make("div", { class: "tc-forms", role: "group", "aria-label": words.basket_sort }, make("span", {}, words.basket_sort),
    button(words.basket_by_document, { class: "tc-small", "data-sort": "document" }, () => sortCollected("document")),
    button(words.basket_by_time, { class: "tc-small", "data-sort": "time" }, () => sortCollected("time")));
}

function collectedItem(item, kept, at, count) {
  const parts = kept.state === "unchanged" ? quoteOf(item, kept)
    : [write(make("p", { class: "tc-stale" }), text(kept.state === "gone" ? "export_gone" : "export_changed", { document: item.document }))];
  const note = make("textarea", { class: "tc-collected-note", rows: "1", maxlength: "4000", "aria-label": words.basket_note, placeholder: words.basket_note, dir: "auto" });
  note.value = item.note;
  note.addEventListener("input", () => noteCollected(item.id, note.value));
  const act = (sign, key, name, run, disabled) => button(sign, { class: "tc-small", "aria-label": words[key], title: words[key], "data-item": item.id, "data-act": name, disabled }, run);
  return make("li", { "data-id": item.id }, ...parts, note,
    make("div", { class: "tc-collected-acts" },
      act("↑", "basket_up", "up", () => moveCollected(item.id, -1), at === 0),
      act("↓", "basket_down", "down", () => moveCollected(item.id, 1), at === count - 1),
      act(words.basket_remove, "basket_remove", "remove", () => removeCollected(item.id))));
}

function quoteOf(item, kept) {
  const source = button("", { class: "tc-source", "data-document": item.document, "data-start": item.start, "data-end": item.end }, () => basketSheet.dialog.close());
  source.append(write(make("span", { dir: "auto" }), kept.label));
  const quoted = write(make("blockquote", { dir: "auto" }), kept.text);
  quoted.lang = kept.language; // "" is a language too: not that of the page
  return [
    make("p", { class: "tc-meta" },
      make("span", { class: "tc-kind tc-kind-" + kept.kind.split(" ")[0] }, kinds[kept.kind] || kept.kind),
      kept.date ? write(make("span", { class: "tc-date" }), dateText(kept.date)) : null,
      make("span", { class: "tc-unchanged", title: words.keep_unchanged_hint }, words.keep_unchanged)),
    quoted, source];
}

function savingCollected() {
  const save = (form) => saveAs(form, (asked) => server.save_collection({ form: asked, quotes: references(collected()), language }));
  return make("div", { class: "tc-collected-save" }, formButtons(words.keep_save, SHEETS, save), formButtons(words.basket_cite, CITATIONS, save));
}
