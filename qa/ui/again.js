(_remembered, typed) => {
  const read = (store, key) => { try { return JSON.parse(store.getItem(key) ?? "{}") ?? {}; } catch { return {}; } };
  const settings = read(localStorage, "article-qa-settings");
  return [{ ...read(sessionStorage, "article-qa"), settings, language: navigator.language }, typed];
}
