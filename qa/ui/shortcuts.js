// Runs once. Keys that do something wherever the focus is, but never while something is typed or a panel is open.
const TYPED = "input, textarea, select, [contenteditable], [contenteditable] *";
const press = (selector) => document.querySelector(selector)?.click();
const toChat = () => {
  location.hash = "#chat";
  showView();
};
const KEYS = {
  "?": () => press("[data-panel-name='shortcuts']"),
  ".": () => { toChat(); document.querySelector("#question textarea")?.focus(); },
  "+": () => { toChat(); press("#clear"); },
  "[": () => press("#evidence .step.previous"),
  "]": () => press("#evidence .step.next"),
  "Escape": () => press("#stop"),
};
const areOn = () => {
  try { return JSON.parse(localStorage.getItem("article-qa-settings") ?? "{}").shortcuts !== "off"; } catch { return true; }
};
document.addEventListener("keydown", (event) => {
  const held = (event.ctrlKey || event.altKey) && !event.getModifierState("AltGraph");
  if (held || event.metaKey || event.isComposing || event.repeat || event.defaultPrevented) return;
  if (body.dataset.panel || event.target.matches(TYPED) || !KEYS[event.key] || !areOn()) return;
  if (body.dataset.view === "evaluate" && !["?", ".", "+"].includes(event.key)) return;
  if (event.key === "Escape" && (event.target.closest("#evidence") || document.querySelector(".menu[open]"))) return;
  event.preventDefault();
  KEYS[event.key]();
});
