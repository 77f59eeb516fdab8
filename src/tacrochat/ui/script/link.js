// Links to quotes: the fragment of the page's address, which no server sees; see ui/links.py.

function linkedFields() {
  const fields = new URLSearchParams(location.hash.slice(1));
  return fields.has("document") || fields.has("quote") ? Object.fromEntries(fields) : null;
}

function openLink() {
  const link = linkedFields();
  if (!link) return;
  opener = null;
  load({ link });
}

// A question that the page in front of several libraries hands over, or null. It is taken out of the address, so
// that it is asked once.
function takeQuestion() {
  const question = new URLSearchParams(location.hash.slice(1)).get("question");
  if (question !== null) history.replaceState(null, "", location.pathname + location.search);
  return question;
}

// Asks it in a conversation of its own. From another server's page it is only typed: it may not ask for the reader.
function askHandedOver(question) {
  if (!document.querySelector(".tc-state")) { setTimeout(askHandedOver, 100, question); return; }
  const isOurs = document.referrer && new URL(document.referrer).origin === location.origin;
  (isOurs ? askQuestion : typeQuestion)(question);
}

// The address names the quote only as long as the viewer shows it.
function forgetLink() {
  if (linkedFields()) history.replaceState(null, "", location.pathname + location.search);
}

// The text may be on its way: a browser allows a copy only in answer to a click, or as a promise.
async function copyLink(node, fragment) {
  const address = fragment.then((text) => location.origin + location.pathname + text);
  const before = node.textContent;
  try {
    const item = new ClipboardItem({ "text/plain": address.then((text) => new Blob([text], { type: "text/plain" })) });
    await navigator.clipboard.write([item]);
    flash(node, words.link_copied, before);
  } catch (error) {
    try {
      node.dataset.done = words.link_copied;
      await copyText(await address, node);
    } catch (failure) {
      flash(node, words.link_failed, before);
    }
  }
}

function flash(node, text, before) {
  node.textContent = text;
  setTimeout(() => { node.textContent = before; }, 1500);
}

function copyLinkFromCard(node) {
  const figure = node.closest(".tc-quote");
  const { document: path, start, end } = (figure.dataset.start ? figure : figure.querySelector(".tc-source")).dataset;
  const digest = figure.dataset.digest;
  const wanted = { document: path, start: Number(start), end: Number(end), digest: digest || null };
  copyLink(node, server.link(wanted));
}

document.addEventListener("click", (event) => {
  const node = event.target.closest(".tc-quote .tc-link");
  if (node) copyLinkFromCard(node);
});
window.addEventListener("hashchange", openLink);
