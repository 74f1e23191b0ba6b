// What all parts of the page use: elements, numbers, requests to the server.

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

export const clock = (d) => [d.getHours(), d.getMinutes(), d.getSeconds()].map((n) => String(n).padStart(2, "0")).join(":") + "." + String(d.getMilliseconds()).padStart(3, "0");
// JSON is shown with a line for each member; what is not JSON as it is.
export const pretty = (text) => { try { return JSON.stringify(JSON.parse(text), null, 2); } catch { return text; } };

// get asks the server. An error has the status of the response, or none if there was no response.
export async function get(path) {
  const response = await fetch(path);
  if (!response.ok) throw Object.assign(new Error((await response.json().catch(() => ({}))).detail || response.statusText), { status: response.status });
  return response.json();
}
