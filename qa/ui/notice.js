// Runs once for what is told above the text box: it can be put away, is told anew where another language is set, and an
// error that comes while the text box is out of reach is read out all the same. While files are on their way to the
// server, it says so and how far they are; where they did not arrive, none is handed on, and the server says that. The
// page is marked as sending until the server has said something: where the connection is lost meanwhile, it says so when
// that is back.
const words = () => document.querySelector("#masthead [data-language]").dataset;
const name = () => {
  const button = element.querySelector(".dismiss");
  button.ariaLabel = button.title = words().dismiss;
};

// An error that comes where it cannot be heard is read out from here, and not once more when one is back there.
const aloud = document.createElement("p");
aloud.role = "alert";
document.getElementById("announced").append(aloud);
const readOut = () => {
  const error = element.querySelector(".alert"), columns = document.getElementById("columns");
  const isTold = error?.dataset.toldIn && error.dataset.toldIn === document.body.dataset.panel;
  const unheard = error && !isTold && (columns.inert || !columns.checkVisibility());
  aloud.replaceChildren(...(unheard ? error.cloneNode(true).childNodes : []));
  if (unheard) error.removeAttribute("role");
};

const translate = () => {
  for (const part of element.querySelectorAll(".alert, .note")) {
    const told = document.createElement("template");
    told.innerHTML = part.getAttribute(`data-${document.documentElement.lang}`) ?? part.innerHTML;
    if (told.content.textContent !== part.textContent) part.replaceChildren(told.content); // else it is read out again
  }
};
new MutationObserver(() => {
  name();
  aloud.replaceChildren();
  translate();
}).observe(document.documentElement, { attributeFilter: ["lang"] });

let own = null; // what was written here, and not by the server
const write = (html) => { props.value = own = html; };
watch("value", () => {
  name();
  translate(); // what was told before the language was set may come after it
  readOut();
  if (props.value !== own) delete document.body.dataset.sending;
});
element.addEventListener("click", (event) => {
  if (!event.target.closest(".dismiss")) return;
  props.value = "";
  document.querySelector("#question textarea").focus();
});

const sending = (done, total) => {
  const bar = `<progress value="${done}" max="${total}" aria-label="${words().sending}"></progress>`;
  document.body.dataset.sending = "";
  write(`<p class="progress" role="status">${words().sending} ${bar}</p>`);
};
const sent = (address, { method, headers, body }) => new Promise((done) => { // fetch cannot tell how far it is
  const request = new XMLHttpRequest();
  const none = () => {
    write("");
    done(new Response("[]"));
  };
  request.open(method, address);
  new Headers(headers).forEach((value, header) => request.setRequestHeader(header, value));
  request.upload.onprogress = ({ loaded, total }) => sending(loaded, total);
  request.onload = () => (request.status === 200 ? done(new Response(request.responseText)) : none());
  request.onerror = request.onabort = none;
  sending(0, 1);
  request.send(body);
});
const before = window.fetch;
window.fetch = (input, init) => {
  const address = new URL(input instanceof Request ? input.url : input, document.baseURI);
  const uploads = address.origin === location.origin && address.pathname.endsWith("/gradio_api/upload");
  return uploads && init ? sent(address, init) : before(input, init);
};
