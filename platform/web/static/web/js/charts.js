// Draws every <figure data-chart>: colours from the tokens, a legend that follows the cursor, numbers in a table,
// and fresh data from data-url until the answer says "done".
const DASHES = [[], [7, 4], [2, 3]];
const drawn = new WeakMap();
let library;

export async function drawAll() {
  await load();
  for (const figure of document.querySelectorAll("[data-chart]")) if (!drawn.has(figure)) draw(figure);
}

function load() {
  library ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = document.documentElement.dataset.uplot;
    script.onload = resolve;
    script.onerror = reject;
    document.head.append(script);
  });
  return library;
}

function draw(figure) {
  const chart = { figure, data: JSON.parse(figure.dataset.points) };
  drawn.set(figure, chart);
  paint(chart);
  chart.watcher = new ResizeObserver(() => resize(chart));
  chart.watcher.observe(figure.querySelector(".chart-canvas"));
  if (figure.dataset.url && !chart.data.done) setTimeout(() => refresh(chart), interval(figure));
}

// Another theme means other colours on the canvas.
function repaintAll() {
  for (const figure of document.querySelectorAll("[data-chart]")) if (drawn.has(figure)) paint(drawn.get(figure));
}
new MutationObserver(repaintAll).observe(document.documentElement, { attributeFilter: ["data-theme"] });
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaintAll);

const interval = (figure) => Math.max(1, Number(figure.dataset.every) || 3) * 1000;

async function refresh(chart) {
  const { figure } = chart;
  if (!figure.isConnected) return;
  if (document.visibilityState === "visible") {
    try {
      const answer = await fetch(figure.dataset.url, { headers: { Accept: "application/json" } });
      if (answer.status === 403 || answer.status === 404) return;
      if (answer.ok) {
        chart.data = await answer.json();
        paint(chart);
        tabulate(chart);
      }
    } catch {
      // The network is away: the next turn asks again.
    }
    if (chart.data.done) return;
  }
  setTimeout(() => refresh(chart), interval(figure));
}

function colour(figure, name) {
  const probe = document.createElement("span");
  probe.style.color = `var(${name})`;
  figure.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

function paint(chart) {
  const { figure, data } = chart;
  const box = figure.querySelector(".chart-canvas");
  chart.plot?.destroy();
  chart.plot = undefined;
  const isEmpty = data.x.length === 0;
  box.classList.toggle("is-empty", isEmpty);
  box.textContent = isEmpty ? figure.dataset.wordEmpty : "";
  if (isEmpty) return;
  const columns = [data.x, ...data.series.map((series) => series.values)];
  chart.plot = new uPlot(options(chart, box), columns, box);
}

function options({ figure, data }, box) {
  const ink = colour(figure, "--ink-faint");
  const line = colour(figure, "--line");
  const font = `12px ${getComputedStyle(document.body).fontFamily}`;
  const axis = { stroke: ink, font, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1, size: 4 } };
  return {
    width: box.clientWidth,
    height: box.clientHeight,
    padding: [12, 12, 0, 0],
    scales: { x: { time: Boolean(data.time) }, y: { range: span(data) } },
    legend: { show: false },
    cursor: { points: { size: 7 }, drag: { x: true, y: false } },
    axes: [{ ...axis, ...whole(data), size: data.time ? 50 : 34, grid: { show: false } }, { ...axis, size: 58, values: (_, ticks) => marks(ticks) }],
    series: [{}, ...data.series.map((series, index) => ({
      label: series.label,
      stroke: colour(figure, `--series-${(index % 6) + 1}`),
      width: 2,
      dash: DASHES[index % 3],
      spanGaps: true,
      points: { show: data.x.length < 40 },
    }))],
    hooks: { draw: [(plot) => drawThreshold(plot, figure, data.threshold)], setCursor: [(plot) => tell(plot, figure, data)] },
  };
}

// Along steps, which are whole numbers, no mark stands between two of them.
function whole(data) {
  if (data.time || !data.x.every(Number.isInteger)) return {};
  const powers = Array.from({ length: 13 }, (_, zeros) => 10 ** zeros);
  return { incrs: powers.flatMap((power) => [power, 2 * power, 5 * power]) };
}

// The threshold is always in sight, and a flat line still has room around it: what a float cannot tell apart is flat.
function span(data) {
  return (_, low, high) => {
    const bound = data.threshold?.value ?? low;
    const least = Math.min(low, bound);
    const most = Math.max(high, bound);
    const isFlat = most - least <= Math.abs(most) * 1e-5;
    const room = isFlat ? Math.abs(most) * 1e-3 || 0.08 : (most - least) * 0.08;
    return [least - room, most + room];
  };
}

function drawThreshold(plot, figure, threshold) {
  if (!threshold) return;
  const { ctx, bbox } = plot;
  const y = plot.valToPos(threshold.value, "y", true);
  ctx.save();
  ctx.strokeStyle = colour(figure, "--bad");
  ctx.lineWidth = 1.5 * devicePixelRatio;
  ctx.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio]);
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.restore();
}

function tell(plot, figure, data) {
  const at = plot.cursor.idx;
  figure.querySelectorAll("[data-series-value]").forEach((place, index) => {
    const values = data.series[index]?.values ?? [];
    const value = at == null ? values.findLast((one) => one != null) : values[at];
    place.textContent = value == null ? "–" : short(value);
  });
}

function resize(chart) {
  const box = chart.figure.querySelector(".chart-canvas");
  if (chart.plot && box.clientWidth) chart.plot.setSize({ width: box.clientWidth, height: box.clientHeight });
}

function tabulate({ figure, data }) {
  const body = figure.querySelector(".chart-numbers tbody");
  body.replaceChildren(...data.x.map((x, row) => {
    const line = document.createElement("tr");
    const head = document.createElement("th");
    head.scope = "row";
    head.textContent = data.time ? moment.format(x * 1000) : x;
    line.append(head, ...data.series.map((series) => {
      const cell = document.createElement("td");
      cell.textContent = series.values[row] == null ? "–" : short(series.values[row]);
      return cell;
    }));
    return line;
  }));
}

const moment = new Intl.DateTimeFormat(document.documentElement.lang || "en", { dateStyle: "short", timeStyle: "short" });
const plain = Array.from({ length: 8 }, (_, digits) =>
  new Intl.NumberFormat(document.documentElement.lang || "en", { maximumSignificantDigits: digits + 1 }));

function short(value, digits = 4) {
  const isFar = value !== 0 && (Math.abs(value) < 1e-3 || Math.abs(value) >= 1e6);
  return (isFar ? value.toExponential(2) : plain[digits - 1].format(value)).replaceAll("-", "−");
}

// Along an axis, with the digits that tell one from the next.
function marks(ticks) {
  const written = (digits) => ticks.map((tick) => (tick == null ? "" : short(tick, digits)));
  const digits = [4, 5, 6, 7].find((each) => new Set(written(each)).size === ticks.length);
  return written(digits ?? 8);
}
