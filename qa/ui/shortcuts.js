// Runs once. Keys that do something wherever the focus is, but never while something is typed or a panel is open. Where
// the focus stays after a question was sent, in the text box that is empty now, Escape works too.
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
const isTyping = ({ key, target }) =>
  target.matches(TYPED) && !(key === "Escape" && target.matches("#question textarea") && !target.value);
const isCovered = () => document.querySelector(".menu[open], #quote:not([hidden])");
const areOn = () => ofBrowser.values("article-qa-settings").shortcuts !== "off";
document.addEventListener("keydown", (event) => {
  const held = (event.ctrlKey || event.altKey) && !event.getModifierState("AltGraph");
  if (held || event.metaKey || event.isComposing || event.repeat || event.defaultPrevented) return;
  if (body.dataset.panel || isTyping(event) || !KEYS[event.key] || !areOn()) return;
  if (body.dataset.view === "evaluate" && !["?", ".", "+"].includes(event.key)) return;
  if (event.key === "Escape" && (event.target.closest("#evidence") || isCovered())) return;
  event.preventDefault();
  KEYS[event.key]();
});
