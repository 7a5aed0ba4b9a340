// Runs once, for the page's language and for the buttons that open panels. While one is open the rest of the page can
// be neither reached nor read.
const body = document.body;
const rest = () => ["masthead", "columns", "evaluation"].map((name) => document.getElementById(name)).filter(Boolean);
let opener = null;

const close = () => {
  const name = body.dataset.panel;
  if (!name) return;
  delete body.dataset.panel;
  rest().forEach((part) => { part.inert = false; });
  const button = opener?.isConnected ? opener : document.querySelector(`[data-panel-name="${name}"]`);
  (button ?? document.querySelector("#question textarea"))?.focus({ preventScroll: true });
};
const open = (name, button) => {
  const panel = document.getElementById(name);
  if (!panel) return;
  opener = button;
  body.dataset.panel = name;
  rest().forEach((part) => { part.inert = true; });
  const inner = panel.querySelector(".html-container > div") ?? panel;
  inner.dispatchEvent(new CustomEvent("panel-opened"));
  const focused = () => {
    const first = panel.querySelector("[data-first]");
    first?.focus();
    return Boolean(first);
  };
  if (focused()) return;
  const filled = new MutationObserver(() => { if (focused()) filled.disconnect(); });
  filled.observe(panel, { childList: true, subtree: true });
};

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-panel-name]");
  if (button) open(button.dataset.panelName, button);
  else if (event.target.closest("[data-close]") || event.target.matches(".panel, .panel > .html-container, .panel > .html-container > div")) close();
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !body.dataset.panel || event.isComposing || event.target.matches(".new-name")) return;
  event.stopPropagation();
  close();
}, true);
const speak = () => { document.documentElement.lang = element.querySelector("[data-language]").dataset.language; };
speak();
watch("value", speak);
document.addEventListener("close-panel", () => { opener = document.querySelector("#question textarea"); close(); });
