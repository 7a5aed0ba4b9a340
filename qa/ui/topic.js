// Runs once for the bar above the conversation: its menu tells the server which file is wanted.
element.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-event]");
  if (!button) return;
  trigger("export", { text: button.dataset.item });
  button.closest("details").open = false;
  button.closest("details").querySelector("summary").focus();
});
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && element.querySelector("details[open]");
  if (!menu) return;
  event.preventDefault();
  menu.open = false;
  menu.querySelector("summary").focus();
});
document.addEventListener("click", (event) => {
  const menu = element.querySelector("details[open]");
  if (menu && !menu.contains(event.target)) menu.open = false;
});
