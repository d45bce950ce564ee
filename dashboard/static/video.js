// How do the player, the timeline and the texts move together?

const player = document.getElementById("player");
const timeline = document.querySelector(".timeline");
const playhead = document.getElementById("playhead");
const inspector = document.getElementById("inspector");
const texts = [...document.querySelectorAll(".texts [data-seek]")];
const duration = Number(timeline?.dataset.duration) || 0;

function seek(seconds) {
  if (player) player.currentTime = Math.max(0, seconds);
  move(seconds);
}

function move(seconds) {
  if (playhead) playhead.style.left = `${Math.min(100, (100 * seconds) / duration)}%`;
  for (const text of texts) {
    const now = seconds >= Number(text.dataset.seek) && seconds < Number(text.dataset.end);
    if (now && !text.hasAttribute("aria-current")) {
      text.setAttribute("aria-current", "true");
      const list = text.closest(".texts");
      if (player && !player.paused) list.scrollTop = text.offsetTop - list.offsetTop - list.clientHeight / 2;
    } else if (!now) text.removeAttribute("aria-current");
  }
}

function follow() {
  move(player.currentTime);
  if (player.requestVideoFrameCallback) player.requestVideoFrameCallback(follow);
}

if (player) {
  if (player.requestVideoFrameCallback) player.requestVideoFrameCallback(follow);
  for (const event of ["timeupdate", "seeked"]) player.addEventListener(event, () => move(player.currentTime));
  const unplayable = () => { document.getElementById("unplayable").hidden = false; };
  // The sources are tried in turn, and the last one says that none would do, perhaps before this runs.
  player.querySelector("source:last-of-type").addEventListener("error", unplayable);
  player.addEventListener("error", unplayable);
  if (player.networkState === HTMLMediaElement.NETWORK_NO_SOURCE) unplayable();
  const asked = Number(new URLSearchParams(location.search).get("t"));
  if (asked > 0) player.addEventListener("loadedmetadata", () => seek(asked), { once: true });
}

document.addEventListener("click", (event) => {
  const target = event.target.closest("[data-seek]");
  if (target) return seek(Number(target.dataset.seek));
  const track = event.target.closest("[data-track]");
  if (track) {
    const box = track.getBoundingClientRect();
    seek((duration * (event.clientX - box.left)) / box.width);
  }
});

const say = (event) => {
  const bar = event.target.closest?.("rect[aria-label]");
  if (bar && inspector) inspector.textContent = bar.getAttribute("aria-label");
};
timeline?.addEventListener("focusin", say);
timeline?.addEventListener("pointerover", say);

// One stop of the Tab key per lane; arrows go on from there.
function focusBar(from, to) {
  if (!to) return;
  if (from.parentNode === to.parentNode) from.tabIndex = -1;
  to.tabIndex = 0;
  to.focus();
}

function nearest(bar, step) {
  const lanes = [...document.querySelectorAll("[data-track]")].filter((lane) => lane.children.length);
  const lane = lanes[lanes.indexOf(bar.parentNode) + step];
  const at = Number(bar.dataset.seek);
  const distance = (other) => Math.abs(Number(other.dataset.seek) - at);
  return lane && [...lane.children].reduce((best, other) => (distance(other) < distance(best) ? other : best));
}

const onBar = {
  ArrowRight: (bar) => focusBar(bar, bar.nextElementSibling),
  ArrowLeft: (bar) => focusBar(bar, bar.previousElementSibling),
  ArrowDown: (bar) => focusBar(bar, nearest(bar, 1)),
  ArrowUp: (bar) => focusBar(bar, nearest(bar, -1)),
  Enter: (bar) => seek(Number(bar.dataset.seek)),
};
const anywhere = {
  " ": () => (player.paused ? player.play() : player.pause()),
  k: () => (player.paused ? player.play() : player.pause()),
  j: () => seek(player.currentTime - 5),
  l: () => seek(player.currentTime + 5),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const bar = event.target.closest?.("rect[data-seek]");
  const act = (bar && onBar[event.key]) || (player && !event.target.closest?.("a, button, input, select, textarea, summary, video, pre") && anywhere[event.key]);
  if (!act) return;
  event.preventDefault();
  act(bar);
});
