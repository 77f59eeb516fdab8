// The open conversation: kept under its id whenever it changes, opened again, followed when another tab
// changes it.

const carrier = () => window.tacrochatConversation;
let openId = ""; // of the conversation shown; "" for a new one, which gets its id with its first answer
let openStamp = ""; // of the version shown: another one in the storage is that of another tab
let shownTurns = "[]"; // the turns as last kept or opened
let checkedTurns = 0; // turns from the start whose quotes were cut again when they were opened

function isAwaiting() {
  return document.querySelector("#tc-chat .tc-pending") !== null;
}

function remember(id, stamp) {
  openId = id;
  openStamp = stamp;
  try { sessionStorage.setItem(`tacrochat-open${AT}`, id); } catch (error) { /* switched off in the browser */ }
}

function remembered() {
  try { return sessionStorage.getItem(`tacrochat-open${AT}`); } catch (error) { return null; }
}

// Keeps the turns that an event of the page brought.
function keepTurns() {
  const turns = carrier().turns;
  const now = JSON.stringify(turns);
  if (now === shownTurns) return;
  shownTurns = now;
  if (turns.length) tell(""); // what was said before is about what was done before
  checkedTurns = Math.min(checkedTurns, Math.max(0, turns.length - 1));
  if (!turns.length) {
    if (openId) forget(openId);
    return;
  }
  const before = conversation(openId);
  const isOthers = openId && (!before || before.stamp !== openStamp);
  if (isOthers && before) tell("keep_other_tab");
  const id = openId && !isOthers ? openId : newId();
  const kept = { form: FORM, id, name: before ? before.name : "", changed: Date.now(), stamp: newId(), turns };
  const fault = put(CONVERSATION + id, kept);
  if (fault) tell(fault); else remember(id, kept.stamp);
  redrawList();
}

// Opens a kept conversation, or with null a new one.
function openConversation(kept) {
  if (isAwaiting()) { tell("keep_wait"); return false; }
  remember(kept ? kept.id : "", kept ? kept.stamp : "");
  const turns = kept ? kept.turns : [];
  shownTurns = JSON.stringify(turns);
  checkedTurns = turns.length;
  carrier().turns = turns;
  carrier().show();
  redrawList();
  return true;
}

function forget(id) {
  const kept = conversation(id);
  if (id === openId && isAwaiting()) { tell("keep_wait"); return; }
  drop(CONVERSATION + id);
  if (id === openId) openConversation(null);
  if (kept) {
    tell("keep_deleted", { name: nameOf(kept) }, () => {
      const fault = put(CONVERSATION + id, kept);
      if (fault) tell(fault); else openConversation(kept);
    });
  }
  redrawList();
}

function rename(id, name) {
  const kept = conversation(id);
  if (!kept) return;
  const fault = put(CONVERSATION + id, { ...kept, name: name.trim().slice(0, 200) });
  if (fault) tell(fault);
  redrawList();
}

// Another tab kept or deleted a conversation.
function followStorage(event) {
  if (event.key === BASKET || event.key === null) redrawBasket();
  if (event.key !== null && !event.key.startsWith(CONVERSATION)) return;
  redrawList();
  if (!openId || isAwaiting()) return;
  const kept = conversation(openId);
  if (!kept) openConversation(null);
  else if (kept.stamp !== openStamp) openConversation(kept);
}

// The first edition of the page kept one conversation under a key of its own.
function takeOver() {
  const turns = window.tacrochatFirstEdition;
  if (Array.isArray(turns) && turns.length && turns.every((turn) => turn && typeof turn.question === "string")) {
    const kept = { form: FORM, id: newId(), name: "", changed: Date.now(), stamp: newId(), turns };
    const fault = put(CONVERSATION + kept.id, kept);
    if (fault) { tell(fault); return; }
    if (!openId && !carrier().turns.length && !isAwaiting()) openConversation(kept);
  }
  drop(FIRST_EDITION);
}

// Says of each quote of an opened conversation that its document is unchanged; the server says which has changed.
function markChecked() {
  const cards = [...document.querySelectorAll("#tc-chat .tc-card")].slice(0, checkedTurns);
  for (const meta of cards.flatMap((card) => [...card.querySelectorAll(".tc-quote .tc-meta")])) {
    if (meta.querySelector(".tc-unchanged")) continue;
    meta.append(make("span", { class: "tc-unchanged", title: words.keep_unchanged_hint }, words.keep_unchanged));
  }
}

// Under each answer, the forms in which it can be saved by itself.
function offerSaving() {
  [...document.querySelectorAll("#tc-chat .tc-card")].forEach((card, number) => {
    if (card.querySelector(".tc-save") || !card.querySelector(".tc-quote, .tc-stale")) return;
    const run = (form) => {
      const turn = carrier().turns[number];
      if (turn) saveTurns(form, [turn], turn.question);
    };
    card.append(make("details", { class: "tc-save" }, make("summary", {}, words.keep_save),
      formButtons(words.keep_save, FORMS, run)));
  });
}

function followConversation() {
  const chat = document.getElementById("tc-chat");
  if (!carrier() || !chat) { setTimeout(followConversation, 50); return; }
  window.addEventListener("tacrochat-turns", keepTurns);
  window.addEventListener("storage", followStorage);
  const question = takeQuestion();
  const before = question === null ? remembered() : "";
  const kept = before === null ? conversations().all[0] : conversation(before);
  if (kept) openConversation(kept);
  if (question !== null) { remember("", ""); askHandedOver(question); }
  window.addEventListener("tacrochat-first-edition", takeOver);
  if (window.tacrochatFirstEdition) takeOver();
  let timer = 0;
  const mark = () => { markChecked(); offerSaving(); markCollected(); };
  new MutationObserver(() => { clearTimeout(timer); timer = setTimeout(mark, 80); })
    .observe(chat, { childList: true, subtree: true });
  if (!storage()) tell("keep_blocked");
}
