// Unfolds the rest of a passage, and asks a question with a word of the documents.
document.addEventListener("click", (event) => {
  const unfold = event.target.closest(".tc-unfold");
  if (unfold) unfoldQuote(unfold);
  const attempt = event.target.closest("#tc-chat .tc-try");
  if (attempt) askQuestion(attempt.dataset.question);
});

function unfoldQuote(node) {
  const quote = node.closest(".tc-quote").querySelector("blockquote");
  const isOpen = quote.dataset.open !== "true";
  quote.dataset.open = isOpen;
  node.setAttribute("aria-expanded", isOpen);
  node.textContent = isOpen ? node.dataset.less : node.dataset.more;
}

// Escape closes the explanation that a focused button shows.
document.addEventListener("keydown", (event) => {
  const focused = document.activeElement;
  if (event.key === "Escape" && focused && focused.matches(".tc-confidence")) focused.blur();
});

// Types a question into the box, as a person would: Gradio reads the box on an input event.
function typeQuestion(question) {
  const box = document.querySelector("#tc-question textarea");
  box.value = question;
  box.dispatchEvent(new Event("input", { bubbles: true }));
}

function askQuestion(question) {
  typeQuestion(question);
  setTimeout(() => document.querySelector("#tc-send").click(), 50);
}

// On paper everything is open; afterwards what was folded is folded again.
let opened = [];
window.addEventListener("beforeprint", () => {
  opened = [...document.querySelectorAll(":is(.tc-more, .tc-also):not([open])")];
  for (const node of opened) node.open = true;
});
window.addEventListener("afterprint", () => {
  for (const node of opened) node.open = false;
});
