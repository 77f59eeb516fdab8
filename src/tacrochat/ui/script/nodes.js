// Elements. Document text gets into them only as text nodes, never as markup.

const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

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
