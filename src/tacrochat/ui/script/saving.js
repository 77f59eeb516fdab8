// Saves conversations, single answers and collected quotes as files; the server writes them anew each time.

const FORMS = { md: "Markdown", html: "HTML", docx: "Word", pdf: "PDF", json: "JSON" };
const SHEETS = { md: "Markdown", html: "HTML", docx: "Word", pdf: "PDF" };
const CITATIONS = { bib: "BibTeX", ris: "RIS", "csl.json": "CSL-JSON" };

// A row of buttons, one for each form.
function formButtons(label, forms, run) {
  const buttons = Object.entries(forms).map(([form, name]) =>
    button(name, { class: "tc-small", "data-form": form, title: form === "pdf" ? words.keep_print : null }, () => run(form)));
  return make("div", { class: "tc-forms", role: "group", "aria-label": label }, make("span", {}, label), ...buttons);
}

async function saveAs(form, ask) {
  try {
    const file = await ask(form === "pdf" ? "html" : form);
    if (!file || !file.data) throw new Error("no file");
    const bytes = Uint8Array.from(atob(file.data), (character) => character.charCodeAt(0));
    if (form === "pdf") print(new TextDecoder().decode(bytes));
    else download(file.name, bytes);
    if (file.left_out) tell("basket_left_out", { count: file.left_out });
  } catch (error) {
    tell("keep_failed", { error: error && error.message ? error.message : String(error) });
  }
}

function download(name, bytes) {
  const url = URL.createObjectURL(new Blob([bytes]));
  const link = make("a", { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

// The browser has the fonts for every script, so it makes the PDF: of the same HTML that is saved.
function print(html) {
  for (const old of document.querySelectorAll(".tc-print")) old.remove();
  const frame = make("iframe", { class: "tc-print", title: words.keep_print, sandbox: "allow-same-origin allow-modals", "aria-hidden": "true", tabindex: "-1" });
  frame.addEventListener("load", () => { frame.contentWindow.focus(); frame.contentWindow.print(); }, { once: true });
  frame.srcdoc = html;
  document.body.append(frame);
}

function saveTurns(form, turns, title) {
  return saveAs(form, (asked) => server.save_conversation({ form: asked, turns, title: title.slice(0, 300), language }));
}
