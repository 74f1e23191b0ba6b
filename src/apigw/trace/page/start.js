// What can be requested: where the APIs are, their routes, and a first command.

import { $, make, plural, copyButton } from "./dom.js";
import { compose } from "./detail.js";

// fill shows an overview (api/routes).
export function fill(served) {
  if (served.title) { $("title").textContent = served.title; document.title = served.title + " – traces"; }
  const link = (url) => make("a", { href: url, textContent: url });
  $("where").replaceChildren(...served.apis.slice(0, 3).map((api) => link(api.url)));
  const parts = [];
  if (served.curl) parts.push(make("h3", { textContent: "An example request" }), command("curl command", served.curl));
  for (const api of served.apis) {
    const body = make("tbody");
    const preflights = api.routes.filter((route) => route.method === "OPTIONS").length;
    for (const route of api.routes) {
      if (route.method === "OPTIONS") continue;
      body.append(make("tr", {}, make("td", { className: "method", textContent: route.method }), make("td", { className: "path", textContent: route.path }),
        make("td", { className: "quiet target", textContent: route.target }),
        make("td", { className: "buttons" }, tryButton(api.name, `${route.method} ${route.path}`), copyButton(`curl for ${route.method} ${route.path}`, route.curl, body))));
    }
    const head = make("thead", {}, make("tr", {}, ...["Method", "Path", "Leads to", "Try, or curl"].map((name) => make("th", { scope: "col", textContent: name }))));
    parts.push(make("h3", { textContent: served.apis.length > 1 ? api.name : "Routes" }), make("p", { className: "base" }, link(api.url)), make("table", { className: "routes" }, head, body));
    if (preflights) parts.push(make("p", { className: "quiet more", textContent: `and OPTIONS for ${plural(preflights, "path")}` }));
  }
  if (served.invoke) {
    parts.push(make("h3", { textContent: "Lambda Invoke API" }), make("p", { className: "base", textContent: served.invoke }));
    if (served.invoke_command) parts.push(command("aws command", served.invoke_command));
  }
  $("routes").replaceChildren(...parts);
}

function tryButton(api, route) {
  const button = make("button", { type: "button", className: "copy", textContent: "Try" });
  button.setAttribute("aria-label", "Try " + route);
  button.addEventListener("click", () => compose(api, route));
  return button;
}

// command is a shell command, to copy.
function command(name, text) {
  const code = make("code", { textContent: text });
  const line = make("pre", { tabIndex: 0 }, code);
  line.setAttribute("role", "region");
  line.setAttribute("aria-label", name);
  return make("div", { className: "command" }, line, copyButton(name, text, code));
}
