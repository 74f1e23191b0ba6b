// Code on the page: JSON and templates in the Velocity Template Language, with syntax colours.

import { make } from "./dom.js";

const directive = /^#@?\{?(?:set|if|elseif|else|end|foreach|define|macro|stop|break|evaluate|parse|include|return)\b\}?/;
const number = /^-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/;
const word = /^[A-Za-z_][\w-]*/;

// afterReference is the end of the reference that begins at i: its name and everything that follows without white space.
function afterReference(s, i) {
  const head = /^\$!?\{?[A-Za-z][\w-]*/.exec(s.slice(i));
  if (!head) return i;
  i += head[0].length;
  for (;;) {
    if (/^\.[A-Za-z]/.test(s.slice(i, i + 2))) i += 1 + word.exec(s.slice(i + 1))[0].length;
    else if (s[i] === "(" || s[i] === "[") {
      const end = closing(s, i);
      if (end < 0) return i;
      i = end;
    } else break;
  }
  return head[0].includes("{") && s[i] === "}" ? i + 1 : i;
}

// closing is the position after the bracket that closes the one at i, -1 if the line has none.
function closing(s, i) {
  for (let depth = 0, quote = ""; i < s.length; i++) {
    if (quote) { if (s[i] === quote) quote = ""; continue; }
    if (s[i] === "'" || s[i] === '"') quote = s[i];
    else if ("([".includes(s[i])) depth++;
    else if (")]".includes(s[i]) && --depth === 0) return i + 1;
  }
  return -1;
}

// next returns the end and the kind of the piece of a line that begins at i. The state is carried from line to line.
export function next(s, i, state, language) {
  const to = (end, back) => { const at = s.indexOf(end, i); if (at < 0) return s.length; state.in = back; return at + end.length; };
  if (state.in === "comment") return [to("*#", ""), "comment"];
  const rest = s.slice(i);
  if (language === "vtl") {
    if (rest.startsWith("##")) return [s.length, "comment"];
    if (rest.startsWith("#*")) { state.in = "comment"; return [i + 2, "comment"]; }
    const d = directive.exec(rest);
    if (d) return [i + d[0].length, "keyword"];
    const end = s[i] === "$" ? afterReference(s, i) : i;
    if (end > i) return [end, "variable"];
  }
  const stop = language === "vtl" ? /["$#\\]/ : /["\\]/;
  if (state.in === "string") {
    if (s[i] === '"') { state.in = ""; return [i + 1, "string"]; }
    if (s[i] === "\\") return [Math.min(i + 2, s.length), "string"];
    const at = rest.slice(1).search(stop);
    return [at < 0 ? s.length : i + 1 + at, "string"];
  }
  if (s[i] === '"') { state.in = "string"; return [i + 1, "string"]; }
  if (s[i] === "'" && language === "vtl") { const at = s.indexOf("'", i + 1); if (at > 0) return [at + 1, "string"]; }
  const n = number.exec(rest);
  if (n) return [i + n[0].length, "number"];
  const w = word.exec(rest);
  if (w) return [i + w[0].length, /^(?:true|false|null)$/.test(w[0]) ? "atom" : ""];
  return [i + 1, ""];
}

// MOST is the longest text that is shown in colours.
const MOST = 100_000;

// coloured returns the lines of a text as nodes, each with its pieces. value returns the value of a piece at a line and column, if any.
export function coloured(text, language, value) {
  const lines = text.split("\n");
  if (text.length > MOST) return lines.map((line) => [line]);
  const state = { in: "" };
  return lines.map((line, number) => {
    if (state.in === "string") state.in = ""; // a JSON string ends with its line
    const pieces = [];
    for (let i = 0; i < line.length;) {
      const [end, kind] = next(line, i, state, language);
      const piece = line.slice(i, end);
      const worth = kind === "variable" && value ? value(number + 1, i) : undefined;
      if (!kind) pieces.push(piece);
      else if (worth === undefined) pieces.push(make("span", { className: "t-" + kind, textContent: piece }));
      else pieces.push(make("span", { className: `t-${kind} worth`, textContent: piece, title: worth }));
      i = end;
    }
    return pieces;
  });
}

// unit is the position in a line, in UTF-16 units from 0, of a column as Velocity counts: from 1, a tab goes to the next multiple of 8.
export function unit(line, column) {
  let at = 0;
  for (let i = 0; i < line.length; i++) {
    at = line[i] === "\t" ? at + 8 - at % 8 : at + 1;
    if (at >= column) return i;
  }
  return line.length;
}

// pretty writes JSON with a line for each member, and other text unchanged; numbers and names keep their form.
export function pretty(text) {
  try { JSON.parse(text); } catch { return text; }
  if (text.length > MOST) return text;
  let out = "", depth = 0, opened = false;
  const line = () => "\n" + "  ".repeat(depth);
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g)) {
    const closes = token === "}" || token === "]";
    if (closes) depth--;
    if (closes ? !opened : opened) out += line();
    out += token === ":" ? ": " : token;
    opened = token === "{" || token === "[";
    if (opened) depth++;
    if (token === ",") out += line();
  }
  return out;
}

// difference returns the lines of two texts in one list, each with " ", "-" or "+"; null if they are equal, or too long to compare.
export function difference(before, after) {
  if (before === after) return null;
  const a = before ? before.split("\n") : [], b = after ? after.split("\n") : [];
  if (a.length * b.length > 4_000_000) return null;
  const same = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1)); // lines in common from here on
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--) same[i][j] = a[i] === b[j] ? same[i + 1][j + 1] + 1 : Math.max(same[i + 1][j], same[i][j + 1]);
  const out = [];
  for (let i = 0, j = 0; i < a.length || j < b.length;) {
    if (i < a.length && j < b.length && a[i] === b[j]) { out.push([" ", a[i]]); i++; j++; }
    else if (i < a.length && (j === b.length || same[i + 1][j] >= same[i][j + 1])) out.push(["-", a[i++]]);
    else out.push(["+", b[j++]]);
  }
  return out;
}
