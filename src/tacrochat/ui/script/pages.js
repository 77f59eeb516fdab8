// The pages of a PDF as pictures, with the quotes boxed where their characters are drawn.
const ZOOMS = [1, 1.5, 2, 3]; // how wide a page is, of the width of its box
const WIDTHS = [1000, 1500, 2000, 3000]; // pixels of the pictures that the server draws

const NARROW = 420; // CSS pixels; in a narrower box, as on a phone, a whole page could not be read

let zoom = -1; // an index of ZOOMS, kept while the page of the browser is open; -1 until a page was shown

function pageTools() {
  if (shown.view.mode !== "pages") return [];
  const label = make("span", { class: "tc-page-number", role: "status" });
  const small = (text, name, run) => button(text, { class: "tc-small", "aria-label": name, title: name }, run);
  return [
    make("span", { class: "tc-tools-group" },
      small("‹", words.viewer_page_before, () => showPage(shown.page - 1)), label,
      small("›", words.viewer_page_after, () => showPage(shown.page + 1))),
    make("span", { class: "tc-tools-group" },
      small("−", words.viewer_smaller, () => zoomBy(-1)), small("+", words.viewer_larger, () => zoomBy(1))),
  ];
}

function pageOfQuote(number) {
  const own = shown.view.boxes.filter((box) => box.quote === number);
  const first = own.find((box) => box.answers) || own[0];
  return first ? first.page : shown.view.page;
}

function zoomBy(step) {
  zoom = Math.max(0, Math.min(ZOOMS.length - 1, zoom + step));
  showPage(shown.page);
}

// Draws a page; what is shown stays until its picture is there.
function showPage(number, toQuote) {
  const { view } = shown;
  const box = root.querySelector(".tc-pages");
  if (zoom < 0) zoom = box.clientWidth < NARROW ? 1 : 0;
  const page = Math.max(1, Math.min(view.pages, number));
  const isOther = page !== shown.page;
  const name = words.viewer_page_of.replace("{n}", page).replace("{total}", view.pages);
  const pixels = box.clientWidth * ZOOMS[zoom] * (window.devicePixelRatio || 1);
  const fitting = WIDTHS.findIndex((width) => width >= pixels);
  const step = fitting < 0 ? WIDTHS.length : fitting + 1;
  const picture = make("img", { alt: `${name}, ${view.title}`, draggable: "false" });
  shown.page = page;
  const label = root.querySelector(".tc-page-number");
  label.textContent = `${page} / ${view.pages}`;
  label.setAttribute("aria-label", name);
  box.setAttribute("aria-busy", "true");
  shown.picture = picture;
  picture.addEventListener("load", () => {
    if (!shown || shown.picture !== picture) return; // another page was asked for meanwhile
    const sheet = make("div", { class: "tc-page" }, picture, ...boxesOf(page));
    sheet.style.width = `${100 * ZOOMS[zoom]}%`;
    box.replaceChildren(sheet);
    box.removeAttribute("aria-busy");
    const target = box.querySelector(".tc-box-answers.tc-current") || box.querySelector(".tc-box.tc-current");
    if (target && (toQuote || !isOther)) showBox(box, target);
    else box.scrollTo({ top: 0, left: 0 });
  });
  picture.addEventListener("error", () => {
    if (shown && shown.picture === picture) load(shown.request, shown.failures + 1);
  });
  picture.src = `source/page?${view.file}&page=${page}&zoom=${step}`;
}

function showBox(box, target) {
  scrollTo(target, "center", "auto");
  const edge = target.getBoundingClientRect().left - box.getBoundingClientRect().left + box.scrollLeft;
  box.scrollLeft = edge > box.clientWidth / 2 ? edge - 16 : 0;
}

function boxesOf(page) {
  return shown.view.boxes.filter((box) => box.page === page).map((box) => {
    const names = ["tc-box", box.answers && "tc-box-answers", box.quote === shown.current && "tc-current"];
    const node = make("div", { class: names.filter(Boolean).join(" "), "data-quote": box.quote });
    const [left, top, right, bottom] = box.edges.map((edge) => 100 * edge);
    Object.assign(node.style, {
      left: `${left}%`, top: `${top}%`, width: `${right - left}%`, height: `${bottom - top}%`,
    });
    return node;
  });
}
