// Runs once for the conversation, after conversation.js. While a mark is pointed at or has the focus, a card beside it
// shows its quote. The card stays while the pointer is over it, goes with Escape, and is never in the way of a click.
const card = Object.assign(document.createElement("div"), { id: "quote", role: "tooltip", hidden: true });
const words = document.createElement("blockquote");
const from = document.createElement("p");
card.append(words, from);
element.closest(".gradio-container").append(card);
let pointed = null;
let leaving = 0;

const marks = ".citation[data-quote]";
const beside = (mark) => {
  const edge = 12;
  const place = mark.getBoundingClientRect();
  const left = Math.min(place.left - edge, document.documentElement.clientWidth - card.offsetWidth - edge);
  const above = place.top - card.offsetHeight - 6; // over words that are read already
  card.style.left = `${Math.max(edge, left)}px`;
  card.style.top = `${above >= edge ? above : place.bottom + 6}px`;
};
const point = (mark) => {
  clearTimeout(leaving);
  pointed?.removeAttribute("aria-describedby");
  pointed = mark;
  card.hidden = !mark;
  if (!mark) return;
  words.textContent = mark.dataset.quote;
  from.textContent = mark.getAttribute("aria-label");
  mark.setAttribute("aria-describedby", "quote");
  beside(mark);
};
const leave = () => {
  clearTimeout(leaving);
  leaving = setTimeout(() => point(null), 150);
};

element.addEventListener("pointerover", (event) => {
  const mark = event.target.closest(marks);
  if (mark && event.pointerType === "mouse") point(mark);
  else if (pointed && pointed !== document.activeElement) leave();
});
element.addEventListener("pointerleave", () => pointed && pointed !== document.activeElement && leave());
card.addEventListener("pointerenter", () => clearTimeout(leaving));
card.addEventListener("pointerleave", leave);
element.addEventListener("focusin", (event) => {
  const mark = event.target.closest(marks);
  if (mark?.matches(":focus-visible")) point(mark);
});
element.addEventListener("focusout", () => point(null));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || card.hidden) return;
  event.preventDefault();
  point(null);
});
for (const moved of ["scroll", "resize"]) {
  window.addEventListener(moved, () => {
    if (!pointed) return;
    const { top, bottom } = pointed.getBoundingClientRect();
    if (bottom < 0 || top > window.innerHeight) point(null);
    else beside(pointed);
  }, true);
}
element.addEventListener("click", (event) => event.target.closest(marks) && point(null));
watch("value", () => {
  if (pointed && !(pointed.isConnected && pointed.matches(marks))) point(null);
});
