// Runs once for the panel with the source. After each view the marked words are brought into sight, inside the panel
// only; on a narrow page, where the panel stands below the conversation, a person who opened it is taken there.
const panel = document.getElementById("evidence");
const calm = () => (matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth");
const below = () => panel.getBoundingClientRect().top > window.innerHeight * 0.5;
const whole = (number) => Number(number ?? -1);
const placed = ({ turn, item, page }) => ({ turn: whole(turn), item: whole(item), page: whole(page) });
let view = "";
let pressed = "";

document.addEventListener("connection-back", () => { view = ""; }); // a program started anew counts them anew
const show = () => {
  const source = element.querySelector(".source");
  if (!source || source.dataset.view === view) return;
  view = source.dataset.view;
  const text = source.querySelector(".source-text");
  const mark = text.querySelector("mark");
  const top = mark ? mark.getBoundingClientRect().top - text.getBoundingClientRect().top + text.scrollTop : 0;
  text.scrollTop = Math.max(0, top - text.clientHeight * 0.3);
  if (source.dataset.opened !== "person") return;
  const again = [...source.querySelectorAll("button.step")].find((button) => button.ariaLabel === pressed);
  (again ?? text).focus({ preventScroll: true });
  pressed = "";
  if (below() || matchMedia("(max-width: 899px)").matches) panel.scrollIntoView({ block: "start", behavior: calm() });
};

const back = () => {
  const { kind, turn, item, document: id } = element.querySelector(".source")?.dataset ?? {};
  const opener = kind === "found" ? ".passage" : ".citation";
  const opened = document.querySelector(
    turn === "-1" ? `#documents .document[data-item="${id}"]` : `#conversation ${opener}[data-turn="${turn}"][data-item="${item}"]`,
  );
  const mark = opened ?? document.querySelector("#question textarea");
  mark.closest("details")?.setAttribute("open", "");
  mark.scrollIntoView({ block: "center", behavior: calm() });
  mark.focus({ preventScroll: true });
};

element.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-event]");
  if (!button) return;
  if (button.dataset.event === "back") back();
  if (button.ariaDisabled === "true") return;
  pressed = button.ariaLabel;
  switch (button.dataset.event) {
    case "cite": trigger("cite", placed(button.dataset)); break;
    case "passage": trigger("passage", placed(button.dataset)); break;
    case "document": trigger("document", { item: button.dataset.item, page: whole(button.dataset.page) }); break;
  }
});
element.addEventListener("keydown", (event) => {
  if (event.key === "Escape") back();
});
watch("value", show);
