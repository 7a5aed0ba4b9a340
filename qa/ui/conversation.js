// Runs once for the conversation. The server writes its HTML, one string for each exchange; here those that changed are
// drawn, its buttons are told to the server, and the newest words are kept in sight unless the reader has scrolled away.
const drawn = []; // {html, node} of each exchange
let drawing = ""; // the number of the whole that was drawn last
let lacking = ""; // that of one that did not come, which is asked for once
// What is the same stays, with its focus and what is selected in it.
const patch = (old, now) => {
  if (old.nodeName !== now.nodeName) return old.replaceWith(now);
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.data !== now.data) old.data = now.data;
    return;
  }
  for (const { name } of [...old.attributes]) if (!now.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of now.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  const before = [...old.childNodes], after = [...now.childNodes];
  before.slice(after.length).forEach((node) => node.remove());
  after.forEach((node, place) => (place < before.length ? patch(before[place], node) : old.append(node)));
};
const draw = () => {
  const [number, first, ...parts] = props.value, from = Number(first);
  if (from === 0) [drawing, lacking] = [number, ""];
  else if (number !== drawing) {
    if (number !== lacking) trigger("redraw", {});
    lacking = number;
    return;
  }
  for (const { node } of drawn.splice(from + parts.length)) node.remove();
  parts.forEach((html, n) => {
    const place = from + n;
    if (drawn[place]?.html === html) return;
    const holder = document.createElement("template");
    holder.innerHTML = html;
    const now = document.importNode(holder.content.firstElementChild, true), old = drawn[place]?.node;
    if (!old) element.append(now);
    else if (old.dataset.number !== now.dataset.number && old.querySelector("input")) old.replaceWith(now); // typed in the other
    else patch(old, now);
    drawn[place] = { html, node: old?.isConnected ? old : now };
  });
};
draw();

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
let shown = element.querySelectorAll(".exchange").length;
const atEnd = () => { // where the page is narrow, it scrolls as a whole
  if (scrolls()) return pane.scrollHeight - pane.clientHeight - pane.scrollTop < 80;
  const end = element.querySelector(".exchange:last-of-type")?.getBoundingClientRect().bottom ?? 0;
  return end > 0 && end < window.innerHeight + 80;
};

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

// A quote that is being read stays beside its mark: the newest words are followed again when it has gone, unless the
// reader has scrolled meanwhile.
const position = () => (scrolls() ? pane.scrollTop : window.scrollY);
let stayed = null;

watch("value", () => {
  const followed = atEnd() || stayed === position();
  draw();
  document.dispatchEvent(new CustomEvent("conversation-drawn"));
  setTimeout(keepFocus, 100);
  if (!element.querySelector(".exchange")) folds.clear();
  for (const fold of element.querySelectorAll("details")) fold.open = folds.get(foldOf(fold)) ?? fold.open;
  const exchanges = element.querySelectorAll(".exchange");
  const isNew = exchanges.length > shown;
  const stays = !isNew && document.querySelector("#quote:not([hidden])");
  shown = exchanges.length;
  stayed = followed && stays ? position() : null;
  if (!(followed || isNew) || stays || !shown) return;
  if (scrolls()) pane.scrollTop = pane.scrollHeight;
  else exchanges[shown - 1].scrollIntoView({ block: "nearest" });
});
