// An editor of Python. A bundle of its own, since only who edits needs it.

import { python } from "@codemirror/lang-python";
import { HighlightStyle, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { EditorState, StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView, keymap } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { minimalSetup } from "codemirror";

/** @type {import("@codemirror/state").StateEffectType<number | null>} */
const mark = StateEffect.define();
/** The line that is marked, until the text changes. */
const marked = StateField.define({
  create: () => Decoration.none,
  update(lines, { effects, docChanged, state }) {
    for (const { value } of effects.filter((effect) => effect.is(mark))) {
      const known = value !== null && value >= 1 && value <= state.doc.lines;
      return known ? Decoration.set([markedLine.range(state.doc.line(value).from)]) : Decoration.none;
    }
    return docChanged ? Decoration.none : lines;
  },
  provide: (field) => EditorView.decorations.from(field),
});
const markedLine = Decoration.line({ class: "cm-wrong", attributes: { "aria-invalid": "true" } });

const look = EditorView.theme({
  "&": { fontSize: ".8rem", background: "var(--sunk)", color: "var(--ink)", borderRadius: "8px" },
  "&.cm-focused": { outline: "3px solid var(--accent)", outlineOffset: "2px" },
  ".cm-content": { fontFamily: "var(--mono)", lineHeight: "1.5", padding: "1rem 0", caretColor: "var(--ink)" },
  ".cm-line": { padding: "0 1rem" },
  ".cm-scroller": { overflow: "auto", maxHeight: "30rem" },
  "@media print": {
    ".cm-scroller": { maxHeight: "none" },
    ".cm-line": { whiteSpace: "pre-wrap", overflowWrap: "anywhere" },
    ".cm-content": { flexShrink: "1", minWidth: "0", width: "100%" },
  },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  ".cm-wrong": { background: "var(--wrong-ground)", boxShadow: "inset 3px 0 var(--wrong)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    background: "color-mix(in srgb, var(--accent) 30%, transparent)",
  },
});
const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.definitionKeyword], color: "var(--accent)" },
  { tag: tags.comment, color: "var(--quiet)", fontStyle: "italic" },
  { tag: [tags.string, tags.number, tags.bool, tags.null], color: "var(--right)" },
  { tag: tags.function(tags.definition(tags.variableName)), fontWeight: "bold" },
]);

/**
 * An editor inside `holder`, an element without content. Its styles live in a shadow tree: the page's policy allows
 * none that are written into the document. Tab leaves it, as it leaves any field.
 * @param {HTMLElement} holder
 * @param {{text: string, label: string, onChange: (text: string) => void, onRun: () => void}} options
 */
export function createEditor(holder, { text, label, onChange, onRun }) {
  const root = holder.attachShadow({ mode: "open" });
  const run = { key: "Mod-Enter", run: () => (onRun(), true) };
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: text,
      extensions: [
        keymap.of([run]),
        minimalSetup,
        python(),
        indentUnit.of("    "),
        syntaxHighlighting(colours),
        marked,
        look,
        EditorView.contentAttributes.of({ "aria-label": label }),
        EditorView.updateListener.of(({ docChanged, state }) => docChanged && onChange(state.doc.toString())),
      ],
    }),
  });
  return {
    focus: () => view.focus(),
    setText: (doc) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: doc } }),
    /** Mark a line, counted from 1, and bring it into sight; null marks none. */
    mark(line) {
      view.dispatch({ effects: mark.of(line) });
    },
  };
}
