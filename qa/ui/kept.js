// Runs before the page's other scripts, which read and write by this alone what the browser keeps of the page: `ofTab` for
// the tab, `ofBrowser` for all tabs. What it does not take, as where it keeps nothing of a site, is kept while the page is open.
for (const [name, storage] of Object.entries({ ofTab: "sessionStorage", ofBrowser: "localStorage" })) {
  const here = new Map();
  const tried = (use) => { try { return use(); } catch { return null; } };
  const text = (key) => here.get(key) ?? tried(() => window[storage].getItem(key));
  window[name] = {
    text,
    values: (key) => tried(() => JSON.parse(text(key))) ?? {},
    keep: (key, value) => {
      here.set(key, value);
      tried(() => { window[storage].setItem(key, value); here.delete(key); });
    },
    drop: (key) => {
      here.delete(key);
      tried(() => window[storage].removeItem(key));
    },
  };
}
