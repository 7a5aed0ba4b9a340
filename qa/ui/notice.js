// Runs once for what is told above the text box: it can be put away.
const words = () => document.querySelector("#masthead [data-language]").dataset;
const name = () => {
  const button = element.querySelector(".dismiss");
  button.ariaLabel = button.title = words().dismiss;
};
watch("value", name);
element.addEventListener("click", (event) => {
  if (!event.target.closest(".dismiss")) return;
  props.value = "";
  document.querySelector("#question textarea").focus();
});
