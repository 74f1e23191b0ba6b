// The page of the trace port: a live list of requests, the chosen one, the latency, and what can be
// requested. Untrusted strings are only ever set as text.

import { $, get, plural } from "./dom.js";
import * as list from "./list.js";
import * as latency from "./latency.js";
import * as detail from "./detail.js";
import * as start from "./start.js";

let paused = false;
let stale = false; // the figures or the list are out of date

// reload reads everything from the server.
let cleared = 0;
async function reload() {
  const [all, served] = await Promise.all([get("api/traces"), get("api/routes")]);
  detail.setup({ replay: all.can_replay });
  start.fill(served);
  const stages = new Set(served.apis.map((api) => new URL(api.url).pathname.replace(/\/$/, "")));
  list.setStage(stages.size === 1 ? [...stages][0] : "");
  $("rejected").hidden = !all.rejected;
  $("rejected").textContent = all.rejected ? `${all.rejected} X-Ray segments were dropped; the last: ${all.last_rejection}` : "";
  $("notice").hidden = !all.cleared;
  $("notice-text").textContent = all.cleared ? `${plural(all.cleared, "request")} cleared.` : "";
  list.fill(all, all.cleared !== cleared);
  cleared = all.cleared;
  $("main").setAttribute("aria-busy", "false");
  await latency.load();
  await detail.refresh();
}

function live(state, text) {
  $("live").className = "live " + state;
  if ($("live").textContent !== text) $("live").textContent = text;
}

// Hidden pages do not listen: a browser limits its connections to a server, and all its pages share them.
let events = null, trouble = 0;
function connect() {
  if (events) events.close();
  events = new EventSource("api/events");
  events.onopen = () => {
    clearTimeout(trouble);
    trouble = 0;
    live(paused ? "paused" : "on", paused ? "paused" : "live");
    reload().catch(() => {});
  };
  events.onerror = () => { // a moment without a connection need not concern the reader
    trouble ||= setTimeout(() => live("off", "not connected: is apigw start still running? trying again"), 1500);
    if (events.readyState === EventSource.CLOSED) setTimeout(() => { if (!document.hidden) connect(); }, 1000); // the browser stops trying after a response that is not a stream
  };
  events.onmessage = (e) => {
    const t = JSON.parse(e.data);
    list.take(t);
    if (t.id === detail.chosen()) detail.refresh();
    if (stale) return;
    stale = true;
    setTimeout(show, 200);
  };
  events.addEventListener("list", () => reload().catch(() => {}));
}
document.addEventListener("visibilitychange", () => { if (document.hidden) events.close(); else connect(); });

// show brings the page up to date, a few times a second at most.
function show() {
  stale = false;
  list.update();
  figures();
}

// figures brings the latency up to date, once a second at most.
let resting = false, due = false;
async function figures() {
  due = resting;
  if (resting || paused) return;
  resting = true;
  try { await latency.load(); } catch { /* the stream reports when the server is back */ }
  setTimeout(() => { resting = false; if (due) figures(); }, 1000);
}

$("compose").addEventListener("click", () => detail.compose());
$("pause").addEventListener("click", () => {
  paused = !paused;
  $("pause").setAttribute("aria-pressed", String(paused));
  if (!$("live").classList.contains("off")) live(paused ? "paused" : "on", paused ? "paused" : "live");
  list.pause(paused);
  figures();
});

// What is cleared can be restored for a while; all pages are notified of both and read the list again.
$("clear").addEventListener("click", async () => {
  await fetch("api/clear", { method: "POST" }).catch(() => {});
  detail.close();
});
$("undo").addEventListener("click", async () => {
  await fetch("api/restore", { method: "POST" }).catch(() => {});
  $("clear").focus();
});

// Keys. Single-letter keys can be turned off, for users of speech input, which types them.
const keys = $("keys"), single = $("single");
try { single.checked = localStorage.getItem("keys") !== "off"; } catch { /* they stay on */ }
single.addEventListener("change", () => { try { localStorage.setItem("keys", single.checked ? "on" : "off"); } catch { /* only for this page */ } });
$("help").addEventListener("click", () => keys.showModal());
$("keys-close").addEventListener("click", () => keys.close());
document.addEventListener("keydown", (e) => {
  if (e.ctrlKey || e.metaKey || e.altKey || keys.open || !single.checked || e.target.shadowRoot || e.target.closest("input, select, textarea, dialog")) return; // a shadow root is an editor
  if (e.key === "/") $("find").focus();
  else if (e.key === "?") keys.showModal();
  else if (e.key !== "j" && e.key !== "k" || !list.move(e.key)) return;
  e.preventDefault();
});
$("skip").addEventListener("click", (e) => { e.preventDefault(); $("detail").focus(); }); // the address holds the chosen request

connect();
