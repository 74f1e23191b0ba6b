"use strict";
// The page of the trace port: a live list of requests, the waterfall and log of the chosen
// one, and the latency distribution. What others wrote is only ever set as text.
(() => {
  const $ = (id) => document.getElementById(id);
  const make = (tag, props = {}, ...children) => {
    const e = Object.assign(document.createElement(tag), props);
    e.append(...children);
    return e;
  };
  const svg = (tag, attributes) => {
    const e = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) e.setAttribute(name, value);
    return e;
  };
  const ms = (x) => x >= 100 ? x.toFixed(0) : x >= 1 ? x.toFixed(2) : x.toFixed(3);

  const clock = (d) => [d.getHours(), d.getMinutes(), d.getSeconds()].map((n) => String(n).padStart(2, "0")).join(":") + "." + String(d.getMilliseconds()).padStart(3, "0");
  // JSON is shown with a line for each member; what is not JSON as it is.
  const pretty = (text) => { try { return JSON.stringify(JSON.parse(text), null, 2); } catch { return text; } };

  const traces = new Map(); // id → summary, oldest first
  const MAX_ROWS = 500;
  let chosen = decodeURIComponent(location.hash.slice(1)); // a trace id
  let paused = false;
  let canReplay = false;
  let stale = false; // the figures or the list are out of date
  let shown = ""; // the trace that is shown, as JSON

  async function get(path) {
    const response = await fetch(path);
    if (!response.ok) throw new Error((await response.json().catch(() => ({}))).detail || response.statusText);
    return response.json();
  }

  // The list.
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
    const tr = make("tr", { className: t.id === chosen ? "chosen" : "" },
      make("td", { className: "clock", textContent: clock(new Date(t.time)) }), make("td", { className: "request" }, request),
      make("td", { className: r && r.failed ? "s5" : "s" + status[0], textContent: status }),
      make("td", { className: "number", textContent: ms(t.duration_ms) }),
      make("td", { className: "number", textContent: i ? i.billed_ms.toFixed(0) : "" }));
    tr.dataset.id = t.id;
    if (t.id === chosen) button.setAttribute("aria-current", "true");
    tr.addEventListener("click", () => choose(t.id));
    return tr;
  }

  function list() {
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

  // The distribution.
  let distributions = [];
  function figures() {
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

  // The chosen request.
  async function choose(id, quietly) {
    chosen = id;
    history.replaceState(null, "", "#" + encodeURIComponent(id));
    if (!quietly && matchMedia("(max-width: 900px)").matches) $("detail").scrollIntoView(); // it is below the list there
    for (const tr of $("rows").children) {
      tr.classList.toggle("chosen", tr.dataset.id === id);
      const button = tr.querySelector("button");
      if (tr.dataset.id === id) button.setAttribute("aria-current", "true"); else button.removeAttribute("aria-current");
    }
    let t;
    try { t = await get("api/traces/" + encodeURIComponent(id)); } catch (e) {
      if (!quietly) { $("detail-title").textContent = e.message; $("chosen").hidden = true; }
      return;
    }
    if (id === chosen) show(t, quietly);
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

  // What comes in.
  function take(t) {
    traces.delete(t.id);
    traces.set(t.id, t);
    while (traces.size > MAX_ROWS) traces.delete(traces.keys().next().value);
  }
  async function reload() {
    const all = await get("api/traces");
    canReplay = all.can_replay;
    if (all.title) { $("title").textContent = all.title; document.title = all.title + " – traces"; }
    $("rejected").hidden = !all.rejected;
    $("rejected").textContent = all.rejected ? `${all.rejected} X-Ray segments were left out; the last: ${all.last_rejection}` : "";
    traces.clear();
    for (const t of all.traces.reverse()) traces.set(t.id, t);
    distributions = await get("api/distribution");
    list();
    figures();
    if (chosen) choose(chosen, true);
  }
  const connect = () => {
    const events = new EventSource("api/events");
    const live = (state, text) => { $("live").className = "live " + state; $("live").textContent = text; };
    events.onopen = () => { live("on", paused ? "paused" : "live"); reload().catch(() => {}); };
    events.onerror = () => live("off", "not connected");
    events.onmessage = (e) => {
      const t = JSON.parse(e.data);
      const known = traces.get(t.id);
      if (known) traces.set(t.id, t); else take(t);
      if (t.id === chosen) choose(chosen, true);
      stale = true;
    };
    $("pause").onclick = () => {
      paused = !paused;
      $("pause").setAttribute("aria-pressed", String(paused));
      live("on", paused ? "paused" : "live");
      stale = true;
    };
  };
  setInterval(async () => {
    if (!stale || paused || document.hidden) return;
    stale = false;
    list();
    try { distributions = await get("api/distribution"); figures(); } catch { /* the stream tells when it is back */ }
  }, 400);
  $("filters").addEventListener("input", list);
  $("filters").addEventListener("submit", (e) => e.preventDefault());
  $("route").addEventListener("change", figures);
  $("measure").addEventListener("change", figures);
  $("clear").addEventListener("click", async () => {
    if (!confirm("Forget all requests?")) return;
    await fetch("api/clear", { method: "POST" });
    chosen = "";
    history.replaceState(null, "", location.pathname);
    $("chosen").hidden = true;
    $("detail-title").textContent = "Choose a request";
    reload();
  });
  connect();
})();
