// Copying and judging an answer; appended to the conversation's script.
const write = async (text) => {
  if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
  const before = document.activeElement, field = Object.assign(document.createElement("textarea"), { value: text });
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  before?.focus({ preventScroll: true });
  if (!done) throw new Error("copy");
};
element.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-copy]");
  if (!button) return;
  let told = button.dataset.done;
  try { await write(button.dataset.copy); } catch { told = button.dataset.failed; }
  const name = button.textContent;
  if (button.dataset.busy) return;
  button.dataset.busy = "1";
  button.textContent = told;
  const said = document.querySelector("#announced [role=status]");
  if (said) said.textContent = told;
  setTimeout(() => { button.textContent = name; delete button.dataset.busy; }, 1500);
});
const because = (turn) => {
  const field = element.querySelector(`.reason[data-turn="${turn}"]`);
  if (field) trigger("because", { turn: Number(turn), text: field.value });
};
element.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-event]");
  if (button?.dataset.event === "judge") trigger("judge", { turn: Number(button.dataset.turn), text: button.dataset.item });
  if (button?.dataset.event === "because") because(button.dataset.turn);
});
element.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.isComposing && event.target.matches(".reason")) because(event.target.dataset.turn);
});
