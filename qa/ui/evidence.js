// Runs once for the panel with the source. After each view the marked words are brought into sight, inside the panel
// only; on a narrow page, where the panel stands below the conversation, a person who opened it is taken there. While
// the conversation goes on the source stays, and what leads from it to others follows the marks that there are.
const panel = document.getElementById("evidence");
const calm = () => (matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth");
const below = () => panel.getBoundingClientRect().top > window.innerHeight * 0.5;
const whole = (number) => Number(number ?? -1);
const placed = ({ turn, item, page }) => ({ turn: whole(turn), item: whole(item), page: whole(page) });
let view = "";
let pressed = "";

document.addEventListener("connection-back", () => { view = ""; }); // a program started anew counts them anew
const source = () => element.querySelector(".source");
const marksOf = ({ kind, turn }) =>
  [...document.querySelectorAll(`#conversation ${kind === "found" ? ".passage" : ".citation"}[data-turn="${turn}"]`)];
const openedBy = ({ dataset }) =>
  marksOf(dataset).find((mark) => mark.dataset.item === dataset.item && mark.dataset.words === dataset.words);

// A source whose mark is gone, since its answer was withdrawn or given anew, has no number any more and no neighbours.
const follow = () => {
  const shown = source();
  if (!shown || shown.dataset.turn === "-1") return;
  const parted = !openedBy(shown), there = new Set(marksOf(shown.dataset).map((mark) => mark.dataset.item));
  shown.classList.toggle("parted", parted);
  const lit = shown.querySelector("style");
  if (lit) lit.disabled = parted;
  const steps = shown.querySelector(".source-head .steps"), place = steps.querySelector(".place");
  const told = place.dataset.told.replace("%", there.size);
  if (place.textContent !== told) place.textContent = told;
  const held = steps.contains(document.activeElement);
  steps.hidden = parted || there.size < 2;
  if (held && steps.hidden) shown.querySelector(".source-text").focus({ preventScroll: true });
  for (const step of steps.querySelectorAll(".step")) {
    if (!parted && there.has(step.dataset.item)) step.removeAttribute("aria-disabled");
    else step.ariaDisabled = "true";
  }
};
document.addEventListener("conversation-drawn", follow);

const show = () => {
  const shown = source();
  if (!shown || shown.dataset.view === view) return;
  view = shown.dataset.view;
  const text = shown.querySelector(".source-text");
  const mark = text.querySelector("mark");
  const top = mark ? mark.getBoundingClientRect().top - text.getBoundingClientRect().top + text.scrollTop : 0;
  text.scrollTop = Math.max(0, top - text.clientHeight * 0.3);
  if (shown.dataset.opened !== "person") return;
  const again = [...shown.querySelectorAll("button.step")].find((button) => button.ariaLabel === pressed);
  (again ?? text).focus({ preventScroll: true });
  pressed = "";
  if (below() || matchMedia("(max-width: 899px)").matches) panel.scrollIntoView({ block: "start", behavior: calm() });
};

const back = () => {
  const shown = source(), { turn, document: id } = shown?.dataset ?? {};
  const row = turn === "-1" && document.querySelector(`#documents .document[data-item="${id}"]`);
  const mark = row || (shown && openedBy(shown)) || document.querySelector("#question textarea");
  mark.closest("details")?.setAttribute("open", "");
  mark.scrollIntoView({ block: "center", behavior: calm() });
  mark.focus({ preventScroll: true });
};

element.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-event]");
  if (!button) return;
  if (button.dataset.event === "back") return back();
  if (button.ariaDisabled === "true") return;
  pressed = button.ariaLabel;
  const shown = source(), { kind, start, end, document: id } = shown.dataset, page = whole(button.dataset.page);
  const parted = shown.classList.contains("parted"); // the answer has another mark of this number, or none
  switch (parted ? "document" : button.dataset.event) {
    case "cite": trigger("cite", placed(button.dataset)); break;
    case "passage": trigger("passage", placed(button.dataset)); break;
    case "document": trigger("document", { item: id, kind, start: whole(start), end: whole(end), page }); break;
  }
});
element.addEventListener("keydown", (event) => {
  if (event.key === "Escape") back();
});
watch("value", () => {
  show();
  follow();
});
