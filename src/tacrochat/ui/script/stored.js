// What the browser keeps: one key for each conversation, so that two open tabs never write over each
// other's, and one for the collected quotes. No text of a document is among it.

// Several libraries of a server share the browser's storage: each has the path of its page in its keys.
const PATH = location.pathname.replace(/\/*$/, "/");
const AT = PATH === "/" ? "" : `@${PATH}`;
const CONVERSATION = `tacrochat-conversation${AT}:`, BASKET = `tacrochat-basket${AT}`;
const FIRST_EDITION = "tacrochat-conversation";
const FORM = 1; // of what is kept; entries of another form are left as they are

function storage() {
  try { return window.localStorage; } catch (error) { return null; } // switched off in the browser
}

// Returns "" if it was written, else the key of the text that says why not.
function put(key, value) {
  if (!storage()) return "keep_blocked";
  try {
    storage().setItem(key, JSON.stringify(value));
    return "";
  } catch (error) {
    return "keep_full";
  }
}

function take(key) {
  try {
    const value = JSON.parse(storage().getItem(key));
    return value && value.form === FORM ? value : null;
  } catch (error) {
    return null;
  }
}

function drop(key) {
  if (storage()) storage().removeItem(key);
}

function isConversation(value, id) {
  return value && value.id === id && Array.isArray(value.turns) && value.turns.length > 0
    && value.turns.every((turn) => turn && typeof turn.question === "string")
    && Number.isFinite(value.changed) && typeof value.name === "string" && typeof value.stamp === "string";
}

function conversation(id) {
  const value = id ? take(CONVERSATION + id) : null;
  return isConversation(value, id) ? value : null;
}

// All conversations, the newest first, and the number of entries that cannot be read.
function conversations() {
  const all = [];
  let damaged = 0;
  const keys = storage() ? Object.keys(storage()).filter((key) => key.startsWith(CONVERSATION)) : [];
  for (const key of keys) {
    const found = conversation(key.slice(CONVERSATION.length));
    if (found) all.push(found); else damaged += 1;
  }
  return { all: all.sort((a, b) => b.changed - a.changed), damaged };
}

function nameOf(kept) {
  return kept.name || kept.turns[0].question;
}

function newId() {
  return Array.from(crypto.getRandomValues(new Uint32Array(3)), (number) => number.toString(36)).join("");
}

function isCollected(item) {
  return item && ["id", "document", "digest", "note"].every((name) => typeof item[name] === "string")
    && ["start", "end", "added"].every((name) => Number.isInteger(item[name]));
}

// The collected quotes in the reader's order. They are read again for every change: another tab may have
// changed them.
function collected() {
  const kept = take(BASKET);
  return kept && Array.isArray(kept.items) ? kept.items.filter(isCollected) : [];
}

function putCollected(items) {
  const before = storage() && storage().getItem(BASKET);
  // What cannot be read is set aside, not written over.
  if (before && !take(BASKET)) put(BASKET + "-unreadable", before);
  return put(BASKET, { form: FORM, items });
}
