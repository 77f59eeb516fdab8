// Shows the passage of a dot of the map beside the pointer, or beside the dot that has the focus.
function showTip(event) {
  const canvas = event.target.closest && event.target.closest(".tc-canvas");
  for (const other of document.querySelectorAll(".tc-tip")) if (!canvas || !canvas.contains(other)) other.hidden = true;
  if (!canvas) return;
  const dot = event.target.closest(".tc-dot");
  placeTip(canvas, dot, event.clientX, event.clientY);
}

function placeTip(canvas, dot, clientX, clientY) {
  const box = canvas.querySelector(".tc-tip");
  box.hidden = !dot;
  if (!dot) return;
  if (box.dot !== dot) {
    box.dot = dot;
    box.replaceChildren(write(make("strong", { dir: "auto" }), dot.dataset.title));
    write(box, dot.getAttribute("aria-label").slice(dot.dataset.title.length + 2));
  }
  const frame = canvas.getBoundingClientRect();
  const x = clientX - frame.left, y = clientY - frame.top;
  box.style.left = Math.max(4, Math.min(x + 14, frame.width - box.offsetWidth - 4)) + "px";
  box.style.top = (y + 18 + box.offsetHeight > frame.height ? Math.max(4, y - box.offsetHeight - 12) : y + 18) + "px";
}
document.addEventListener("pointermove", showTip, { passive: true });

// By keyboard: one dot is reached by Tab, the arrow keys go to the nearest dot in their direction.
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function nearestDot(dot, [dx, dy]) {
  const place = (circle) => [Number(circle.getAttribute("cx")), Number(circle.getAttribute("cy"))];
  const [x, y] = place(dot);
  let best = null, least = Infinity;
  for (const other of dot.ownerSVGElement.querySelectorAll(".tc-dot")) {
    const [u, v] = place(other);
    const along = (u - x) * dx + (v - y) * dy;
    if (other === dot || along <= 0) continue;
    const across = Math.abs((u - x) * dy) + Math.abs((v - y) * dx);
    const distance = along + 2 * across;
    if (distance < least) { least = distance; best = other; }
  }
  return best;
}

document.addEventListener("keydown", (event) => {
  const dot = event.target.closest && event.target.closest(".tc-dot");
  if (!dot) return;
  if (event.key === "Enter" || event.key === " ") { event.preventDefault(); openSource(dot); return; }
  if (!ARROWS[event.key]) return;
  event.preventDefault();
  const next = nearestDot(dot, ARROWS[event.key]);
  if (!next) return;
  dot.setAttribute("tabindex", "-1");
  next.setAttribute("tabindex", "0");
  next.focus();
});

document.addEventListener("focusin", (event) => {
  const dot = event.target.closest && event.target.closest(".tc-dot");
  if (!dot) return;
  const place = dot.getBoundingClientRect();
  placeTip(dot.closest(".tc-canvas"), dot, place.right, place.bottom);
});
