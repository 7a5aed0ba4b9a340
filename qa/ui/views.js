// Runs once: which of the two views is shown stands in the address behind "#", so that it can be kept and gone back to.
const showView = () => {
  const view = location.hash === "#evaluate" ? "evaluate" : "chat";
  body.dataset.view = view;
  for (const link of document.querySelectorAll("#masthead [data-view-name]")) {
    if (link.dataset.viewName === view) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  const inner = document.querySelector("#evaluation .html-container > div");
  if (view === "evaluate") inner?.dispatchEvent(new CustomEvent("view-opened"));
};
addEventListener("hashchange", showView);
watch("value", showView);
showView();
