// The list of requests and its filters. It keeps its place: while it is paused, scrolled, under the
// pointer or in use by keyboard, new requests wait, and a button shows how many.

import { $, make, ms, count, clock, recall, remember } from "./dom.js";
import { choose, chosen, rest } from "./detail.js";

const shown = new Map(); // id → summary, oldest first
const waiting = new Map(); // the same for those that wait
const rows = new Map(); // id → its row
let arrived = 0; // how many wait, including those dropped for newer ones
let total = 0; // how many there were since the list was cleared
let limit = 500; // how many the server stores
let paused = false;
let cursor = ""; // the row that the Tab key reaches
let stage = ""; // the beginning of the API's paths, such as /prod
let left = ""; // the part left out of the paths: the stage, if all have it
let tab = null; // the button that the Tab key reaches

// fill shows what the server stores, newest first: from scratch or, if somebody is reading, in addition to what is shown.
export function fill(all, anew) {
  limit = all.limit;
  const before = total + arrived;
  if (!anew && held() && all.total >= before) {
    for (const t of all.traces.reverse()) take(t);
    arrived = all.total - total;
    update();
    return;
  }
  total = all.total;
  arrived = 0;
  shown.clear();
  waiting.clear();
  for (const t of all.traces.reverse()) shown.set(t.id, t);
  draw();
}

// take records a trace that is new or has changed; update shows it.
export function take(t) {
  if (shown.has(t.id)) { shown.set(t.id, t); return; }
  if (!waiting.has(t.id)) arrived++;
  waiting.set(t.id, t);
  if (waiting.size > limit) waiting.delete(waiting.keys().next().value);
}

// update shows what was taken, unless somebody is reading.
export function update() {
  if (!held()) { release(); return; }
  for (const [id, row] of rows) row.show(shown.get(id)); // what is shown stays in its place
  tell();
}

// pause holds back new requests until it ends.
export function pause(on) {
  paused = on;
  update();
}

// setStage sets the beginning of the API's paths; empty if there are several.
export function setStage(path) { stage = path; }

const box = $("list");
let over = false; // the mouse is over the rows
const held = () => rows.size > 0 && (paused || box.scrollTop > 0 || over || $("rows").querySelector(":focus-visible") !== null);

function release() {
  for (const [id, t] of waiting) shown.set(id, t);
  waiting.clear();
  total += arrived;
  arrived = 0;
  while (shown.size > limit) shown.delete(shown.keys().next().value);
  draw();
}

const filters = { find: $("find"), status: $("status"), slower: $("slower"), since: $("since") };
const filtered = () => Object.values(filters).some((field) => field.value.trim() !== "");

function matcher() {
  const find = filters.find.value.trim().toLowerCase();
  const status = filters.status.value;
  const slower = parseFloat(filters.slower.value);
  const since = Date.now() - 1000 * parseFloat(filters.since.value);
  return (t) => {
    const r = t.request || {};
    if (find && ![r.path, r.route, r.method, r.request_id, r.error, t.id, t.name].join(" ").toLowerCase().includes(find)) return false;
    if (status === "fault" && !failed(t)) return false;
    if (status === "cold" && !(r.invocation && r.invocation.cold_start)) return false;
    if (/^\d$/.test(status) && String(r.status || "")[0] !== status) return false;
    return !(t.duration_ms < slower) && !(orders.time(t) < since);
  };
}

const failed = (t) => Boolean(t.fault || t.request && (t.request.failed || t.request.status >= 500));

// The order: by time or duration, down from the newest or slowest, or up.
let order = { by: "time", up: false };
const orders = { time: (t) => t.at ??= Date.parse(t.time), ms: (t) => t.duration_ms };
function sorted(all) {
  const value = orders[order.by], sign = order.up ? 1 : -1;
  return all.reverse().sort((a, b) => sign * (value(a) - value(b)));
}

// Row is a row of the list. Its elements remain, so that they keep focus and pointer; only their content changes.
class Row {
  constructor(t) {
    const cell = (className) => make("td", { role: "cell", className });
    this.method = make("span", { className: "method" });
    this.head = make("span", { className: "head" });
    this.tail = make("span", { className: "tail" });
    this.button = make("button", { type: "button", tabIndex: -1 }, this.method, " ", make("span", { className: "path" }, this.head, this.tail));
    this.tags = make("span", { className: "tags" });
    const request = cell("request");
    request.append(make("div", {}, this.button, this.tags));
    this.clock = cell("clock");
    this.status = cell("status");
    this.duration = cell("number");
    this.billed = cell("number billed");
    this.element = make("tr", { role: "row" }, this.clock, request, this.status, this.duration, this.billed); // roles, as a narrow window lays it out otherwise
    this.element.dataset.id = t.id;
    this.show(t);
  }

  show(t) {
    const r = t.request, i = r && r.invocation, bad = failed(t), current = t.id === chosen();
    if (this.shown === t && this.left === left && this.current === current) return;
    [this.shown, this.left, this.current] = [t, left, current];
    let path = r ? r.path : t.name || t.id;
    this.button.title = path;
    if (r && path.startsWith(left)) path = path.slice(left.length) || "/";
    // The end of a path distinguishes it from others: if there is no room, the middle is cut.
    const cut = path.length > 24 ? path.length - 12 : path.length;
    const set = (element, text) => { if (element.textContent !== text) element.textContent = text; };
    set(this.method, r ? r.method : "");
    set(this.head, path.slice(0, cut));
    set(this.tail, path.slice(cut));
    set(this.clock, clock(new Date(t.time)));
    set(this.status, String(r && r.status || "–"));
    set(this.duration, ms(t.duration_ms));
    set(this.billed, i ? i.billed_ms.toFixed(0) : "");
    this.status.className = "status s" + (bad ? "5" : this.status.textContent[0]);
    this.tags.replaceChildren(...[i && i.cold_start && "cold", t.throttle && "throttled", r && r.failed && "failed"].filter(Boolean).map((tag) => make("span", { className: "tag " + tag, textContent: tag })));
    this.element.classList.toggle("failed", bad);
    this.element.classList.toggle("chosen", current);
    if (current) this.button.setAttribute("aria-current", "true"); else this.button.removeAttribute("aria-current");
  }
}

function draw() {
  const all = [...shown.values()];
  left = stage && all.every((t) => !t.request || t.request.method === "INVOKE" || t.request.path.startsWith(stage + "/")) ? stage : "";
  const wanted = sorted(all.filter(matcher()));
  const ids = new Set(wanted.map((t) => t.id));
  const focused = document.activeElement && document.activeElement.closest("#rows tr");
  for (const [id, row] of rows) if (!ids.has(id)) { row.element.remove(); rows.delete(id); }
  let next = $("rows").firstElementChild;
  for (const t of wanted) {
    let row = rows.get(t.id);
    if (row) row.show(t); else rows.set(t.id, row = new Row(t));
    if (row.element === next) next = next.nextElementSibling; else $("rows").insertBefore(row.element, next);
  }
  if (focused && rows.has(focused.dataset.id)) rows.get(focused.dataset.id).button.focus({ preventScroll: true }); // it lost the focus if it moved
  $("empty").hidden = rows.size > 0;
  document.body.classList.toggle("nothing", shown.size === 0);
  rest(shown.size === 0);
  rove();
  tell();
}

// rove makes one row reachable by the Tab key: the one that last had the focus, the chosen one, or the first.
function rove() {
  const first = $("rows").firstElementChild;
  const at = rows.get(cursor) || rows.get(chosen()) || first && rows.get(first.dataset.id);
  if (tab === (at ? at.button : null)) return;
  if (tab) tab.tabIndex = -1;
  tab = at ? at.button : null;
  if (tab) tab.tabIndex = 0;
}

// tell says what is shown, and how much is not.
function tell() {
  const kept = total > shown.size ? `latest ${count(shown.size)} of ${count(total)}` : count(shown.size);
  $("count").textContent = filtered() ? `showing ${count(rows.size)} of ${total > shown.size ? "the " : ""}${kept}` : kept;
  $("reset").hidden = !filtered();
  $("new").hidden = arrived === 0;
  $("new").textContent = `${count(arrived)} new`;
}

// go moves the focus in the list.
function go(row) {
  if (!row) return;
  row.querySelector("button").focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

// move handles a key that moves through the list, and reports whether it is one.
export function move(key) {
  const list = $("rows").children, at = document.activeElement.closest("#rows tr");
  const current = at ? [...list].indexOf(at) : -1;
  const page = Math.max(1, Math.floor(box.clientHeight / (list.length ? list[0].offsetHeight : 1)) - 2);
  const by = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity }[key];
  if (!by) return false;
  if (at) go(list[Math.min(Math.max(current + by, 0), list.length - 1)]);
  else go($("rows").querySelector("[tabindex='0']")?.closest("tr"));
  return true;
}

// back goes from the chosen request to its row.
function back() {
  const row = rows.get(chosen());
  if (row) go(row.element); else $("find").focus();
}

function arrange() {
  for (const button of document.querySelectorAll("#list th button")) {
    const th = button.parentElement;
    if (button.dataset.by === order.by) th.setAttribute("aria-sort", order.up ? "ascending" : "descending"); else th.removeAttribute("aria-sort");
  }
  remember("sort", order.by === "time" && !order.up ? "" : order.by + (order.up ? "-up" : ""));
}

for (const [name, field] of Object.entries(filters)) {
  field.value = recall(name);
  field.addEventListener("input", () => { remember(name, field.value.trim()); box.scrollTop = 0; draw(); });
}
$("find").addEventListener("keydown", (e) => { if (e.key === "Enter") go($("rows").firstElementChild); });
$("reset").addEventListener("click", () => {
  for (const [name, field] of Object.entries(filters)) { field.value = ""; remember(name, ""); }
  $("find").focus();
  draw();
});
const [by, up] = recall("sort").split("-");
if (orders[by]) order = { by, up: up === "up" };
arrange();
for (const button of document.querySelectorAll("#list th button")) {
  button.addEventListener("click", () => {
    const by = button.dataset.by;
    order = { by, up: order.by === by && !order.up };
    arrange();
    box.scrollTop = 0;
    draw();
  });
}
$("rows").addEventListener("click", (e) => {
  const tr = e.target.closest("tr");
  if (tr) choose(shown.get(tr.dataset.id));
});
$("rows").addEventListener("focusin", (e) => { cursor = e.target.closest("tr").dataset.id; rove(); });
$("rows").addEventListener("keydown", (e) => { if (!e.ctrlKey && !e.metaKey && !e.altKey && move(e.key)) { e.preventDefault(); e.stopPropagation(); } });
$("new").addEventListener("click", () => {
  box.scrollTop = 0;
  release();
  go($("rows").firstElementChild);
});
$("rows").addEventListener("pointerenter", (e) => { over = e.pointerType === "mouse"; }); // a finger does not hover
$("rows").addEventListener("pointerleave", () => { over = false; });
for (const [element, event] of [[box, "scroll"], [$("rows"), "pointerleave"], [$("rows"), "focusout"]]) {
  element.addEventListener(event, () => { if (arrived > 0) requestAnimationFrame(update); });
}
document.addEventListener("chosen", () => { rest(shown.size === 0); for (const [id, row] of rows) row.show(shown.get(id)); rove(); });
$("back").addEventListener("click", back);
