// The latency: one line, and on demand the distribution of all requests or those of a route.

import { $, make, svg, ms, count, plural, get, recall, remember } from "./dom.js";

let distributions = [];
let route = recall("route");

// load gets the figures and shows them.
export async function load() {
  distributions = await get("api/distribution");
  draw();
}

// A percentile is meaningful only if this many requests lie beyond it.
const percentiles = [["p50", "p50_ms", 2], ["p90", "p90_ms", 10], ["p99", "p99_ms", 100], ["p99.9", "p99_9_ms", 1000]];
const supported = (q) => percentiles.filter(([, , least]) => q.count >= least).map(([name, member]) => [name, q[member]]);

function draw() {
  const select = $("route");
  const routes = distributions.slice(1).map((d) => d.route);
  if (routes.length !== select.options.length - 1) {
    select.replaceChildren(make("option", { value: "", textContent: "all routes" }), ...routes.map((r) => make("option", { value: r, textContent: r || "(no route)" })));
  }
  const at = routes.indexOf(route) + 1; // all of them, if the route has no requests yet
  select.selectedIndex = at;
  const d = distributions[at];
  if (!d) return;
  const q = d[$("measure").value];
  const of = supported(q);
  const parts = [(at ? route + ": " : "") + plural(q.count, $("measure").value === "invocation" ? "invocation" : "request")];
  for (const [name, value] of of.filter(([name]) => name === "p50" || name === "p99")) parts.push(`${name} ${ms(value)} ms`);
  if (q.count < 100 && q.count > 0) parts.push(`max ${ms(q.max_ms)} ms`);
  $("line").replaceChildren(parts.join(" · ") + " · ", make("span", { className: "errors " + (d.errors ? "s5" : ""), textContent: plural(d.errors, "error") }));
  if ($("distribution").hidden) return;
  const figure = (name, value) => make("div", {}, make("dt", { textContent: name }), make("dd", { textContent: value }));
  $("figures").replaceChildren(figure("count", count(q.count)), ...of.map(([name, value]) => figure(name, ms(value) + " ms")), figure("max", ms(q.max_ms) + " ms"),
    figure("billed", count(d.billed_ms) + " ms"), figure("cold starts", count(d.cold_starts)), figure("errors", count(d.errors)));
  plot(q, of);
}

// plot draws the bars, with the percentiles at their positions.
function plot(q, of) {
  const bars = q.bars, top = Math.max(1, ...bars.map((b) => b.count));
  $("plot").replaceChildren(...bars.map((b, i) => {
    const height = b.count ? Math.max(2, b.count / top * 84) : 0;
    const bar = svg("rect", { x: i * 600 / bars.length + 1, width: Math.max(1, 600 / bars.length - 2), y: 88 - height, height });
    bar.append(Object.assign(svg("title", {}), { textContent: `${ms(b.from_ms)} to ${ms(b.to_ms)} ms: ${b.count}` }));
    return bar;
  }));
  if (!bars.length) { $("marks").replaceChildren(); $("plot-text").textContent = ""; return; }
  const first = bars[0].from_ms, last = bars[bars.length - 1].to_ms;
  const marks = of.filter(([name]) => name === "p50" || name === "p99");
  $("marks").replaceChildren(...marks.map(([name, value]) => {
    const x = 100 * Math.min(1, Math.max(0, Math.log(value / first) / Math.log(last / first)));
    const mark = make("div", { className: `mark ${name}${x > 50 ? " leftwards" : ""}` }, make("span", { textContent: `${name} ${ms(value)} ms` }));
    mark.style.left = x + "%";
    return mark;
  }));
  $("plot-text").replaceChildren(make("span", { textContent: ms(first) + " ms" }), make("span", { textContent: "number of requests by duration, logarithmic" }), make("span", { textContent: ms(last) + " ms" }));
}

function unfold(open) {
  $("distribution").hidden = !open;
  $("unfold").setAttribute("aria-expanded", String(open));
  remember("latency", open ? "open" : "");
}

$("measure").value = recall("measure") || "request";
$("route").addEventListener("change", () => { route = $("route").value; remember("route", route); draw(); });
$("measure").addEventListener("change", () => { remember("measure", $("measure").value === "request" ? "" : $("measure").value); draw(); });
$("unfold").addEventListener("click", () => { unfold($("distribution").hidden); draw(); });
unfold(recall("latency") === "open");
