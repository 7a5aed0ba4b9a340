// Runs once for the settings: what is set is told to the server, which says what is set now.
element.addEventListener("change", (event) => {
  const field = event.target.closest("[data-setting]");
  if (field) trigger("set", { item: field.dataset.setting, text: field.value });
});
element.addEventListener("click", (event) => {
  if (event.target.closest("button[data-event]")?.dataset.event === "reset") trigger("reset", {});
});
element.addEventListener("panel-opened", () => trigger("look", {}));
// What the server writes is how things are, also where a person has moved a control since.
watch("value", () => {
  for (const field of element.querySelectorAll("[data-setting]")) {
    if (field.type === "radio") field.checked = field.hasAttribute("checked");
    else if (field.tagName === "SELECT") field.value = field.querySelector("option[selected]")?.value ?? field.value;
    else field.value = field.getAttribute("value");
  }
});
