// What the parts of the page's script share. All run once, as one function, when the viewer loads.
// Document text reaches the page here only as text nodes, never as markup.

const language = document.documentElement.lang; // the server has chosen it (wording.py)
const words = props.words[language];
const kinds = props.kinds[language];
const root = element.querySelector(".tc-viewer-root");
const side = document.getElementById("tc-side");
const reducedMotion = window.matchMedia("(prefers-reduced-motion: reduce)");
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

let shown = null; // {request, view, current}
let opener = null; // the button that opened the viewer; it gets the focus back

// A date, 2021-05-04 or 2021-05, in words, as formatting.py writes it; any other text as it is.
function dateText(text) {
  const parts = /^([1-9]\d{3})-(0[1-9]|1[0-2])(?:-(0[1-9]|[12]\d|3[01]))?$/.exec(text.trim());
  if (!parts) return text;
  const day = new Date(Date.UTC(parts[1], parts[2] - 1, parts[3] || 1));
  return new Intl.DateTimeFormat(language === "en" ? "en-GB" : language,
    { day: parts[3] ? "numeric" : undefined, month: "long", year: "numeric", timeZone: "UTC" }).format(day);
}

function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null));
  return node;
}

// A control or direction character is kept, alone in a bdi element, where it cannot reorder other text.
function write(node, text) {
  let rest = text;
  for (;;) {
    const at = rest.search(UNSEEN);
    if (at < 0) break;
    const code = rest.charCodeAt(at).toString(16).toUpperCase().padStart(4, "0");
    const isolate = make("bdi", { class: "tc-unseen", "data-code": "U+" + code });
    isolate.textContent = rest[at];
    node.append(rest.slice(0, at), isolate);
    rest = rest.slice(at + 1);
  }
  node.append(rest);
  return node;
}

function button(label, attributes, run) {
  const node = make("button", { type: "button", ...attributes });
  node.textContent = label;
  node.addEventListener("click", run);
  return node;
}
