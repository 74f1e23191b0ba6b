// The chosen request: its forms, its waterfall, its log. Whatever chooses one calls choose; the
// document then has the event "chosen".

import { $, make, ms, get, pretty } from "./dom.js";

let current = decodeURIComponent(location.hash.slice(1)); // a trace id
let shown = ""; // the trace that is shown, as JSON
let canReplay = false;

// chosen is the id of the chosen trace, empty if none is.
export const chosen = () => current;

// setup says what the server can do.
export function setup(can) { canReplay = can.replay; }

// close shows no request.
export function close() {
  current = "";
  history.replaceState(null, "", location.pathname);
  $("chosen").hidden = true;
  $("detail-title").textContent = "Choose a request";
  document.dispatchEvent(new Event("chosen"));
}

export async function choose(id, quietly) {
  current = id;
  history.replaceState(null, "", "#" + encodeURIComponent(id));
  if (!quietly && matchMedia("(max-width: 900px)").matches) $("detail").scrollIntoView(); // it is below the list there
  document.dispatchEvent(new Event("chosen"));
  let t;
  try { t = await get("api/traces/" + encodeURIComponent(id)); } catch (e) {
    if (!quietly) { $("detail-title").textContent = e.message; $("chosen").hidden = true; }
    return;
  }
  if (id === current) show(t, quietly);
}

function show(t, quietly) {
  const text = JSON.stringify(t);
  if (quietly && text === shown) return; // nothing new: leave the reader's place in it alone
  shown = text;
  const r = t.request;
  $("chosen").hidden = false;
  $("detail-title").textContent = r ? `${r.method} ${r.path}` : t.name || t.id;
  const facts = [`${ms(t.duration_ms)} ms`, new Date(t.time).toLocaleString(), "trace " + t.id];
  if (r) {
    facts.unshift(`status ${r.status}`, r.route);
    if (r.request_id) facts.push("request " + r.request_id);
    const i = r.invocation;
    if (i) {
      facts.push(`function ${ms(i.duration_ms)} ms, billed ${i.billed_ms.toFixed(0)} ms` + (i.cold_start ? `, init ${ms(i.init_ms || 0)} ms` : ""));
      if (i.max_memory_mb) facts.push(`memory ${i.max_memory_mb} of ${i.memory_mb} MB`);
    }
  }
  if (t.limit_exceeded) facts.push("segments were left out: the trace is too large");
  $("facts").replaceChildren(...facts.filter(Boolean).map((f) => make("span", { textContent: f })));
  $("problem").hidden = !(r && r.error);
  $("problem").textContent = r && r.error || "";
  $("curl").hidden = !(r && r.curl);
  $("curl").onclick = () => copy(r.curl);
  $("replay").hidden = !(r && canReplay);
  $("replay").onclick = () => replay(t.id);
  $("json").href = "api/traces/" + encodeURIComponent(t.id);
  $("tree").href = $("json").href + "/tree";
  if (!quietly) { $("said").textContent = ""; $("segment").hidden = true; }
  panes(r);
  waterfall(t);
  $("log").replaceChildren(...((r && r.log) || ["no log"]).map((line) => make("li", { textContent: line })));
}

function panes(r) {
  $("panes").replaceChildren(...((r && r.panes) || []).map((p) => {
    const head = make("h3", { textContent: p.title });
    const text = make("pre", { tabIndex: 0, textContent: p.title === "Function log" ? p.text : pretty(p.text) || "(empty)" });
    text.setAttribute("role", "region");
    text.setAttribute("aria-label", p.title);
    return make("section", { className: p.failed ? "pane bad" : "pane" }, head, make("p", { className: "quiet", textContent: p.note || "" }), text);
  }));
}

function waterfall(t) {
  let total = t.duration_ms;
  const walk = (nodes, level, visit) => { for (const n of nodes || []) { visit(n, level); walk(n.children, level + 1, visit); } };
  walk(t.segments_tree, 1, (n) => { total = Math.max(total, n.start_ms + n.duration_ms); });
  const lines = [];
  walk(t.segments_tree, 1, (n, level) => {
    const s = n.segment;
    const bar = make("span", { className: "bar" });
    bar.style.left = 100 * n.start_ms / (total || 1) + "%";
    bar.style.width = 100 * n.duration_ms / (total || 1) + "%";
    const words = [s.fault && "fault", s.error && "error", s.throttle && "throttled", s.in_progress && "in progress", n.orphan && "parent unknown"].filter(Boolean);
    const name = make("span", { className: "name", textContent: s.name, title: s.name });
    name.style.paddingLeft = (level - 1) * 14 + "px";
    for (const word of words) name.append(make("span", { className: "tag fault", textContent: word }));
    const kind = (s.fault || s.error || s.throttle) ? " bad" : s.in_progress ? " progress" : s.namespace ? " remote" : (s.origin || "").startsWith("AWS::Lambda") ? " lambda" : "";
    const line = make("div", { className: "node" + kind, tabIndex: lines.length ? -1 : 0 }, name, make("span", { className: "track" }, bar),
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
}

function segment(n, line) {
  for (const other of $("waterfall").children) other.setAttribute("aria-selected", String(other === line));
  $("segment").replaceChildren(make("strong", { textContent: n.segment.name }),
    make("pre", { textContent: JSON.stringify({ start_ms: n.start_ms, duration_ms: n.duration_ms, ...n.segment }, null, 2) }));
  $("segment").hidden = false;
}

async function copy(text) {
  try { await navigator.clipboard.writeText(text); $("said").textContent = "copied"; } catch {
    $("segment").replaceChildren(make("pre", { textContent: text })); // no clipboard outside of a secure context
    $("segment").hidden = false;
  }
}

async function replay(id) {
  $("said").textContent = "sending";
  try {
    const response = await fetch(`api/traces/${encodeURIComponent(id)}/replay`, { method: "POST" });
    const body = await response.json();
    if (!response.ok) throw new Error(body.detail || response.statusText);
    if (body.trace_id) await choose(body.trace_id);
    $("said").textContent = "sent";
  } catch (e) { $("said").textContent = e.message; }
}
