// Runs once for the Evaluate view: what is pressed, typed, chosen and dropped there is told to the server. All tabs of
// a browser share a secret, by which the server knows that an evaluation is theirs; they tell each other of changes.
// It is made when the first of them has something to tell.
const MOST_BYTES = 20_000_000;
const kept = () => ofBrowser.text("article-qa-browser") ?? "";
let secret = kept();
const made = () => {
  const digits = [...crypto.getRandomValues(new Uint8Array(16))].map((one) => one.toString(16).padStart(2, "0")).join("");
  ofBrowser.keep("article-qa-browser", digits);
  return digits;
};
const tell = (event, given = {}) => {
  secret ||= kept() || made();
  trigger(event, { browser: secret, ...given });
};
const isOpen = () => document.body.dataset.view === "evaluate";
const running = () => element.querySelector("[data-running]") !== null;
const typed = (name) => element.querySelector(`[name="${name}"]`)?.value ?? "";

const give = (file, kind) => {
  const { name, size } = file;
  if (size > MOST_BYTES) return tell("given", { name, kind, size, content: "" });
  const reader = new FileReader();
  reader.onload = () => tell("given", { name, kind, size, content: reader.result.split(",")[1] ?? "" });
  reader.onerror = () => tell("given", { name, kind, size, content: "?" });
  reader.readAsDataURL(file);
};
const pick = (kind) => {
  const input = Object.assign(document.createElement("input"), { type: "file" });
  input.accept = kind === "record" ? ".json" : ".jsonl,.json,.csv,.tsv";
  input.addEventListener("change", () => input.files[0] && give(input.files[0], kind));
  input.click();
};

element.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-event]");
  if (!button || button.ariaDisabled === "true") return;
  switch (button.dataset.event) {
    case "pick": pick(button.dataset.item); break;
    case "propose": tell("propose", { text: typed("n_proposed") }); break;
    case "judged": tell("judged"); break;
    case "without": tell("without", { item: button.dataset.item }); break;
    case "questions_file": tell("questions_file"); break;
    case "halt": tell("halt"); break;
    case "go_on": tell("go_on"); break;
    case "compare_next": tell("compare_next"); break;
  }
});
element.addEventListener("submit", (event) => {
  event.preventDefault();
  tell("run", { text: typed("limit") });
});
element.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.target.name !== "n_proposed") return;
  event.preventDefault(); // it would begin the evaluation
  tell("propose", { text: typed("n_proposed") });
});
element.addEventListener("view-opened", () => tell("look"));
const there = () => (running() ? "run" : element.querySelector("#result-title") ? "result" : "");
document.addEventListener("connection-back", () => tell("look", { had: there() }));
document.addEventListener("files-dropped", (event) => {
  for (const file of event.detail) give(file, "any");
});
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && isOpen()) tell("look");
});
new MutationObserver(() => isOpen() && !document.body.dataset.panel && tell("look")).observe(document.body, {
  attributes: true,
  attributeFilter: ["data-panel"], // something may have been set
});
setInterval(() => running() && tell("beat"), 1000);

const others = new BroadcastChannel("article-qa-evaluate");
others.addEventListener("message", () => tell("look"));

// What a person opened or closed stays so, whatever the server writes.
const folds = new Map();
element.addEventListener("click", (event) => {
  const fold = event.target.closest("summary")?.parentElement;
  if (fold) folds.set(fold.className, !fold.open);
});
watch("value", () => {
  for (const fold of element.querySelectorAll("details")) fold.open = folds.get(fold.className) ?? fold.open;
});

// Where work begins or ends, the focus goes to what can be done then, if it stood on what is gone or is disabled now.
let ran = false;
watch("value", () => {
  const runs = running();
  if (runs === ran) return;
  ran = runs;
  others.postMessage("changed");
  document.body.toggleAttribute("data-evaluating", runs);
  const focused = document.activeElement;
  if (!isOpen() || (focused !== document.body && !focused.matches(":disabled"))) return;
  const next = runs ? [".stop-button"] : [".evaluate-trouble .alert", "#result-title", ".begin-button"];
  next.map((one) => element.querySelector(one)).find((one) => one)?.focus();
});
if (isOpen() || secret) tell("look"); // what runs is ended when no tab is known any more to which it belongs
