// The conversation and the viewer fill the height that the head leaves them, which may have several lines, and the
// bar of a build below it.
function followHead() {
  const main = document.getElementById("tc-main");
  const measure = () => document.documentElement.style.setProperty(
    "--tc-above", Math.round(main.getBoundingClientRect().top + window.scrollY) + "px");
  const observer = new ResizeObserver(measure);
  for (const id of ["tc-status", "tc-working"]) observer.observe(document.getElementById(id));
}
