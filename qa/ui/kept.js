// Runs before the page's other scripts, which read and write by this alone what the browser keeps of the page: `ofTab` for
// the tab, `ofBrowser` for all tabs. Where it keeps nothing of a site, nothing is ever found, and the page works all the same.
for (const [name, storage] of Object.entries({ ofTab: "sessionStorage", ofBrowser: "localStorage" })) {
  const tried = (use) => { try { return use(window[storage]); } catch { return null; } };
  window[name] = {
    text: (key) => tried((kept) => kept.getItem(key)),
    values: (key) => tried((kept) => JSON.parse(kept.getItem(key))) ?? {},
    keep: (key, text) => tried((kept) => kept.setItem(key, text)),
    drop: (key) => tried((kept) => kept.removeItem(key)),
  };
}
