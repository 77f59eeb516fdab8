// Gradio gives the examples the role of a list, but they are buttons, not list items.
function fixRole(chat) {
  for (const list of chat.querySelectorAll(".examples[role=list]")) list.setAttribute("role", "group");
}

const GAP = 8; // pixels above a question that was scrolled to

// Scrolls to the top of a new turn; at the end of a long card the first quote would be out of view.
// The last answer has at least the height that is left under its question (--tc-room in cards.css): so the
// question is at its place before the answer is there, and nothing moves when it comes.
function followTurns() {
  const chat = document.getElementById("tc-chat");
  if (!chat) { setTimeout(followTurns, 200); return; }
  let count = 0; // turns at the last change, -1 while an answer is awaited
  let timer = 0;
  fixRole(chat);
  new MutationObserver(() => {
    fixRole(chat);
    holdQuestion(chat);
    const place = placeOfLast(chat);
    if (place) chat.style.setProperty("--tc-room", place.room + "px");
    clearTimeout(timer);
    timer = setTimeout(() => {
      const place = placeOfLast(chat);
      if (!place) { count = 0; return; }
      const grew = place.turns !== count || chat.querySelector(".tc-pending");
      count = chat.querySelector(".tc-pending") ? -1 : place.turns;
      if (grew) place.log.scrollTo({ top: place.top, behavior: reducedMotion.matches ? "auto" : "smooth" });
    }, 60);
  }).observe(chat, { childList: true, subtree: true });
  chat.addEventListener("scroll", () => holdQuestion(chat), { capture: true, passive: true });
}

// Only the question whose answer is at the top of the view is sticky; others would show behind it.
function holdQuestion(chat) {
  const log = chat.querySelector("[role=log]");
  if (!log) return;
  const rows = [...chat.querySelectorAll(".user-row")], answers = chat.querySelectorAll(".bot-row");
  const top = log.getBoundingClientRect().top + GAP + 1;
  const passed = rows.filter((row, i) => answers[i] && answers[i].getBoundingClientRect().top - row.offsetHeight <= top);
  for (const row of rows) row.classList.toggle("tc-current-question", row === passed[passed.length - 1]);
}

// The place of the last question, which is sticky: so it is measured at its answer.
function placeOfLast(chat) {
  const log = chat.querySelector("[role=log]");
  const rows = chat.querySelectorAll(".user-row");
  const answer = chat.querySelectorAll(".bot-row")[rows.length - 1];
  if (!log || !answer) return null;
  const head = rows[rows.length - 1].offsetHeight;
  const { top: start, bottom: end } = answer.getBoundingClientRect();
  const top = start - log.getBoundingClientRect().top + log.scrollTop - head;
  // Choices and suggestions stand below the answer, in view.
  const choices = chat.querySelector(".option")?.parentElement;
  const below = choices ? choices.getBoundingClientRect().bottom - end : 0;
  return { log, turns: rows.length, top: top - GAP, room: Math.max(0, log.clientHeight - head - below - 2 * GAP) };
}
