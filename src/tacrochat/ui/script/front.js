// The page in front of several libraries: what its cards do beside copying and unfolding.

document.addEventListener("click", (event) => {
  const link = event.target.closest(".tc-quote .tc-link");
  if (link) copyText(link.closest(".tc-quote").querySelector(".tc-source").href, link);
});
