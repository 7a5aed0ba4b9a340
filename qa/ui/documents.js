// Runs once for the list of documents: what people press, type and choose there is told to the server; files that are
// dropped on the page are handed to the button that adds files. What a person typed or unfolded stays as it is.
const item = (control) => control.dataset.item;
let instead = []; // what comes in place of the button that was pressed: its event and its document

element.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-event]");
  if (!button || button.ariaDisabled === "true") return;
  switch (button.dataset.event) {
    case "document": trigger("document", { item: item(button) }); break;
    case "remove": instead = ["restore", item(button)]; trigger("remove", { item: item(button) }); break;
    case "restore": instead = ["remove", item(button)]; trigger("restore", { item: item(button) }); break;
    case "every": chosen.clear(); trigger("every", { on: item(button) === "1", sought: words() }); break;
    case "pick": document.querySelector("#upload")?.click(); break;
  }
});
const chosen = new Map(); // what was ticked or unticked and the list does not have yet
element.addEventListener("change", (event) => {
  const box = event.target.closest("input[type='checkbox']");
  if (!box) return;
  chosen.set(item(box), box.checked);
  trigger("choose", { item: item(box), on: box.checked });
});
const given = []; // what was typed and given to be added, each found by its number, from 1
const typed = (form) => Object.fromEntries(new FormData(form));
element.addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target;
  given.push({ form: form.dataset.event, typed: typed(form) });
  const sent = { ...typed(form), given: given.length };
  if (form.dataset.event === "paste") trigger("paste", sent);
  if (form.dataset.event === "fetch") trigger("fetch", sent);
});
const clear = (place) => { // what was added is cleared from its form, unless something else was typed there meanwhile
  const { form: name, typed: before } = given[place - 1] ?? {};
  const form = element.querySelector(`form[data-event="${name}"]`);
  delete given[place - 1];
  if (form && JSON.stringify(typed(form)) === JSON.stringify(before)) form.reset();
};

const words = () => element.querySelector(".find")?.value ?? "";
const SEEK_AFTER_MS = 200;
let seeking;
const find = () => {
  const each = words().toLowerCase().split(/\s+/).filter(Boolean);
  for (const row of element.querySelectorAll(".listed"))
    row.hidden = !each.every((word) => row.dataset.foundBy.includes(word));
  const { sought } = element.querySelector("details").dataset; // there where the list is not whole
  clearTimeout(seeking);
  if (sought !== undefined && sought !== words())
    seeking = setTimeout(() => trigger("seek", { text: words() }), SEEK_AFTER_MS);
};
element.addEventListener("input", (event) => event.target.closest(".find") && find());

let unfolded = false;
element.addEventListener("click", (event) => {
  const summary = event.target.closest("summary");
  if (summary) unfolded = !summary.parentElement.open;
});
document.addEventListener("paste-text", () => {
  unfolded = element.querySelector("details").open = true;
  const field = element.querySelector("textarea");
  field.scrollIntoView({ block: "center" });
  field.focus({ preventScroll: true });
});
element.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !unfolded) return;
  unfolded = element.querySelector("details").open = false;
  element.querySelector("summary").focus();
  event.preventDefault();
});
const tick = (box) => {
  if (chosen.get(item(box)) === box.hasAttribute("checked")) chosen.delete(item(box));
  box.checked = chosen.get(item(box)) ?? box.hasAttribute("checked");
};
const focus = () => {
  const [event, id] = instead, button = element.querySelector(`[data-event="${event}"][data-item="${id}"]`);
  if (!button) return;
  instead = [];
  if (document.activeElement === document.body || element.contains(document.activeElement)) button.focus();
};
const settle = () => {
  element.querySelector("details").open = unfolded;
  element.querySelectorAll("input[type='checkbox']").forEach(tick);
  find();
  focus();
};
let newest = { made: 0, value: "" };
watch("value", () => {
  const { made: n, added } = element.querySelector("details").dataset;
  const made = Number(n);
  if (added) clear(Number(added));
  if (made >= newest.made) newest = { made, value: props.value };
  else props.value = newest.value; // lists can overtake each other
  queueMicrotask(settle);
});
document.addEventListener("connection-back", () => { // what was chosen meanwhile was not heard, and the lists count anew
  chosen.clear();
  newest = { made: 0, value: "" };
  settle();
});

const adding = () => document.querySelector("#tools input[type='file']");
const leftOut = []; // folders that were dropped with what comes next
document.addEventListener("change", (event) => { // one that is too large would have the server refuse all of them
  const input = event.target;
  if (input !== adding()) return;
  const most = Number(element.querySelector("details").dataset.mostBytes), rest = new DataTransfer();
  const large = [...input.files].filter((file) => file.size > most || !rest.items.add(file));
  const folders = leftOut.splice(0), alone = !rest.files.length;
  if (large.length || folders.length) trigger("refuse", { names: large.map((file) => file.name), folders, alone });
  if (alone) event.stopImmediatePropagation();
  else if (large.length) input.files = rest.files;
}, true);

const page = document.querySelector(".gradio-container");
const holdsFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
let inside = 0;
const shown = (there) => page.classList.toggle("dropping", there);
page.addEventListener("dragenter", (event) => {
  if (holdsFiles(event)) shown(++inside > 0);
});
page.addEventListener("dragleave", (event) => {
  if (holdsFiles(event)) shown(--inside > 0);
});
page.addEventListener("dragover", (event) => {
  if (holdsFiles(event)) event.preventDefault();
});
page.addEventListener("drop", (event) => {
  if (!holdsFiles(event)) return;
  event.preventDefault();
  shown((inside = 0) > 0);
  if (document.body.dataset.view === "evaluate") {
    document.dispatchEvent(new CustomEvent("files-dropped", { detail: [...event.dataTransfer.files] }));
    return;
  }
  add(withoutFolders(event.dataTransfer));
});
const withoutFolders = ({ items, files }) => { // a folder comes as a file that nobody can read: none would arrive
  const rest = new DataTransfer();
  [...items].filter(({ kind }) => kind === "file").forEach((one, n) => {
    if (one.webkitGetAsEntry()?.isDirectory) leftOut.push(files[n].name);
    else rest.items.add(files[n]);
  });
  return rest.files;
};
const add = (files) => {
  const input = adding();
  if (!input) { // it comes a little after the rest of the page
    setTimeout(add, 50, files);
    return;
  }
  input.files = files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
};
