// The parts of CodeMirror that the trace page uses.

export { EditorState } from "@codemirror/state";
export { EditorView, keymap, lineNumbers, highlightSpecialChars, hoverTooltip } from "@codemirror/view";
export { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
export { StreamLanguage, HighlightStyle, syntaxHighlighting, bracketMatching } from "@codemirror/language";
export { setDiagnostics, lintKeymap } from "@codemirror/lint";
export { tags } from "@lezer/highlight";
