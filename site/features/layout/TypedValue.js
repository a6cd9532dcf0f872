import { html } from "htm/preact";
import { useEffect, useRef } from "preact/hooks";
import { store, frame, key, typed } from "../../state/store.js";
import { useTypedText } from "../../shared/useTypedText.js";
import { chosen, misfit, editor, trouble, troubleAt } from "./editor_state.js";
import { forget, teach } from "./find_digits.js";

/** What the chosen readout shows on this frame, typed: it teaches, and a second value refines the boxes. */
export function TypedValue() {
  const field = useRef(null);
  const readout = chosen.value;
  const name = frame.value?.name;
  const known = readout ? typed.value.get(key(name, readout.name)) : undefined;
  const problem = troubleAt("shows");
  const off = !readout || misfit.value || Boolean(editor.drawn.value);
  const reading = editor.seen.value;
  const seen = !off && reading?.frame === name && reading.readout === readout.name ? reading.text : "";
  const taken = useTypedText(field, key(name, readout?.name), known);
  useEffect(() => trouble("shows", ""), [name, readout?.name, known]);
  const submit = (event) => {
    event.preventDefault();
    const text = field.current.value.trim() || seen;
    if (!text || off) return;
    taken();
    teach(text);
  };
  return html`<form class="panel shows-form" onSubmit=${submit}>
    <h3><label for="shows">What does this frame show?</label></h3>
    <div class="layout-field"><input id="shows" ref=${field} class="number" autocomplete="off" spellcheck=${false} disabled=${off} placeholder=${seen}
      aria-describedby="shows-news" aria-invalid=${problem ? "true" : undefined} /><button class="primary" disabled=${off}>Keep value</button></div>
    <p id="shows-news" class=${problem ? "words error" : "words quiet"} role="status">${problem || words(readout, known, seen)}</p>
    <div class="tools"><button type="button" disabled=${off} onClick=${() => teach(null)}>Not readable</button>
      <button type="button" disabled=${off || known === undefined} onClick=${forget}>Forget</button></div>
  </form>`;
}

function words(readout, known, seen) {
  if (!readout) return "First draw a box around the number.";
  if (misfit.value) return "First scale the layout to this frame.";
  const count = store.state.value.typed.filter((each) => each.readout === readout.name && each.text).length;
  if (known === null) return "You marked this one as not readable.";
  if (readout.window)
    return known !== undefined
      ? `You typed ${known}, and it was learned.`
      : `Type only to correct; Enter with an empty field says that ${seen || "it"} is right.`;
  if (known !== undefined)
    return `You typed ${known}. ${count === 1 ? "A second frame, typed, refines the boxes." : `${count} frames are typed.`}`;
  return count === 1
    ? "One more value, on another frame, refines the boxes."
    : `Enter with an empty field says that ${seen || "it"} is right.`;
}
