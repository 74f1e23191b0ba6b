// The latency distribution, of all requests or those of a route.

import { $, make, svg, ms, get } from "./dom.js";

let distributions = [];

// load asks for the figures and shows them.
export async function load() {
  distributions = await get("api/distribution");
  draw();
}

function draw() {
  const select = $("route");
  const route = select.value;
  const options = [make("option", { value: "", textContent: "all routes" })];
  for (const d of distributions.slice(1)) options.push(make("option", { value: d.route, textContent: d.route || "(no route)" }));
  if (options.length !== select.options.length) { select.replaceChildren(...options); select.value = route; }
  const at = select.selectedIndex < 1 ? 0 : select.selectedIndex;
  const d = distributions[at];
  if (!d) return;
  const q = d[$("measure").value];
  const figure = (name, value) => make("div", {}, make("dt", { textContent: name }), make("dd", { textContent: value }));
  $("figures").replaceChildren(figure("count", q.count), figure("p50 ms", ms(q.p50_ms)), figure("p90 ms", ms(q.p90_ms)), figure("p99 ms", ms(q.p99_ms)),
    figure("p99.9 ms", ms(q.p99_9_ms)), figure("max ms", ms(q.max_ms)), figure("billed ms", d.billed_ms), figure("cold starts", d.cold_starts), figure("errors 5xx", d.errors));
  const bars = q.bars;
  const top = Math.max(1, ...bars.map((b) => b.count));
  const shapes = bars.map((b, i) => {
    const height = b.count ? Math.max(2, b.count / top * 84) : 0;
    const bar = svg("rect", { x: i * 600 / bars.length + 1, width: Math.max(1, 600 / bars.length - 2), y: 88 - height, height });
    bar.append(Object.assign(svg("title", {}), { textContent: `${ms(b.from_ms)} to ${ms(b.to_ms)} ms: ${b.count}` }));
    return bar;
  });
  if (bars.length) {
    const from = Math.log(bars[0].from_ms), width = Math.log(bars[bars.length - 1].to_ms) - from;
    for (const p of [q.p50_ms, q.p99_ms]) {
      const x = (Math.log(p) - from) / width * 600;
      if (x >= 0 && x <= 600) shapes.push(svg("line", { x1: x, x2: x, y1: 0, y2: 88 }));
    }
  }
  $("plot").replaceChildren(...shapes);
  $("plot-text").replaceChildren(...(bars.length ? [make("span", { textContent: ms(bars[0].from_ms) + " ms" }),
    make("span", { textContent: "number of requests by duration, logarithmic; lines: p50 and p99" }), make("span", { textContent: ms(bars[bars.length - 1].to_ms) + " ms" })] : []));
}

$("route").addEventListener("change", draw);
$("measure").addEventListener("change", draw);
