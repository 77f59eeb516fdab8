async function copyText(text, node) {
  try {
    await navigator.clipboard.writeText(text);
  } catch (error) { // the clipboard needs a secure context; this way does not
    const area = make("textarea", { class: "tc-offscreen", "aria-hidden": "true" });
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  const before = node.textContent;
  node.textContent = node.dataset.done;
  setTimeout(() => { node.textContent = before; }, 1500);
}

function copyQuote(event) {
  const { view, current } = shown;
  const text = view.texts[current];
  const where = view.url ? `${view.labels[current]} (${view.path}, ${view.url})` : `${view.labels[current]} (${view.path})`;
  copyText(`“${text}”\n— ${where}`, event.currentTarget);
}

function copyFromCard(node) {
  const figure = node.closest(".tc-quote");
  const source = figure.querySelector(".tc-source");
  copyText(`“${figure.querySelector("blockquote").textContent}”\n— ${source.textContent} (${source.dataset.document})`, node);
}

document.addEventListener("click", (event) => {
  const copy = event.target.closest(".tc-quote .tc-copy");
  if (copy) copyFromCard(copy);
});
