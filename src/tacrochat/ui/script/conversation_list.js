// The list of conversations: by the first question, newest first, with a search over the questions.

const listOpener = button(words.keep_list, { class: "tc-small tc-keep-list" }, () => {});
const listSheet = sheet("tc-conversations", words.keep_list, listOpener, drawList);
let searched = "";

const newOpener = button("+", { class: "tc-small tc-keep-new", "aria-label": words.keep_new, title: words.keep_new }, startNew);
newOpener.append(make("span", {}, " " + words.keep_new)); // on a phone the sign alone
bar.append(listOpener, newOpener);

function startNew() {
  if (openConversation(null)) {
    listSheet.dialog.close();
    tell("");
    const box = document.querySelector("#tc-question textarea");
    if (box) box.focus();
  }
}

function redrawList() { listSheet.draw(); }

function drawList(body) {
  const { all, damaged } = conversations();
  const search = make("input", { type: "search", class: "tc-search", placeholder: words.keep_search, "aria-label": words.keep_search });
  const list = make("ul", { class: "tc-kept-list" });
  search.value = searched;
  search.addEventListener("input", () => { searched = search.value; fillList(list, all); });
  fillList(list, all);
  body.replaceChildren(
    button(words.keep_new, { class: "tc-small tc-keep-new" }, startNew), search, list,
    damaged ? make("p", { class: "tc-keep-fault" }, text("keep_damaged", { count: damaged })) : "",
    make("p", { class: "tc-keep-hint" }, words[storage() ? "keep_here" : "keep_blocked"]));
}

function fillList(list, all) {
  const parts = searched.toLowerCase().split(/\s+/).filter(Boolean);
  const matches = all.filter((kept) => {
    const questions = [kept.name, ...kept.turns.map((turn) => turn.question)].join("\n").toLowerCase();
    return parts.every((part) => questions.includes(part));
  });
  const none = make("li", { class: "tc-keep-hint" }, words[all.length ? "keep_no_match" : "keep_none"]);
  list.replaceChildren(...(matches.length ? matches.map(listItem) : [none]));
}

function listItem(kept) {
  const name = nameOf(kept);
  const open = write(button("", { class: "tc-kept-open", dir: "auto", "aria-current": kept.id === openId ? "true" : null }, () => {
    if (openConversation(conversation(kept.id) || kept)) listSheet.dialog.close();
  }), name);
  const count = kept.turns.length === 1 ? words.keep_one : text("keep_many", { count: kept.turns.length });
  const date = new Date(kept.changed).toLocaleString(language, { dateStyle: "medium", timeStyle: "short" });
  const now = kept.id === openId ? ` · ${words.keep_open}` : "";
  const actions = make("div", { class: "tc-kept-actions", hidden: true }, renaming(kept, name),
    formButtons(words.keep_save, FORMS, (form) => saveTurns(form, kept.turns, name)),
    button(words.keep_delete, { class: "tc-small tc-kept-delete" }, () => forget(kept.id)));
  const hint = text("keep_more", { name });
  const more = button("⋯", { class: "tc-kept-more", "aria-label": hint, title: hint, "aria-expanded": "false" }, () => {
    actions.hidden = !actions.hidden;
    more.setAttribute("aria-expanded", String(!actions.hidden));
  });
  return make("li", { "data-id": kept.id }, open, more,
    make("span", { class: "tc-kept-facts" }, `${count} · ${date}${now}`), actions);
}

function renaming(kept, name) {
  const box = make("input", { class: "tc-kept-name", "aria-label": words.keep_name, maxlength: "200", dir: "auto" });
  box.value = name;
  const form = make("form", { class: "tc-kept-rename" }, box, make("button", { type: "submit", class: "tc-small" }, words.keep_rename));
  form.addEventListener("submit", (event) => { event.preventDefault(); rename(kept.id, box.value); });
  return form;
}
