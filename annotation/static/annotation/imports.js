// Choosing a file: it may be dropped anywhere on the form, is measured before it is sent, and its way is shown.

const form = document.querySelector("[data-upload]");
const input = form.querySelector("input[type=file]");
const text = form.querySelector("textarea");
const refused = form.querySelector("[data-refused]");
const sending = form.querySelector("[data-sending]");

function say(words) {
  refused.textContent = words;
  refused.hidden = !words;
}

function isTooLarge(file) {
  return file !== undefined && file.size > Number(form.dataset.most);
}

input.addEventListener("change", () => say(isTooLarge(input.files[0]) ? form.dataset.wordLarge : ""));

for (const kind of ["dragover", "dragleave", "drop"]) {
  form.addEventListener(kind, (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    form.classList.toggle("is-over", kind === "dragover");
    if (kind !== "drop") return;
    input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event("change"));
  });
}

for (const button of document.querySelectorAll("[data-fill]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    text.value = document.getElementById(button.dataset.fill).textContent;
    input.value = "";
    text.focus();
    text.scrollIntoView({ block: "center" });
  });
}

// A file takes its time, so its way is shown. Without scripts the form is sent as any other.
form.addEventListener("submit", (event) => {
  const file = input.files[0];
  if (!file) return;
  event.preventDefault();
  if (isTooLarge(file)) return say(form.dataset.wordLarge);
  if (form.dataset.busy) return undefined;
  form.dataset.busy = "yes";
  say("");
  sending.hidden = false;
  const request = new XMLHttpRequest();
  request.upload.addEventListener("progress", ({ loaded, total }) => {
    const percent = Math.round((100 * loaded) / total);
    sending.querySelector("progress").value = percent;
    sending.querySelector("[data-percent]").textContent = `${percent} %`;
  });
  request.addEventListener("load", () => arrived(request));
  request.addEventListener("error", () => stop(form.dataset.wordBroken));
  request.responseType = "document";
  request.open("POST", form.action || location.href);
  request.send(new FormData(form));
  return undefined;
});

function stop(words) {
  delete form.dataset.busy;
  sending.hidden = true;
  say(words);
}

// What was taken leads on to the preview; what was refused says why.
function arrived(request) {
  if (request.status < 400) return location.assign(request.responseURL);
  const page = request.response;
  const said = page?.querySelector(".errorlist li") ?? page?.querySelector(".narrow main p");
  return stop(said?.textContent.trim() || form.dataset.wordBroken);
}
