document.addEventListener("click", (event) => {
  const source = event.target.closest(".tc-source");
  if (source) { event.preventDefault(); openSource(source); return; }
  if (event.target.closest("#tc-add, #tc-remove, #tc-refresh")) clickedAt = Date.now();
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && side.classList.contains("tc-open") && !event.defaultPrevented) close();
});
