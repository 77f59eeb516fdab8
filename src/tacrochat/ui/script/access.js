// Logs out. Not a form: the page sends no referrer, and a browser then hides the origin of a form, which
// the server wants to see.
document.addEventListener("click", async (event) => {
  const logout = event.target.closest ? event.target.closest("[data-logout]") : null;
  if (!logout) return;
  await fetch(logout.dataset.logout, { method: "POST", redirect: "manual" });
  location.reload();
});
