// Runs once for the conversation. The server writes its HTML; here its buttons are told to the server, and the newest
// words are kept in sight unless the reader has scrolled away from them.
const placed = (button) => ({ turn: Number(button.dataset.turn ?? -1), item: Number(button.dataset.item ?? -1) });

// A nearest sentence is pressed as its mark is, unless words of it are being selected.
const nearest = (target) => getSelection().isCollapsed && target.closest(".near li")?.querySelector("button[data-event]");
element.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-event]") ?? nearest(event.target);
  if (!button) return;
  switch (button.dataset.event) {
    case "cite": trigger("cite", placed(button)); break;
    case "passage": trigger("passage", placed(button)); break;
    case "again": trigger("again", placed(button)); break;
    case "looser": trigger("looser", placed(button)); break;
    case "alone": trigger("alone", placed(button)); break;
    case "revise": trigger("revise", placed(button)); document.querySelector("#question textarea")?.focus(); break;
    case "example": trigger("example", { text: button.textContent }); break;
    case "pick": document.querySelector("#upload")?.click(); break;
    case "paste": document.dispatchEvent(new CustomEvent("paste-text")); break;
  }
});

const pane = document.getElementById("conversation");
const scrolls = () => pane.scrollHeight > pane.clientHeight + 1 && getComputedStyle(pane).overflowY !== "visible";
let following = true;
let shown = element.querySelectorAll(".exchange").length;
pane.addEventListener("scroll", () => {
  following = pane.scrollHeight - pane.clientHeight - pane.scrollTop < 80;
});

// Who pressed a button that is gone now goes on where the next question is typed.
document.addEventListener("focusin", (event) => { focused = event.target; });
let focused = null;
const keepFocus = () => {
  const lost = document.activeElement === document.body && focused && !focused.checkVisibility();
  if (lost && !document.body.dataset.panel) document.querySelector("#question textarea")?.focus({ preventScroll: true });
};

// What a person opened or closed stays so, whatever the server writes of the same answer.
const folds = new Map();
const foldOf = (fold) => `${fold.closest(".exchange").dataset.number} ${fold.className}`;
element.addEventListener("click", (event) => {
  const fold = event.target.closest("summary")?.parentElement;
  if (fold) folds.set(foldOf(fold), !fold.open);
});

watch("value", () => {
  setTimeout(keepFocus, 100);
  if (!element.querySelector(".exchange")) folds.clear();
  for (const fold of element.querySelectorAll("details")) fold.open = folds.get(foldOf(fold)) ?? fold.open;
  const exchanges = element.querySelectorAll(".exchange");
  if (exchanges.length > shown) following = true;
  shown = exchanges.length;
  if (!following || !shown) return;
  if (scrolls()) pane.scrollTop = pane.scrollHeight;
  else exchanges[shown - 1].scrollIntoView({ block: "nearest" });
});
