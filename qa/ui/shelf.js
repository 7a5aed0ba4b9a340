// Runs once for the list of conversations: what is clicked and typed in it is told to the server.
let pause = 0;
const nameOf = (item) => element.querySelector(`.new-name[data-item="${CSS.escape(item)}"]`)?.value ?? "";

element.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-event]");
  if (!button) return;
  const item = button.dataset.item ?? "";
  if (button.dataset.event === "delete" && event.detail > 1) return; // the second click meets the next row
  switch (button.dataset.event) {
    case "new": trigger("new", {}); break;
    case "open": trigger("open", { item }); break;
    case "rename": trigger("rename", { item }); break;
    case "named": trigger("named", { item, text: nameOf(item) }); break;
    case "unnamed": trigger("unnamed", {}); break;
    case "delete": trigger("delete", { item }); break;
    case "undo": trigger("undo", {}); break;
    case "ratings": trigger("ratings", {}); break;
  }
  if (["new", "open"].includes(button.dataset.event)) document.dispatchEvent(new CustomEvent("close-panel"));
});
element.addEventListener("input", (event) => {
  if (event.target.id !== "seek") return;
  clearTimeout(pause);
  pause = setTimeout(() => trigger("seek", { text: event.target.value }), 150);
});
element.addEventListener("keydown", (event) => {
  if (event.repeat && event.target.closest("[data-event=delete]")) event.preventDefault();
  if (!event.target.matches(".new-name") || event.isComposing) return;
  if (event.key === "Enter") trigger("named", { item: event.target.dataset.item, text: event.target.value });
  else if (event.key === "Escape") trigger("unnamed", {});
  else return;
  event.preventDefault();
  event.stopPropagation();
});
element.addEventListener("panel-opened", () => {
  const field = element.querySelector("#seek");
  if (field) field.value = "";
  trigger("look", {});
});
// A name that is being changed is selected; a row that went away gives the focus to what brings it back, or to the field.
let renaming = null;
let gone = null;
watch("value", () => {
  const field = element.querySelector(".new-name"), undo = element.querySelector(".undo");
  const before = gone;
  gone = undo?.textContent ?? null;
  if (field && field.dataset.item !== renaming) {
    field.focus();
    field.select();
  } else if (document.body.dataset.panel === "shelf" && ((gone && gone !== before) || !element.contains(document.activeElement))) {
    (undo?.querySelector("button") ?? element.querySelector("#seek"))?.focus();
  }
  renaming = field?.dataset.item ?? null;
});
