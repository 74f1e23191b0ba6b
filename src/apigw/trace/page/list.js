// The list of requests, newest first, and its filters.

import { $, make, ms, clock } from "./dom.js";
import { choose, chosen } from "./detail.js";

const traces = new Map(); // id → summary, oldest first
const MAX_ROWS = 500;

// fill shows other traces, newest first.
export function fill(all) {
  traces.clear();
  for (const t of all.reverse()) traces.set(t.id, t);
  draw();
}

// take notes a trace that is new or has changed; draw shows it.
export function take(t) {
  if (traces.has(t.id)) { traces.set(t.id, t); return; }
  traces.set(t.id, t);
  while (traces.size > MAX_ROWS) traces.delete(traces.keys().next().value);
}

function matches(t) {
  const r = t.request || {};
  const find = $("find").value.trim().toLowerCase();
  const status = $("status").value;
  const slower = parseFloat($("slower").value);
  const since = parseFloat($("since").value);
  if (find && ![r.path, r.route, r.method, r.request_id, r.error, t.id, t.name].join(" ").toLowerCase().includes(find)) return false;
  if (status === "fault" && !t.fault && !r.failed && !(r.status >= 500)) return false;
  if (status === "cold" && !(r.invocation && r.invocation.cold_start)) return false;
  if (/^\d$/.test(status) && String(r.status || "")[0] !== status) return false;
  if (slower >= 0 && t.duration_ms < slower) return false;
  if (since > 0 && Date.now() - Date.parse(t.time) > since * 1000) return false;
  return true;
}

function row(t) {
  const r = t.request;
  const button = make("button", { type: "button", title: r ? r.path : t.id });
  if (r) button.append(make("span", { className: "method", textContent: r.method }), r.path);
  else button.append(t.name || t.id);
  const request = make("div", {}, button);
  const i = r && r.invocation;
  if (i && i.cold_start) request.append(make("span", { className: "tag cold", textContent: "cold" }));
  if (t.throttle) request.append(make("span", { className: "tag fault", textContent: "throttled" }));
  if (r && r.failed) request.append(make("span", { className: "tag fault", textContent: "function failed" }));
  const status = r && r.status ? String(r.status) : "–";
  const tr = make("tr", { className: t.id === chosen() ? "chosen" : "" },
    make("td", { className: "clock", textContent: clock(new Date(t.time)) }), make("td", { className: "request" }, request),
    make("td", { className: r && r.failed ? "s5" : "s" + status[0], textContent: status }),
    make("td", { className: "number", textContent: ms(t.duration_ms) }),
    make("td", { className: "number", textContent: i ? i.billed_ms.toFixed(0) : "" }));
  tr.dataset.id = t.id;
  if (t.id === chosen()) button.setAttribute("aria-current", "true");
  tr.addEventListener("click", () => choose(traces.get(t.id) || t));
  return tr;
}

export function draw() {
  const rows = [];
  for (const t of [...traces.values()].reverse()) if (matches(t)) rows.push(row(t));
  const focused = document.activeElement && document.activeElement.closest("tr");
  const id = focused && focused.dataset.id;
  $("rows").replaceChildren(...rows);
  if (id) { const again = $("rows").querySelector(`[data-id="${CSS.escape(id)}"] button`); if (again) again.focus(); }
  $("count").textContent = rows.length === traces.size ? `(${rows.length})` : `(${rows.length} of ${traces.size})`;
  $("empty").hidden = rows.length > 0;
  $("empty").textContent = traces.size ? "No requests match." : "Nothing yet. Send a request, and it shows here.";
}

document.addEventListener("chosen", () => {
  for (const tr of $("rows").children) {
    tr.classList.toggle("chosen", tr.dataset.id === chosen());
    const button = tr.querySelector("button");
    if (tr.dataset.id === chosen()) button.setAttribute("aria-current", "true"); else button.removeAttribute("aria-current");
  }
});
$("filters").addEventListener("input", draw);
$("filters").addEventListener("submit", (e) => e.preventDefault());
$("back").addEventListener("click", () => {
  const button = $("rows").querySelector("tr.chosen button") || $("find");
  button.focus();
  button.scrollIntoView({ block: "center" });
});
