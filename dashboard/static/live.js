// How does a page stay fresh without getting in the way?

const busy = () => document.hidden || document.querySelector("#live :is(input:checked, select:focus, details[open])") !== null;

// A poll is skipped while nobody looks, or while rows are chosen or a detail is read.
document.addEventListener("htmx:before:request", (event) => {
  if (event.target.id === "live" && busy()) event.preventDefault();
});

const offline = document.getElementById("offline");
document.addEventListener("htmx:error", () => { offline.hidden = false; });
document.addEventListener("htmx:before:response", () => { offline.hidden = true; });

// An error page has no form: what was typed stays, and the message is shown.
document.addEventListener("htmx:before:swap", (event) => {
  const { response, text, target } = event.detail.ctx;
  if (response.status < 400 || target?.id === "live" || text.includes(`id="${target?.id}"`)) return;
  event.preventDefault();
  offline.hidden = false;
});

// A video that has just ended shows all it has; a page whose database is back is built anew.
const passing = () => document.querySelector("[data-reload-when-done], .problem") !== null;
const wasPassing = passing();
document.addEventListener("htmx:after:swap", () => {
  if (wasPassing && !passing()) location.reload();
  countChosen();
});

document.addEventListener("submit", (event) => {
  const question = event.submitter?.dataset.confirm;
  if (question && !confirm(question)) event.preventDefault();
});

document.addEventListener("change", (event) => {
  if (event.target.id === "all-rows") {
    for (const box of document.querySelectorAll('#live input[name="video_id"]')) box.checked = event.target.checked;
  }
  countChosen();
});

function countChosen() {
  const n = document.querySelectorAll('#live input[name="video_id"]:checked').length;
  for (const button of document.querySelectorAll("[data-needs-rows]")) button.disabled = n === 0;
  for (const place of document.querySelectorAll("[data-chosen]")) place.textContent = n ? `${n} chosen; updates pause` : "";
}
countChosen();
