// Runs once for the list of documents: a click on a name is told to the server.
element.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-event]");
  if (button) trigger("document", { item: button.dataset.item });
});
