// The bench: a request taken apart into request, event, result and response, each of which can be changed. The effect of a change
// is tried at once, with nothing sent, and shown as a difference.

import { $, make, get, post } from "./dom.js";
import { coloured, difference, pretty, unit } from "./code.js";

const WAIT = 250; // ms after the last key until a change is tried

let run = null; // as recorded, or the example of a route
let like = ""; // the id of its trace, empty if there is none
let before = null; // the outcome without changes
let after = null; // the outcome with the changes
let attempt = null; // what is tried
let text = ""; // run as JSON
let changed = new Set(); // the changed parts: "request", "event", "result", or the key of a template
let event = ""; // as edited
let routes = null; // to start from
const editors = new Map(); // what is edited → { host, editor }
const acts = new Map(); // the key of a button → what it does
let asked = 0; // counts attempts, so that a late response to an earlier one is ignored
let resets = 0; // counts resets, so that an editor that opens after one is ignored
let starts = 0; // counts starts from a route, likewise
let timer = 0;
let choose = () => {};

const keyOf = (t) => (t.status || "") + " " + t.media_type;
const isInvocation = () => run.type === "INVOKE";
const whole = (body) => !body || !body.left;
const canTry = () => !isInvocation() && !!run.route && whole(run.request) && whole(run.result);
const say = (words) => { $("said").textContent = words; };

// setup takes the function that shows a trace.
export function setup(chooses) { choose = chooses; }

// show shows a request, unless it is already shown.
export function show(other, id) {
  const its = JSON.stringify(other || null);
  if (its === text && id === like) return;
  starts++;
  if (!other) {
    run = null; text = its;
    for (const it of ["bench", "keep", "send", "revert"]) $(it).hidden = true;
    return;
  }
  begin(other, id, its);
  if (canTry()) tryIt();
}

function begin(other, id, its) {
  run = other; like = id; text = its; before = null;
  $("bench").hidden = false;
  reset();
}

function reset() {
  clearTimeout(timer);
  asked++;
  resets++;
  for (const e of editors.values()) e.editor.close();
  editors.clear();
  changed = new Set();
  after = null;
  event = run.event ? pretty(run.event.text) : "";
  attempt = { api: run.api, request: { ...run.request, headers: [...(run.request.headers || [])] }, templates: [], context: run.context };
  if (run.result) attempt.result = { ...run.result };
  draw();
}

// tryIt requests the outcome of the attempt.
async function tryIt() {
  clearTimeout(timer);
  const now = ++asked;
  let result;
  try { result = await post("api/bench/try", attempt); } catch (e) {
    if (now === asked) say(e.message);
    return;
  }
  if (now !== asked) return;
  if (changed.size) after = result; else { before = result; after = null; }
  draw();
  if (changed.size) say(outcome());
}

function soon(what) {
  changed.add(what);
  clearTimeout(timer);
  timer = setTimeout(tryIt, WAIT);
  buttons();
}

// outcome describes the effect of the changes in words.
function outcome() {
  const was = before || run, words = [];
  const differs = (name) => pretty((was[name] || {}).text || "") !== pretty((after[name] || {}).text || "");
  words.push(was.response.status === after.response.status ? `status ${after.response.status}, as before` : `status ${after.response.status} instead of ${was.response.status}`);
  if (differs("event")) words.push("another event");
  if (differs("response")) words.push("another response");
  if (after.problem) words.push(after.problem.message || after.problem.text.split("\n")[0]);
  return "Tried, nothing sent: " + words.join(", ") + ".";
}

// Display.

// recorded is the recorded run, with the values that the references had in the trial.
function recorded() {
  const known = (part) => {
    const t = run[part] && run[part].template, tried = before && before[part] && before[part].template;
    return t && tried && keyOf(t) === keyOf(tried) && t.source === tried.source ? { ...run[part], template: tried } : run[part];
  };
  return { ...run, event: known("event"), response: known("response") };
}

// otherwise says so if the unchanged request, tried again, has an outcome other than the recorded one. Of an event alone that
// differs nothing is said: hidden values are in it.
function otherwise() {
  const same = (name) => pretty((run[name] || {}).text || "") === pretty((before[name] || {}).text || "");
  if (!before || !like || run.response.status === before.response.status && same("response")) return "";
  return `Tried again unchanged, this request yields status ${before.response.status}${same("event") ? "" : " and another event"}${same("response") ? "" : " and another response"}: `
    + (run.event || run.result ? "*** stands for hidden values, or the document has changed since." : "a trial bypasses authorizers, API keys and limits.")
    + " Changes are compared with that.";
}

function draw() {
  acts.clear();
  const now = after || recorded();
  const was = after ? before || run : null;
  $("panes").classList.toggle("direct", isInvocation());
  const panes = isInvocation() ? [eventPane(now, was), resultPane(now)] : [requestPane(), eventPane(now, was), resultPane(now), responsePane(now, was)];
  become($("panes"), make("div", {}, ...panes));
  for (const [what, e] of editors) {
    const where = $("panes").querySelector(`[data-editor="${CSS.escape(what)}"]`);
    if (where && where !== e.host.parentNode) where.replaceChildren(e.host);
  }
  $("otherwise").textContent = otherwise();
  $("otherwise").hidden = !$("otherwise").textContent;
  $("wrote-part").hidden = !run.wrote;
  $("wrote").textContent = run.wrote || "";
  problem(now);
  for (const [what, e] of editors) {
    const t = [now.event, now.response].map((part) => part && part.template).find((t) => t && keyOf(t) === what);
    e.editor.wrong(now.problem && now.problem.template && keyOf(now.problem.template) === what && now.problem.line ? now.problem : null);
    if (t) e.editor.worth((t.references || []).map((r) => ({ ...r, text: worth(r) })));
  }
  buttons();
}

// become replaces the children of an element with those of another, and leaves equal ones alone: what has the focus, what is open,
// an editor. Elements with a key are equal only to those with the same key.
function become(old, fresh) {
  const key = (n) => n.dataset && n.dataset.key || "";
  const same = (o, n) => o.nodeName === n.nodeName && key(o) === key(n);
  let at = old.firstChild;
  for (const n of [...fresh.childNodes]) {
    let match = at;
    while (match && !same(match, n)) match = key(n) ? match.nextSibling : null;
    if (!match) { old.insertBefore(n, at); continue; }
    while (at !== match) { const gone = at; at = at.nextSibling; gone.remove(); }
    at = match.nextSibling;
    if (match.nodeType !== Node.ELEMENT_NODE) { if (match.data !== n.data) match.data = n.data; continue; }
    for (const { name } of [...match.attributes]) if (name !== "open" && !n.hasAttribute(name)) match.removeAttribute(name);
    for (const { name, value } of n.attributes) if (match.getAttribute(name) !== value) match.setAttribute(name, value);
    if (!match.dataset.editor) become(match, n);
  }
  while (at) { const gone = at; at = at.nextSibling; gone.remove(); }
}

// problem shows what went wrong: sentences, and source with a caret, which must not wrap.
function problem(now) {
  const words = now.problem ? now.problem.text : !after && run.result && run.result.failed ? `The function failed: ${run.result.error}` : "";
  $("problem").hidden = !words;
  const parts = [];
  for (const line of words.split("\n")) {
    const source = line.startsWith("    ");
    const last = parts[parts.length - 1];
    if (source && last && last.nodeName === "PRE") last.append("\n" + line.slice(4));
    else parts.push(make(source ? "pre" : "p", { textContent: source ? line.slice(4) : line }));
  }
  for (const p of parts) if (p.nodeName === "PRE") p.tabIndex = 0;
  $("problem").replaceChildren(...parts);
}

function pane(name, title, summary, { failed, differs, tools = [] }, ...children) {
  const id = "pane-" + name;
  const head = make("div", { className: "pane-head" }, make("h3", { id, textContent: title }), make("span", { className: "pane-sum" }, ...summary), ...tools);
  const section = make("section", { className: `pane pane-${name}${failed ? " bad" : ""}${differs ? " differs" : ""}` }, head, ...children.filter(Boolean));
  section.setAttribute("aria-labelledby", id);
  section.dataset.key = id;
  return section;
}

const button = (label, name, act) => {
  const b = make("button", { type: "button", className: "plain", textContent: label });
  b.dataset.key = name;
  acts.set(name, act);
  return b;
};

const status = (n) => make("span", { className: "strong s" + String(n)[0], textContent: n || "none" });

// editing is the place of an editor.
function editing(what, ...more) {
  const where = make("div");
  where.dataset.key = where.dataset.editor = what;
  const close = button("Close the editor", "close " + what, () => { const e = editors.get(what); e.editor.close(); editors.delete(what); draw(); say("The change is kept."); });
  const all = make("div", {}, where, make("div", { className: "actions" }, ...more, close, make("span", { className: "quiet", textContent: "Escape leaves the editor, Ctrl-Enter tries the change" })));
  all.dataset.key = "editing " + what;
  return all;
}

// body is a body for reading, with its changes marked, or in its editor.
function body(what, label, b, wasText) {
  if (editors.has(what)) return editing(what);
  const shown = pretty(b.text);
  const lines = wasText === undefined ? null : difference(pretty(wasText), shown);
  const pre = make("pre", { tabIndex: 0 });
  pre.setAttribute("role", "group");
  pre.setAttribute("aria-label", label);
  if (lines) {
    for (const [mark, line] of lines) pre.append(make({ "-": "del", "+": "ins", " ": "span" }[mark], { textContent: mark + " " + line + "\n" }));
  } else if (!b.text) pre.append(make("span", { className: "quiet", textContent: "empty" }));
  else coloured(shown, "json").forEach((pieces, i) => pre.append(...(i ? ["\n"] : []), ...pieces));
  if (b.left) pre.append(make("span", { className: "quiet", textContent: `\n… ${b.left} bytes more` }));
  if (b.base64) return make("div", {}, make("p", { className: "quiet", textContent: "not text; in Base64:" }), pre);
  return pre;
}

function headers(what, list) {
  if (!list || !list.length) return null;
  const details = make("details", { className: "more" }, make("summary", { textContent: list.length === 1 ? "1 header" : `${list.length} headers` }),
    make("dl", { className: "headers" }, ...list.flatMap((h) => [make("dt", { textContent: h.name }), make("dd", { textContent: h.value })])));
  details.dataset.key = what + "-headers";
  return details;
}

const shortPlace = (place) => place.slice(Math.max(place.lastIndexOf("/"), place.lastIndexOf("\\")) + 1);

function worth(r) {
  if (!r.times) return "not reached";
  if (!r.values) return "(an object)";
  return r.values.join(", ") + (r.times > r.values.length ? `, … ${r.times} times` : "");
}

// template is a mapping template with the values of its references.
function template(t, way) {
  if (!t) return null;
  const key = keyOf(t);
  const details = make("details", { className: "more template" },
    make("summary", {}, `${way} ${t.media_type} `, make("span", { className: "place", textContent: shortPlace(t.place), title: t.place }), ...(changed.has(key) ? [make("span", { className: "tag", textContent: "changed" })] : [])));
  details.dataset.key = "template" + way;
  const tools = make("div", { className: "actions" });
  const e = editors.get(key);
  if (!e && canTry()) tools.append(button("Edit template", "edit" + way, () => editTemplate(t)));
  tools.append(button("Copy template", "copy" + way, () => copy(current(t), "the template of " + t.place)));
  details.append(tools);
  const references = t.references || [];
  if (e) {
    const p = (after || run).problem;
    details.append(editing(key));
    if (p && p.template && keyOf(p.template) === key && p.message) details.append(make("p", { className: "wrong", textContent: `Line ${p.line}, column ${p.column}: ${p.message}` }));
  } else {
    const source = t.source.split("\n");
    const at = new Map(references.map((r) => [r.line + ":" + unit(source[r.line - 1] || "", r.column), worth(r)]));
    const pre = make("pre", { tabIndex: 0, className: "source" });
    pre.setAttribute("role", "group");
    pre.setAttribute("aria-label", way);
    coloured(t.source.replace(/\n$/, ""), "vtl", (line, from) => at.get(line + ":" + from)).forEach((pieces) => pre.append(make("span", { className: "line" }, ...pieces, "\n")));
    details.append(pre);
  }
  if (references.length) {
    details.append(make("table", { className: "values" }, make("caption", { textContent: "Values of the references" }), make("tbody", {}, ...references.map((r) => {
      const name = make("th", { scope: "row", textContent: r.source, title: `line ${r.line}, column ${r.column}` });
      return make("tr", { className: r.times ? "" : "quiet" }, name, make("td", { textContent: worth(r) }));
    }))));
  }
  return details;
}

const current = (t) => (attempt.templates.find((o) => keyOf(o) === keyOf(t)) || t).source;

function requestPane() {
  const r = attempt.request, e = editors.get("request");
  const tools = canTry() && !e ? [button("Edit", "edit-request", editRequest)] : [];
  return pane("request", "Request", [make("span", { className: "strong", textContent: r.method }), " " + r.path], { tools },
    e ? null : headers("request", r.headers), body("request", "Body of the request", r));
}

function eventPane(now, was) {
  const e = now.event;
  if (!e) return pane("event", "Event", [make("span", { className: "quiet", textContent: "The request was refused before this step." })], {});
  if (e.failed && !e.template && !e.text) return pane("event", "Event", [make("span", { className: "quiet", textContent: "No template for this media type, and passthrough is off: nothing was sent." })], { failed: true });
  const target = now.target || run.target;
  const to = e.sent || (target ? "to " + target : now.type === "MOCK" ? "for the mock" : "");
  const tools = run.target && !e.sent && whole(e) && !e.base64 && !editors.has("event") ? [button("Edit", "edit-event", editEvent)] : [];
  return pane("event", "Event", [to], { tools, failed: e.failed, differs: was && pretty((was.event || {}).text || "") !== pretty(e.text) },
    template(e.template, "Request template") || (isInvocation() ? null : make("p", { className: "quiet", textContent: now.type && now.type.endsWith("_PROXY") ? "proxy integration, no template" : "no template: passed through" })),
    editors.has("event") ? editing("event", button("Send this event to the function", "send-event", sendEvent)) : body("event", "Text of the event", e, was ? (was.event || {}).text || "" : undefined));
}

function resultPane(now) {
  const r = attempt.result && !isInvocation() ? attempt.result : run.result;
  if (!r || !now.result && !changed.has("result")) return pane("result", "Result", [make("span", { className: "quiet", textContent: "Nothing was called." })], {});
  const mock = now.type === "MOCK";
  const summary = r.status ? [status(r.status)] : r.failed ? [make("span", { className: "strong s5", textContent: "failed" })] : [];
  if (r.failed && r.error) summary.push(" " + r.error.split(": ")[0]); // the whole error is above
  const editable = canTry() && !mock && !r.base64 && whole(r);
  const tools = editable && !editors.has("result") ? [button("Edit", "edit-result", editResult)] : [];
  return pane("result", mock ? "Status of the mock" : "Result", summary, { tools, failed: r.failed, differs: changed.has("result") }, editors.has("result") ? null : headers("result", r.headers), body("result", "Text of the result", r));
}

function responsePane(now, was) {
  const r = now.response;
  const matched = (r.patterns || []).find((p) => p.state === "matches");
  const summary = [status(r.status)];
  if (was && was.response.status !== r.status) summary.push(make("span", { className: "quiet", textContent: ` was ${was.response.status}` }));
  if (r.kind) summary.push(" " + r.kind);
  let patterns = null;
  if (matched) {
    const name = (p) => p.pattern === "default" ? "the default response" : p.pattern;
    patterns = make("details", { className: "more" }, make("summary", {}, "Selected by ", make("code", { textContent: name(matched) }), ...(r.matched ? [" for ", make("code", { textContent: r.matched })] : [])),
      make("ul", { className: "patterns" }, ...r.patterns.map((p) => make("li", { className: p.state === "matches" ? "match" : "quiet" },
        make("span", { textContent: p.state }),
        make("span", {}, make("code", { textContent: name(p) }), ` \u2192 ${p.status} `, make("span", { className: "place", textContent: shortPlace(p.place), title: p.place }))))));
    patterns.dataset.key = "patterns";
  }
  return pane("response", "Response", summary, { failed: r.failed || r.status >= 500, differs: was && (pretty(was.response.text) !== pretty(r.text) || was.response.status !== r.status) },
    patterns, template(r.template, "Response template"), headers("response", r.headers), body("response", "Body of the response", r, was ? was.response.text : undefined));
}

// Editing.

async function edit(what, host, field, options) {
  const mine = resets;
  let module;
  try { module = await import("./editor.js"); } catch { say("The editor cannot be loaded: is apigw start running?"); return; }
  if (mine !== resets || editors.has(what)) return;
  const editor = module.open(field, { ...options, tried: tryIt, left: () => $("panes").querySelector(`[data-key="${CSS.escape("close " + what)}"]`).focus() });
  editors.set(what, { host, editor });
  draw();
  editor.focus();
  if (!changed.size) say(what === "event" ? "" : "A change is tried at once, with nothing sent." + (JSON.stringify(attempt).includes("***") ? " Hidden values stay ***." : ""));
}

const field = (label, control) => make("label", {}, label + " ", control);

function editRequest() {
  const r = attempt.request, original = run.request.text, shown = pretty(original);
  const method = make("input", { value: r.method, size: 7, spellcheck: false });
  const path = make("input", { value: r.path, className: "path", spellcheck: false });
  const lines = make("textarea", { value: (r.headers || []).map((h) => h.name + ": " + h.value).join("\n"), rows: Math.min(8, 1 + (r.headers || []).length), spellcheck: false });
  const where = make("div", { className: "editor" });
  const host = make("div", {}, make("div", { className: "fields" }, field("Method", method), field("Path", path), field("Headers", lines)), where);
  method.addEventListener("input", () => { r.method = method.value.trim(); soon("request"); });
  path.addEventListener("input", () => { r.path = path.value.trim(); soon("request"); });
  lines.addEventListener("input", () => {
    r.headers = lines.value.split("\n").filter((l) => l.trim()).map((l) => { const at = l.indexOf(":"); return at < 0 ? { name: l.trim(), value: "" } : { name: l.slice(0, at).trim(), value: l.slice(at + 1).trim() }; });
    soon("request");
  });
  for (const f of [method, path, lines]) f.addEventListener("keydown", (e) => { if (e.key === "Enter" && (e.ctrlKey || e.metaKey)) tryIt(); });
  edit("request", host, where, { text: pretty(r.text), language: "json", label: "Body of the request", changed: (t) => {
    r.text = t === shown ? original : t;
    soon("request");
  } });
}

function editResult() {
  const r = attempt.result, original = run.result.text, shown = pretty(original);
  const where = make("div", { className: "editor" });
  const fields = make("div", { className: "fields" });
  if (r.status) {
    const code = make("input", { type: "number", min: 100, max: 599, value: r.status });
    code.addEventListener("input", () => { r.status = Number(code.value) || 200; soon("result"); });
    fields.append(field("Status", code));
  } else {
    const failed = make("input", { type: "checkbox", checked: !!r.failed });
    failed.addEventListener("change", () => { r.failed = failed.checked; r.error = ""; soon("result"); });
    fields.append(field("The function fails", failed));
  }
  edit("result", make("div", {}, fields, where), where, { text: pretty(r.text), language: "json", label: "Result", changed: (t) => {
    r.text = t === shown ? original : t;
    soon("result");
  } });
}

function editEvent() {
  const where = make("div", { className: "editor" });
  edit("event", where, where, { text: event, language: "json", label: "Event", changed: (t) => { event = t; changed.add("event"); buttons(); } });
}

function editTemplate(t) {
  const where = make("div", { className: "editor" });
  edit(keyOf(t), where, where, { text: current(t), language: "vtl", label: "Template " + t.media_type, changed: (source) => {
    attempt.templates = attempt.templates.filter((o) => keyOf(o) !== keyOf(t));
    const recorded = [run, before].flatMap((x) => x ? [x.event, x.response] : []).map((p) => p && p.template).find((o) => o && keyOf(o) === keyOf(t));
    attempt.templates.push({ ...(t.status ? { status: t.status } : {}), media_type: t.media_type, place: (recorded || t).place, source });
    soon(keyOf(t));
  } });
}

// Actions.

function buttons() {
  const any = changed.size > 0 || editors.size > 0;
  $("revert").hidden = !any;
  $("keep").hidden = !canTry();
  $("send").hidden = isInvocation() || !run.route && !like;
  $("send").textContent = changed.has("request") ? "Send the changed request" : "Send it";
  $("send").hidden = $("send").hidden || !!like && !changed.has("request"); // "Send again" does that
}

async function copy(words, what) {
  try { await navigator.clipboard.writeText(words); say("copied " + what); } catch { dialog(what, words); }
}

async function send() {
  say("sending");
  try {
    const body = { request: attempt.request };
    if (like) body.like = like;
    const answer = await post("api/bench/send", body);
    await choose({ id: answer.trace_id });
    say("sent");
  } catch (e) { say(e.message); }
}

// sendEvent calls the function with the edited event; its result then replaces the previous one.
async function sendEvent() {
  say("sending");
  try {
    const answer = await post("api/bench/send", { function: run.target, event: { text: event === pretty(run.event.text) ? run.event.text : event } });
    if (isInvocation()) { await choose({ id: answer.trace_id }); say("sent"); return; }
    const t = await get("api/traces/" + encodeURIComponent(answer.trace_id));
    for (const what of ["event", "result"]) {
      if (editors.has(what)) { editors.get(what).editor.close(); editors.delete(what); }
    }
    attempt.result = { ...t.request.run.result };
    changed.add("result");
    await tryIt();
    say("sent: " + $("said").textContent.replace("Tried, nothing sent: ", "the response to its result has "));
  } catch (e) { say(e.message); }
}

async function keep() {
  try {
    const kept = await post("api/bench/keep", attempt);
    const notes = [`Save it in the folder of your mapping tests; apigw test ${kept.name} runs it.`];
    if (attempt.templates.length) notes.push("It expects the changed template, and fails until the document has it.");
    if (kept.masked) notes.push("Where the page shows ***, so does the test: it does not contain hidden values.");
    dialog(kept.name, kept.text, notes, true);
  } catch (e) { say(e.message); }
}

function dialog(name, words, notes = [], save = false) {
  $("text-title").textContent = name;
  $("text-notes").replaceChildren(...notes.map((n) => make("p", { textContent: n })));
  $("text-body").textContent = words;
  $("text-copy").onclick = () => copy(words, name);
  $("text-save").hidden = !save;
  $("text-save").onclick = () => {
    const link = make("a", { href: URL.createObjectURL(new Blob([words], { type: "text/plain" })), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };
  $("text").showModal();
}

// compose starts without a request, with the first route that is not a mock, or that of an API.
export async function compose(api, route) {
  $("bench").hidden = $("problem").hidden = true;
  routes = ((await get("api/bench")).routes || []).filter((r) => r.request.method !== "OPTIONS");
  $("composer").hidden = false;
  $("begin").replaceChildren(...routes.map((r, i) => make("option", { value: String(i), textContent: r.route })));
  const first = Math.max(0, routes.findIndex((r) => route ? r.api === api && r.route === route : r.type !== "MOCK"));
  $("begin").value = String(first);
  await start(first);
}

async function start(i) {
  const r = routes[i], mine = ++starts;
  if (!r) { say("There is no route to start from."); return; }
  const other = { api: r.api, route: r.route, type: r.type, context: {}, request: r.request, result: { text: "{}" }, response: { status: 0, text: "" } };
  if (/^HTTP/.test(r.type)) other.result.status = 200;
  begin(other, "", "");
  await tryIt();
  if (mine !== starts || like) return;
  if (before) {
    run = { ...before, context: {}, result: other.result }; // the starting point is not a recording
    attempt.request = { ...run.request, headers: [...(run.request.headers || [])] };
    draw();
  }
  editRequest();
}

$("panes").addEventListener("click", (e) => {
  const b = e.target.closest("button[data-key]");
  if (b) acts.get(b.dataset.key)();
});
$("begin").addEventListener("change", () => start(Number($("begin").value)));
$("revert").addEventListener("click", () => { reset(); say("The changes are undone."); });
$("send").addEventListener("click", send);
$("keep").addEventListener("click", keep);
$("text-close").addEventListener("click", () => $("text").close());
