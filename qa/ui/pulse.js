// Runs once. Asks the server, again and again, what has changed without anybody clicking: often while something is
// waited for, now and then otherwise. While the connection is lost it says so; guard.js notices when it is back.
const NOW_AND_THEN = 5, IN_BACKGROUND = 30;
let beat = 0;
const turns = () => document.querySelectorAll("#conversation .exchange").length;
const answers = () => document.querySelector("#stop")?.checkVisibility();
const saysItAnswers = () => (document.querySelector("#stop") ? 1 : 0); // whether that is seen now or not
const waits = () =>
  element.querySelector("[data-busy]") || document.querySelector("#conversation .waiting") || (answers() && turns() === 0);
const every = () => (waits() ? 1 : document.hidden ? IN_BACKGROUND : NOW_AND_THEN);
const isLost = () => document.body.dataset.connection === "lost";
setInterval(() => {
  beat += 1;
  if (!isLost() && beat % every() === 0) trigger("pulse", { turns: turns(), answers: saysItAnswers() });
}, 1000);
let caughtUp = ""; // one that comes twice is asked for once
new MutationObserver(() => {
  const due = element.querySelector("[data-due]")?.dataset.due ?? caughtUp;
  if (due === caughtUp) return;
  caughtUp = due;
  trigger("catch_up", {});
}).observe(element, { childList: true, subtree: true });
const typed = ofTab.text("article-qa-typed"); // before the page was loaded again
const restore = () => {
  const field = document.querySelector("#question textarea");
  if (!field) return setTimeout(restore, 50);
  ofTab.drop("article-qa-typed");
  if (field.value) return;
  field.value = typed;
  field.dispatchEvent(new Event("input", { bubbles: true }));
};
if (typed) restore();
element.addEventListener("click", (event) => {
  if (event.target.closest("button[data-event='begin']")) trigger("begin", {});
});
// What could not be done: Gradio would say so in its own words, or not at all.
const LEAST_MS = 1000;
let saidAt = -LEAST_MS;
document.addEventListener("not-done", ({ detail }) => {
  if (performance.now() - saidAt < LEAST_MS) return;
  saidAt = performance.now();
  trigger("failed", { status: detail });
});
document.addEventListener("connection-lost", () => {
  document.body.dataset.connection = "lost";
  const said = document.querySelector("#announced [role=status]");
  if (said) said.textContent = element.querySelector(".lost").textContent;
});
document.addEventListener("connection-back", () => {
  delete document.body.dataset.connection;
  trigger("back", {});
});
