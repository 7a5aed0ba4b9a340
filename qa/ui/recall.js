() => {
  const left = ofTab.text("article-qa-left") !== null || document.wasDiscarded; // or its tab was put to sleep
  const kept = left ? ofTab.values("article-qa") : {};
  ofTab.drop("article-qa-left");
  const typed = document.querySelector("#question textarea")?.value || ofTab.text("article-qa-typed") || "";
  return { ...kept, typed, settings: ofBrowser.values("article-qa-settings"), language: navigator.language };
}
