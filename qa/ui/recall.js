() => {
  const left = sessionStorage.getItem("article-qa-left") !== null;
  const kept = JSON.parse(sessionStorage.getItem("article-qa") ?? "null") ?? {};
  sessionStorage.removeItem("article-qa-left");
  return { ticket: left ? kept.ticket : "", conversation: left ? kept.conversation : "", language: navigator.language };
}
