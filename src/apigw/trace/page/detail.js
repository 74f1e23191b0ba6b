// The chosen request: its forms, its waterfall, its log. Whatever chooses one calls choose; the
// document then gets the event "chosen".

import { $, make, ms, clock, narrow, get, post } from "./dom.js";
import * as bench from "./bench.js";

// current is what is known about the chosen trace: at least its id; null if none is chosen.
let current = location.hash.length > 1 && location.hash !== "#detail" ? { id: decodeURIComponent(location.hash.slice(1)) } : null;
let shown = { id: "", text: "" }; // the trace that is shown, as JSON
let canReplay = false;

// chosen is the id of the chosen trace, empty if none is.
export const chosen = () => current ? current.id : "";

// setup sets what the server can do.
export function setup(can) { canReplay = can.replay; }

// close shows no request.
export function close() {
  current = null;
  shown = { id: "", text: "" };
  history.replaceState(null, "", location.pathname + location.search);
  $("chosen").hidden = $("missing").hidden = true;
  document.dispatchEvent(new Event("chosen"));
}

// rest sets what is shown instead of a request: what can be requested.
export function rest(nothing) {
  if (!current && $("chosen").hidden) $("detail-title").textContent = nothing ? "Send a request" : "Choose a request";
}

// choose shows a trace, of which at least the id is known. In a narrow window it is below the list: it then
// scrolls into view and gets the focus.
export async function choose(t) {
  current = t;
  history.replaceState(null, "", "#" + encodeURIComponent(t.id));
  document.dispatchEvent(new Event("chosen"));
  if (narrow.matches) { $("detail").scrollIntoView(); $("detail").focus({ preventScroll: true }); }
  $("said").textContent = "";
  $("segment").hidden = true;
  await refresh();
}

// compose starts a new request: with the first route, or that of an API.
export async function compose(api, route) {
  close();
  $("detail-title").textContent = "New request";
  $("chosen").hidden = false;
  $("chosen").classList.add("composing");
  $("said").textContent = "";
  if (narrow.matches) { $("detail").scrollIntoView(); $("detail").focus({ preventScroll: true }); }
  try { await bench.compose(api, route); } catch (e) { $("said").textContent = e.message; }
}

bench.setup(choose);

// refresh shows the current state of the chosen trace. What is shown stays if the server is gone or no longer stores the trace.
export async function refresh() {
  const asked = current;
  if (!asked) return;
  let t;
  try { t = await get("api/traces/" + encodeURIComponent(asked.id)); } catch (e) {
    if (asked === current && shown.id !== asked.id) miss(asked, e);
    return;
  }
  if (asked === current) show(t);
}

const title = (t) => t.request ? `${t.request.method} ${t.request.path}` : t.name || t.id;

// miss says why a trace is not shown.
function miss(t, error) {
  $("detail-title").textContent = title(t);
  shown = { id: "", text: "" };
  $("chosen").hidden = true;
  $("missing").hidden = false;
  $("missing").textContent = error.status === 404 ? "This request is no longer stored: newer ones replaced it, or the list was cleared."
    : error.status ? error.message : "apigw start does not respond. The request appears here when it is back.";
}

function show(t) {
  const text = JSON.stringify(t);
  if (text === shown.text) return; // nothing new: keep the reader's place
  shown = { id: t.id, text };
  const r = t.request;
  $("chosen").hidden = false;
  $("missing").hidden = true;
  $("detail-title").textContent = title(t);
  facts(t);
  $("chosen").classList.remove("composing");
  $("composer").hidden = true;
  $("curl").hidden = !(r && r.curl);
  const hidden = (line) => /\*\*\*/.test(line) ? "; *** stands for hidden values" : "";
  $("curl").onclick = () => copy(r.curl, (r.run && r.run.request.left ? " without its body, which is not stored" : "") + hidden(r.curl));
  $("aws").hidden = !(r && r.aws);
  $("aws").onclick = () => copy(r.aws, (r.run.event.left ? "; EVENT.json is yours to write, since the event is not stored" : "") + hidden(r.aws));
  $("replay").hidden = !(r && canReplay && r.curl); // an event is sent from its pane
  $("replay").onclick = () => replay(t.id);
  $("json").href = "api/traces/" + encodeURIComponent(t.id);
  $("tree").href = $("json").href + "/tree";
  if (r && !r.run) { $("problem").hidden = !r.error; $("problem").textContent = r.error || ""; }
  bench.show(r && r.run, t.id);
  waterfall(t);
  let wrong = false; // the explanation of an error is at the end
  $("log").replaceChildren(...((r && r.log) || ["no log"]).map((line) => {
    wrong = wrong || !!r.error && line.startsWith(r.error);
    return make("li", { className: wrong || line.startsWith("Execution failed") ? "bad" : "", textContent: line });
  }));
}

// facts are the figures, the most important first; ids are copied rather than read.
function facts(t) {
  const list = [];
  const fact = (name, value, className = "") => { if (value) list.push(make("div", {}, make("dt", { textContent: name }), make("dd", { className, textContent: value }))); };
  const ids = [["trace id", t.id]];
  const r = t.request, i = r && r.invocation;
  if (r) {
    fact("Status", r.status ? String(r.status) + (r.failed ? ", function failed" : "") : "none", "strong s" + (r.failed ? 5 : String(r.status)[0]));
    if (r.request_id) ids.push(["request id", r.request_id]);
  }
  fact("Duration", ms(t.duration_ms) + " ms", "strong");
  if (r) fact("Route", r.route);
  if (i) {
    fact("Function", `${ms(i.duration_ms)} ms` + (i.cold_start ? `, init ${ms(i.init_ms || 0)} ms` : ""));
    fact("Billed", `${i.billed_ms.toFixed(0)} ms`);
    if (i.max_memory_mb) fact("Memory", `${i.max_memory_mb} of ${i.memory_mb} MB`);
  }
  fact("Time", new Date(t.time).toLocaleDateString() + " " + clock(new Date(t.time)));
  if (t.limit_exceeded) fact("Left out", "segments: the trace is too large");
  $("facts").replaceChildren(...list);
  $("ids").replaceChildren(...ids.map(([name, id]) => {
    const button = make("button", { type: "button", className: "plain", textContent: "Copy " + name, title: id });
    button.addEventListener("click", () => copy(id));
    return button;
  }));
}

// kinds are the colours of the waterfall.
const kinds = { step: "step", lambda: "function", remote: "call to a service", bad: "failed", progress: "in progress" };
function waterfall(t) {
  let total = t.duration_ms;
  const walk = (nodes, level, visit) => { for (const n of nodes || []) { visit(n, level); walk(n.children, level + 1, visit); } };
  walk(t.segments_tree, 1, (n) => { total = Math.max(total, n.start_ms + n.duration_ms); });
  const lines = [], seen = new Set();
  walk(t.segments_tree, 1, (n, level) => {
    const s = n.segment;
    const bar = make("span", { className: "bar" });
    bar.style.left = 100 * n.start_ms / (total || 1) + "%";
    bar.style.width = 100 * n.duration_ms / (total || 1) + "%";
    const words = [s.fault && "fault", s.error && "error", s.throttle && "throttled", s.in_progress && "in progress", n.orphan && "parent unknown"].filter(Boolean);
    const name = make("span", { className: "name", textContent: s.name, title: s.name });
    name.style.paddingLeft = (level - 1) * 14 + "px";
    for (const word of words) name.append(make("span", { className: "tag fault", textContent: word }));
    const kind = (s.fault || s.error || s.throttle) ? "bad" : s.in_progress ? "progress" : s.namespace ? "remote" : (s.origin || "").startsWith("AWS::Lambda") ? "lambda" : "step";
    seen.add(kind);
    const line = make("div", { className: "node " + kind, tabIndex: lines.length ? -1 : 0 }, name, make("span", { className: "track" }, bar),
      make("span", { className: "time", textContent: ms(n.duration_ms) + " ms" }), make("span", { className: "unseen", textContent: ` from ${ms(n.start_ms)} ms` }));
    line.setAttribute("role", "treeitem");
    line.setAttribute("aria-level", level);
    line.setAttribute("aria-selected", "false");
    line.addEventListener("click", () => segment(n, line));
    line.addEventListener("keydown", (e) => {
      const go = { ArrowDown: line.nextElementSibling, ArrowUp: line.previousElementSibling, Home: lines[0], End: lines[lines.length - 1] }[e.key];
      if (go) { e.preventDefault(); line.tabIndex = -1; go.tabIndex = 0; go.focus(); }
      if (e.key === "Enter" || e.key === " ") { e.preventDefault(); segment(n, line); }
    });
    lines.push(line);
  });
  $("waterfall").replaceChildren(...(lines.length ? lines : [make("p", { className: "empty", textContent: "No segments: the request was not sampled, or they are still on their way." })]));
  $("legend").replaceChildren(...Object.keys(kinds).filter((kind) => seen.has(kind)).map((kind) => make("li", {}, make("span", { className: "bar " + kind }), kinds[kind])));
}

function segment(n, line) {
  for (const other of $("waterfall").children) other.setAttribute("aria-selected", String(other === line));
  $("segment").replaceChildren(make("strong", { textContent: n.segment.name }),
    make("pre", { textContent: JSON.stringify({ start_ms: n.start_ms, duration_ms: n.duration_ms, ...n.segment }, null, 2) }));
  $("segment").hidden = false;
}

async function copy(text, note = "") {
  try { await navigator.clipboard.writeText(text); $("said").textContent = "copied" + note; } catch {
    $("segment").replaceChildren(make("pre", { textContent: text })); // no clipboard outside a secure context
    $("segment").hidden = false;
  }
}

async function replay(id) {
  $("said").textContent = "sending";
  try {
    const body = await post(`api/traces/${encodeURIComponent(id)}/replay`);
    if (body.trace_id) await choose({ id: body.trace_id });
    $("said").textContent = "sent";
  } catch (e) { $("said").textContent = e.message; }
}
