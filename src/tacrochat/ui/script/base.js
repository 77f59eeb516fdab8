// What the parts of the page's script share. All run once, as one function, when the viewer loads.
// Document text reaches the page here only as text nodes, never as markup.

const language = document.documentElement.lang; // the server has chosen it (wording.py)
const words = props.words[language];
const kinds = props.kinds[language];
const root = element.querySelector(".tc-viewer-root");
const side = document.getElementById("tc-side");
const reducedMotion = window.matchMedia("(prefers-reduced-motion: reduce)");

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
