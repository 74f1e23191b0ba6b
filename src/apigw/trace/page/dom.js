// Used by all parts of the page: elements, numbers, the address bar, requests to the server.

export const $ = (id) => document.getElementById(id);
export const make = (tag, props = {}, ...children) => {
  const e = Object.assign(document.createElement(tag), props);
  e.append(...children);
  return e;
};
export const svg = (tag, attributes) => {
  const e = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) e.setAttribute(name, value);
  return e;
};
export const ms = (x) => x >= 100 ? x.toFixed(0) : x >= 1 ? x.toFixed(2) : x.toFixed(3);
export const count = (n) => n.toLocaleString("en");
export const plural = (n, what) => `${count(n)} ${what}${n === 1 ? "" : "s"}`;

export const clock = (d) => [d.getHours(), d.getMinutes(), d.getSeconds()].map((n) => String(n).padStart(2, "0")).join(":") + "." + String(d.getMilliseconds()).padStart(3, "0");

// narrow says that the chosen request is below the list.
export const narrow = matchMedia("(max-width: 900px)");

// get sends a GET request. An error has the status of the response, or none if there was no response.
export async function get(path, options) {
  const response = await fetch(path, options);
  if (!response.ok) throw Object.assign(new Error((await response.json().catch(() => ({}))).detail || response.statusText), { status: response.status });
  return response.json();
}

// post sends a POST request; errors are like those of get.
export const post = (path, body) => get(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

// copyButton copies a text. Without a clipboard, which a page has only at a secure address such as
// localhost, it selects the text in place.
export function copyButton(name, text, at) {
  const button = make("button", { type: "button", className: "copy", textContent: "Copy" });
  button.setAttribute("aria-label", "Copy " + name);
  button.addEventListener("click", async () => {
    try { await navigator.clipboard.writeText(text); } catch { getSelection().selectAllChildren(at); return; }
    button.textContent = "Copied";
    $("told").textContent = `Copied ${name}`;
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });
  return button;
}

// What survives a reload is in the address: remember writes it there, recall reads it.
const kept = new URLSearchParams(location.search);
let writing = 0;
export const recall = (name) => kept.get(name) || "";
export function remember(name, value) {
  if (value) kept.set(name, value); else kept.delete(name);
  clearTimeout(writing); // browsers limit how often the address can change
  writing = setTimeout(() => history.replaceState(null, "", (kept.size ? "?" + kept : location.pathname) + location.hash), 200);
}
