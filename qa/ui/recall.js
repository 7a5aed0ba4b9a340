() => {
  const read = (store, key) => { try { return JSON.parse(store.getItem(key) ?? "{}") ?? {}; } catch { return {}; } };
  const left = sessionStorage.getItem("article-qa-left") !== null || document.wasDiscarded; // or its tab was put to sleep
  const kept = left ? read(sessionStorage, "article-qa") : {};
  sessionStorage.removeItem("article-qa-left");
  const typed = document.querySelector("#question textarea")?.value || sessionStorage.getItem("article-qa-typed") || "";
  return { ...kept, typed, settings: read(localStorage, "article-qa-settings"), language: navigator.language };
}
