// How fast did it go in the last hours?

const place = document.getElementById("chart");
const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const number = (value) => (value === null || value === undefined ? "" : Intl.NumberFormat("en", { notation: "compact" }).format(value));
const time = (seconds) => new Date(1000 * seconds).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
let data = null;
let chart = null;

function axis(more) {
  return { stroke: color("--quiet"), grid: { stroke: color("--edge"), width: 1 }, ticks: { show: false }, font: "11px system-ui", ...more };
}

function draw() {
  chart?.destroy();
  place.replaceChildren();
  if (!data || data[0].length < 2) {
    const note = document.createElement("p");
    note.className = "quiet small";
    note.textContent = "Nothing was recorded yet; a point is added every minute.";
    place.append(note);
    return;
  }
  const counts = (values) => values.map(number);
  chart = new uPlot({
    width: place.clientWidth, height: 170, legend: { show: false }, cursor: { y: false },
    scales: { done: { range: (_, low, high) => [0, Math.max(high * 1.1, 1)] }, wait: { range: (_, low, high) => [0, Math.max(high * 1.1, 1)] } },
    axes: [axis({ space: 60, size: 28, values: (_, ticks) => ticks.map(time) }), axis({ scale: "done", size: 40, values: (_, ticks) => counts(ticks) }), axis({ scale: "wait", side: 1, size: 40, grid: { show: false }, values: (_, ticks) => counts(ticks) })],
    series: [{}, { scale: "done", stroke: color("--completed"), fill: color("--completed") + "26", width: 2 }, { scale: "wait", stroke: color("--pending"), dash: [5, 4], width: 1.5 }],
  }, data, place);
}

async function refresh() {
  if (document.hidden && data) return;
  try {
    const answer = await fetch(place.dataset.source);
    if (!answer.ok) return;
    const history = await answer.json();
    data = [history.at, history.completed_per_hour, history.pending];
    draw();
  } catch { /* the page's own polling says that the dashboard does not answer */ }
}

if (place) {
  refresh();
  setInterval(refresh, 30_000);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  let width = 0;
  new ResizeObserver(() => { if (place.clientWidth !== width) { width = place.clientWidth; draw(); } }).observe(place);
}
