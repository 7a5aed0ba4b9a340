(_remembered, typed) => {
  const read = (store, key) => { try { return JSON.parse(store.getItem(key) ?? "{}") ?? {}; } catch { return {}; } };
  const settings = read(localStorage, "article-qa-settings");
  const added = document.querySelector('#documents [data-event="remove"]') !== null; // before the list is made anew
  return [{ ...read(sessionStorage, "article-qa"), settings, added, language: navigator.language }, typed];
}
