// Keeps, for this tab alone, by what the server knows the conversation again when the page is loaded again, and what is
// typed. A mark is set when the page goes away: a tab that was copied from one that is still open must not take its place.
const remember = () => {
  if (!props.value) return;
  const { ticket, conversation, settings, alone } = props.value;
  ofTab.keep("article-qa", JSON.stringify({ ticket, conversation }));
  if (!settings) return;
  const all = alone ? settings : { ...ofBrowser.values("article-qa-settings"), ...settings }; // another tab may have set more
  ofBrowser.keep("article-qa-settings", JSON.stringify(all));
};
const keepTyped = () =>
  ofTab.keep("article-qa-typed", document.querySelector("#question textarea")?.value ?? "");
addEventListener("pagehide", () => {
  ofTab.keep("article-qa-left", "1");
  keepTyped();
});
document.addEventListener("visibilitychange", () => { // a hidden tab may be put to sleep without a word
  if (document.hidden) keepTyped();
  else ofTab.drop("article-qa-typed");
});
addEventListener("pageshow", (event) => {
  if (event.persisted) for (const name of ["left", "typed"]) ofTab.drop(`article-qa-${name}`);
});
watch("value", remember);
