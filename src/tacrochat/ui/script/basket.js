// Collects quotes: as references in the browser, in the order that the reader gives them.

const MOST_COLLECTED = 500; // as the server takes them
const DIGEST = 16; // digits of a digest that are kept

// The place of a quote in a card or of the one shown in the viewer, with the digest of its document.
function placeOf(node) {
  const figure = node.closest(".tc-quote");
  if (!figure) {
    if (!shown || !shown.view.quotes || !shown.view.quotes[shown.current]) return null;
    const [start, end] = shown.view.quotes[shown.current];
    return { document: shown.view.path, start, end, digest: shown.view.digest.slice(0, DIGEST) };
  }
  const { document: path, start, end, digest } = figure.dataset;
  return { document: path, start: Number(start), end: Number(end), digest: (digest || digestOf(path, Number(start))).slice(0, DIGEST) };
}

// The digest that the conversation has of a document, "" if it quotes it nowhere.
function digestOf(path, start = null) {
  const answers = (carrier() ? carrier().turns : []).flatMap((turn) => [turn, ...(turn.parts || [])]);
  const quotes = answers.flatMap((answer) => [...(answer.quotes || []), ...(answer.nearest || [])]);
  const found = quotes.filter((quote) => quote.document === path);
  return (found.find((quote) => start === null || quote.span[0] === start) || { digest: "" }).digest;
}

function isSame(item, place) {
  return item.document === place.document && item.start === place.start && item.end === place.end && item.digest === place.digest;
}

// Collects a quote, or takes it out again.
function toggleCollected(node) {
  const place = placeOf(node);
  if (!place || !place.digest) return;
  const items = collected();
  const before = items.find((item) => isSame(item, place));
  if (before) { removeCollected(before.id); return; }
  if (items.length >= MOST_COLLECTED) { tell("basket_many", { count: items.length }); return; }
  changeCollected([...items, { id: newId(), ...place, note: "", added: Date.now() }]);
}

function changeCollected(items) {
  const fault = putCollected(items);
  if (fault) tell(fault);
  redrawBasket();
  return !fault;
}

function removeCollected(id) {
  const items = collected();
  const at = items.findIndex((item) => item.id === id);
  if (at < 0) return;
  changeCollected(items.filter((item) => item.id !== id));
  tell("basket_removed", {}, () => {
    const now = collected();
    changeCollected([...now.slice(0, at), items[at], ...now.slice(at)]);
  });
}

function moveCollected(id, step) {
  const items = collected();
  const at = items.findIndex((item) => item.id === id), to = at + step;
  if (at < 0 || to < 0 || to >= items.length) return;
  [items[at], items[to]] = [items[to], items[at]];
  changeCollected(items);
}

function sortCollected(by) {
  const order = by === "time" ? (a, b) => a.added - b.added
    : (a, b) => a.document.localeCompare(b.document) || a.start - b.start;
  changeCollected(collected().sort(order));
}

function noteCollected(id, note) {
  const fault = putCollected(collected().map((item) => (item.id === id ? { ...item, note } : item)));
  if (fault) tell(fault);
}

// Shows on each quote whether it is collected.
function markCollected() {
  const items = collected();
  for (const node of document.querySelectorAll(".tc-collect")) {
    const place = placeOf(node);
    const isIn = place !== null && items.some((item) => isSame(item, place));
    if (node.getAttribute("aria-pressed") !== String(isIn)) node.setAttribute("aria-pressed", String(isIn));
    const label = isIn ? words.basket_collected : words.collect;
    if (node.textContent !== label) node.textContent = label;
  }
}

document.addEventListener("click", (event) => {
  const node = event.target.closest(".tc-collect");
  if (node) toggleCollected(node);
});
