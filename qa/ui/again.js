(_remembered, typed) => {
  const settings = ofBrowser.values("article-qa-settings");
  const added = document.querySelector('#documents [data-event="remove"]') !== null; // before the list is made anew
  const shown = document.querySelectorAll("#conversation .exchange"), last = shown[shown.length - 1];
  const unanswered = last?.querySelector(".waiting, .caret") ? last.querySelector(".question").textContent : "";
  const editing = document.querySelector("#keep")?.checkVisibility() ?? false;
  const sending = "sending" in document.body.dataset, adding = document.querySelector("#notice .progress") !== null;
  const open = { n_shown: shown.length, unanswered, editing, sending, adding };
  return [{ ...ofTab.values("article-qa"), ...open, settings, added, language: navigator.language }, typed];
}
