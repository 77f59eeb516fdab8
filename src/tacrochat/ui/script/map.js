// Shows the passage of a dot of the map beside the pointer.
function showTip(event) {
  const canvas = event.target.closest && event.target.closest(".tc-canvas");
  for (const other of document.querySelectorAll(".tc-tip")) if (!canvas || !canvas.contains(other)) other.hidden = true;
  if (!canvas) return;
  const box = canvas.querySelector(".tc-tip");
  const dot = event.target.closest(".tc-dot");
  box.hidden = !dot;
  if (!dot) return;
  if (box.dot !== dot) {
    box.dot = dot;
    box.replaceChildren(write(make("strong", { dir: "auto" }), dot.dataset.title));
    write(box, dot.dataset.text);
  }
  const frame = canvas.getBoundingClientRect();
  const x = event.clientX - frame.left, y = event.clientY - frame.top;
  box.style.left = Math.max(4, Math.min(x + 14, frame.width - box.offsetWidth - 4)) + "px";
  box.style.top = (y + 18 + box.offsetHeight > frame.height ? Math.max(4, y - box.offsetHeight - 12) : y + 18) + "px";
}
document.addEventListener("pointermove", showTip, { passive: true });
