// Asks which state the library has, and has the page refreshed when it shows another one: often while
// something runs, else every few seconds, and not while the page is hidden. Nothing a page missed is lost:
// a question or a refresh that fails is made again.
const TICK = 700, REST = 5000, ATTENTION = 15000; // milliseconds
const BUSY = ["starting", "building", "loading"];
let askedAt = 0;
let clickedAt = 0; // when a button was clicked that starts a build

async function followState() {
  const state = document.querySelector(".tc-state");
  const isBusy = !state || BUSY.includes(state.dataset.phase) || Date.now() - clickedAt < ATTENTION;
  const rest = isBusy ? 0 : REST;
  if (!document.hidden && Date.now() - askedAt >= rest) {
    askedAt = Date.now();
    const title = document.querySelector(".tc-head h1");
    if (title && document.title !== title.textContent) document.title = title.textContent; // Gradio sets its own
    try {
      const version = await server.version(null);
      const now = document.querySelector(".tc-state");
      if (typeof version === "string" && (!now || now.dataset.version !== version)) {
        trigger("submit");
        await refreshLibrary();
        refreshTree(); // after it: it compares the tree with what the library is now
      }
    } catch (error) { /* the server does not answer now */ }
  }
  fillTree();
  setTimeout(followState, TICK);
}
