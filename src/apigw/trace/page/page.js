// The page of the trace port: a live list of requests, the waterfall and log of the chosen
// one, and the latency distribution. What others wrote is only ever set as text.

import { $, get } from "./dom.js";
import * as list from "./list.js";
import * as latency from "./latency.js";
import * as detail from "./detail.js";

let paused = false;
let stale = false; // the figures or the list are out of date

async function reload() {
  const [all, served] = await Promise.all([get("api/traces"), get("api/routes")]);
  detail.setup({ replay: all.can_replay });
  if (served.title) { $("title").textContent = served.title; document.title = served.title + " – traces"; }
  $("rejected").hidden = !all.rejected;
  $("rejected").textContent = all.rejected ? `${all.rejected} X-Ray segments were left out; the last: ${all.last_rejection}` : "";
  list.fill(all.traces);
  await latency.load();
  detail.refresh();
}

const live = (state, text) => { $("live").className = "live " + state; $("live").textContent = text; };
const events = new EventSource("api/events");
events.onopen = () => { live("on", paused ? "paused" : "live"); reload().catch(() => {}); };
events.onerror = () => live("off", "not connected");
events.onmessage = (e) => {
  const t = JSON.parse(e.data);
  list.take(t);
  if (t.id === detail.chosen()) detail.refresh();
  stale = true;
};
$("pause").addEventListener("click", () => {
  paused = !paused;
  $("pause").setAttribute("aria-pressed", String(paused));
  live("on", paused ? "paused" : "live");
  stale = true;
});
$("clear").addEventListener("click", async () => {
  if (!confirm("Forget all requests?")) return;
  await fetch("api/clear", { method: "POST" });
  detail.close();
  reload();
});
setInterval(async () => {
  if (!stale || paused || document.hidden) return;
  stale = false;
  list.draw();
  try { await latency.load(); } catch { /* the stream tells when it is back */ }
}, 400);
