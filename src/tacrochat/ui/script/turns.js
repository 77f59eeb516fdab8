// Gradio gives the examples the role of a list, but they are buttons, not list items.
function fixRole(chat) {
  for (const list of chat.querySelectorAll(".examples[role=list]")) list.setAttribute("role", "group");
}

// Scrolls to the top of a new turn; at the end of a long card the first quote would be out of view.
function followTurns() {
  const chat = document.getElementById("tc-chat");
  if (!chat) { setTimeout(followTurns, 200); return; }
  let count = 0; // turns at the last change, -1 while an answer is awaited
  let timer = 0;
  fixRole(chat);
  new MutationObserver(() => {
    fixRole(chat);
    clearTimeout(timer);
    timer = setTimeout(() => {
      const rows = chat.querySelectorAll(".user-row");
      const log = chat.querySelector("[role=log]");
      if (!log || !rows.length) { count = 0; return; }
      const last = rows[rows.length - 1];
      const top = last.getBoundingClientRect().top - log.getBoundingClientRect().top + log.scrollTop;
      const grew = rows.length !== count || chat.querySelector(".tc-pending");
      count = chat.querySelector(".tc-pending") ? -1 : rows.length;
      if (grew) log.scrollTo({ top: top - 8, behavior: reducedMotion.matches ? "auto" : "smooth" });
    }, 60);
  }).observe(chat, { childList: true, subtree: true });
}
