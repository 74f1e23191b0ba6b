// The editor: CodeMirror in its own shadow root, whose style sheets the Content-Security-Policy need not allow. It is loaded when it
// is first needed.

import { next, unit } from "./code.js";
import {
  EditorState, EditorView, keymap, lineNumbers, highlightSpecialChars, hoverTooltip, defaultKeymap, history, historyKeymap,
  StreamLanguage, HighlightStyle, syntaxHighlighting, bracketMatching, setDiagnostics, lintKeymap, tags,
} from "./codemirror.js";

const names = { comment: "comment", keyword: "keyword", variable: "variableName", string: "string", number: "number", atom: "atom" };

const languages = Object.fromEntries(["vtl", "json", "text"].map((name) => [name, StreamLanguage.define({
  name,
  startState: () => ({ in: "" }),
  copyState: (state) => ({ ...state }),
  token(stream, state) {
    if (stream.sol() && state.in === "string") state.in = "";
    const [end, kind] = next(stream.string, stream.pos, state, name);
    stream.pos = end;
    return names[kind] || null;
  },
})]));

const colours = syntaxHighlighting(HighlightStyle.define([
  { tag: tags.comment, color: "var(--quiet)", fontStyle: "italic" }, { tag: tags.keyword, color: "var(--code-keyword)", fontWeight: "600" },
  { tag: tags.variableName, color: "var(--code-variable)" }, { tag: tags.string, color: "var(--code-string)" },
  { tag: [tags.number, tags.atom], color: "var(--code-number)" },
]));

const theme = EditorView.theme({
  "&": { color: "var(--ink)", backgroundColor: "var(--panel)", border: "1px solid var(--accent)", borderRadius: "8px", fontSize: "12px" },
  "&.cm-focused": { outline: "2px solid var(--accent)", outlineOffset: "1px" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.5", maxHeight: "46vh", overflow: "auto" },
  ".cm-content": { caretColor: "var(--ink)" },
  ".cm-gutters": { backgroundColor: "var(--ground)", color: "var(--quiet)", border: "none", borderRadius: "8px 0 0 8px" },
  ".cm-lintRange-error": { backgroundImage: "none", textDecoration: "underline wavy var(--bad)", textUnderlineOffset: "3px" },
  ".cm-tooltip": { backgroundColor: "var(--panel)", color: "var(--ink)", border: "1px solid var(--line)", borderRadius: "6px", maxWidth: "60ch" },
  ".cm-tooltip .worth": { padding: "3px 8px", fontFamily: "var(--mono)", overflowWrap: "anywhere" },
  ".cm-diagnostic-error": { borderLeftColor: "var(--bad)" },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--accent-soft)" },
});

// replaced types over the selection. Chromium's default keeps the colours of the replaced text in a style attribute, which violates
// the Content-Security-Policy.
function replaced(e, view) {
  if (e.inputType !== "insertText" || !e.data || view.composing || view.state.selection.main.empty) return false;
  e.preventDefault();
  view.dispatch(view.state.replaceSelection(e.data), { userEvent: "input.type", scrollIntoView: true });
  return true;
}

// open makes an editor in an element. It calls changed with each new text, tried for Ctrl-Enter and left for Escape; values are the
// references of a template with their values, as the server has them.
export function open(host, { text, language, label, changed, tried, left }) {
  const root = host.shadowRoot || host.attachShadow({ mode: "open" });
  let values = [];
  const worth = hoverTooltip((view, at) => {
    const line = view.state.doc.lineAt(at);
    for (const v of values) {
      if (v.line !== line.number) continue;
      const from = line.from + unit(line.text, v.column), end = Math.min(line.to, from + v.source.length);
      if (at < from || at > end) continue;
      return { pos: from, end, above: true, create: () => {
        const dom = document.createElement("div");
        dom.className = "worth";
        dom.textContent = v.text;
        return { dom };
      } };
    }
    return null;
  });
  const view = new EditorView({
    root, parent: root,
    state: EditorState.create({ doc: text, extensions: [
      lineNumbers(), highlightSpecialChars(), history(), bracketMatching(), languages[language], colours, theme, worth, EditorView.lineWrapping,
      EditorView.domEventHandlers({ beforeinput: replaced }),
      EditorView.contentAttributes.of({ "aria-label": label, "aria-multiline": "true" }),
      EditorView.updateListener.of((u) => { if (u.docChanged) changed(u.state.doc.toString()); }),
      keymap.of([
        { key: "Mod-Enter", run: () => { tried(); return true; } }, { key: "Escape", run: () => { left(); return true; } },
        ...defaultKeymap, ...historyKeymap, ...lintKeymap, // Tab goes on to what follows the editor
      ]),
    ] }),
  });
  return {
    focus: () => view.focus(),
    close: () => view.destroy(),
    // set replaces the whole text.
    set(other) { if (other !== view.state.doc.toString()) view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: other } }); },
    worth(list) { values = list; },
    // wrong marks where a template fails, as reported by the server; null marks nothing.
    wrong(problem) {
      const list = [];
      if (problem) {
        const line = view.state.doc.line(Math.min(Math.max(problem.line, 1), view.state.doc.lines));
        const from = line.from + unit(line.text, problem.column);
        const end = /^(\$!?\{?[\w.-]+|#\w+|\w+)/.exec(line.text.slice(from - line.from));
        list.push({ from, to: Math.min(line.to, from + (end ? end[0].length : 1)), severity: "error", message: problem.message });
      }
      view.dispatch(setDiagnostics(view.state, list));
    },
  };
}
