// Gives the browser a file that the server wrote as text; each has another number.
watch("value", () => {
  if (!props.value) return;
  const { name, type, text } = props.value;
  const url = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  Object.assign(document.createElement("a"), { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
});
