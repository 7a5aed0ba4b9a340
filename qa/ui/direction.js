// Runs once. Gradio writes into its text box that what is typed there runs from left to right, again with each box it makes.
const followWords = () => {
  const field = document.querySelector("#question textarea");
  if (field && field.dir !== "auto") field.dir = "auto";
};
new MutationObserver(followWords).observe(element.closest(".gradio-container"), {
  attributes: true,
  attributeFilter: ["dir"],
  childList: true,
  subtree: true,
});
followWords();
