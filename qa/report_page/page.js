/* Filters, searches and orders the cases. What is chosen stands in the address after "#", so that it can be kept. */
(() => {
  "use strict";
  const byId = (id) => document.getElementById(id);
  const list = byId("case-list");
  const find = byId("find");
  const sort = byId("sort");
  const cases = [...list.children];
  const buttons = [...document.querySelectorAll("#controls [data-show]")];
  const texts = new Map();
  const said = byId("shown");
  const all = said.textContent;
  let chosen = "all";

  const textOf = (item) => {
    if (!texts.has(item)) {
      texts.set(item, `${item.querySelector("summary").textContent} ${item.querySelector(".id").textContent}`.toLowerCase());
    }
    return texts.get(item);
  };

  const valueOf = (item, name, missing) => (item.dataset[name] === "" ? missing : Number(item.dataset[name]));
  const orders = {
    order: () => 0,
    unsure: (a, b) => valueOf(a, "confidence", 2) - valueOf(b, "confidence", 2),
    sure: (a, b) => valueOf(b, "confidence", -1) - valueOf(a, "confidence", -1),
    slow: (a, b) => valueOf(b, "time", -1) - valueOf(a, "time", -1),
    fast: (a, b) => valueOf(a, "time", Infinity) - valueOf(b, "time", Infinity),
  };

  const choose = () => {
    const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const item of cases) {
      const fits = chosen === "all" || item.dataset.shown.split(" ").includes(chosen);
      item.hidden = !(fits && words.every((word) => textOf(item).includes(word)));
      shown += item.hidden ? 0 : 1;
    }
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.show === chosen));
    byId("none").hidden = shown > 0;
    const some = said.dataset.some.replace("{shown}", shown).replace("{all}", cases.length);
    said.textContent = shown === cases.length ? all : some;
  };

  const order = () => list.append(...[...cases].sort(orders[sort.value]));

  const keep = () => {
    const state = new URLSearchParams();
    if (chosen !== "all") state.set("show", chosen);
    if (sort.value !== "order") state.set("sort", sort.value);
    if (find.value) state.set("find", find.value);
    history.replaceState(null, "", `#${state.size || [...state].length ? state : "cases"}`);
  };

  const restore = () => {
    const hash = location.hash.slice(1);
    const linked = /^case-\d+$/.test(hash) ? byId(hash) : null;
    if (linked) {
      if (linked.hidden) {
        chosen = "all";
        find.value = "";
        choose();
      }
      linked.querySelector("details").open = true;
      linked.scrollIntoView();
      return;
    }
    if (!hash.includes("=")) return;
    const state = new URLSearchParams(hash);
    const usable = buttons.some((button) => button.dataset.show === state.get("show") && !button.disabled);
    chosen = usable ? state.get("show") : "all";
    sort.value = state.get("sort") in orders ? state.get("sort") : "order";
    find.value = state.get("find") ?? "";
    order();
    choose();
  };

  for (const button of buttons) {
    button.addEventListener("click", () => {
      chosen = button.dataset.show;
      choose();
      keep();
    });
  }
  find.addEventListener("input", () => {
    choose();
    keep();
  });
  sort.addEventListener("change", () => {
    order();
    keep();
  });
  const open = (is) => () => {
    for (const item of cases) if (!item.hidden) item.querySelector("details").open = is;
  };
  byId("open-all").addEventListener("click", open(true));
  byId("close-all").addEventListener("click", open(false));
  addEventListener("hashchange", restore);
  byId("controls").hidden = false;
  restore();
})();
