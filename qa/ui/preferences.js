// Runs once for the settings: what is set is told to the server, which says what is set now.
const typing = new Set(); // settings that are being typed into
element.addEventListener("input", (event) => {
  const field = event.target.closest("[data-setting]");
  if (field) typing.add(field.dataset.setting);
});
element.addEventListener("change", (event) => {
  const field = event.target.closest("[data-setting]");
  if (!field) return;
  typing.delete(field.dataset.setting);
  trigger("set", { item: field.dataset.setting, text: field.value });
});
element.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-event]");
  if (!button || button.ariaDisabled === "true") return;
  switch (button.dataset.event) {
    case "reset": trigger("reset", {}); break;
    case "model": trigger("model", { item: button.dataset.item }); break;
    case "fetch_model": trigger("fetch_model", { item: button.dataset.item }); break;
    case "replace_model": trigger("replace_model", {}); break;
    case "keep_model": trigger("keep_model", {}); break;
  }
});
element.addEventListener("panel-opened", () => trigger("look", {}));
// What the server writes is how things are, also where a person has moved a control since; what is being typed stays.
watch("value", () => {
  for (const field of element.querySelectorAll("[data-setting]")) {
    if (typing.has(field.dataset.setting)) continue;
    if (field.type === "radio") field.checked = field.hasAttribute("checked");
    else if (field.tagName === "SELECT") field.value = field.querySelector("option[selected]")?.value ?? field.value;
    else field.value = field.getAttribute("value");
  }
});
