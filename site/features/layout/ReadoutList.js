import { html } from "htm/preact";
import { freeName } from "../../media/readout_format.js";
import { setMeaning, setOnly } from "../../session/edits.js";
import { inspect } from "../../session/queries.js";
import { Field } from "../../shared/Field.js";
import { KindSelect } from "../../shared/KindSelect.js";
import { frame, notify, reportErrors, store } from "../../state/store.js";
import { chosen, misfit, select, editor, shown, trouble, troubleAt } from "./editor_state.js";
import { copyReadout, removeReadout, rename, setConstraint, setFormat } from "./edits.js";
import { focusStage } from "./Stage.js";
import { own } from "../../shared/own.js";

/** The numbers of a frame, by name, each with its format. */
export function ReadoutList() {
  const names = shown.value.map(({ name }) => name);
  return html`<section class="panel layout-readouts" aria-labelledby="readouts-title">
    <h3 id="readouts-title">Numbers in the frame</h3>
    ${
      names.length
        ? html`<ul>${shown.value.map((readout) => html`<${Readout} key=${readout.name} readout=${readout} />`)}</ul>
    ${shown.value.some((each) => each.window) && html`<p class="quiet">Any number is read. To rule others out, state its form: <code>##.##</code>, <code>${"digits<=3"}</code>, <code>decimals=2</code>.</p>`}
    ${shown.value.some((each) => !each.window) && html`<p class="quiet">In a format every <code>#</code> is one box; all else stands for itself.</p>`}`
        : html`<p class="quiet">None yet. Click on a number, or draw a box around it.</p>`
    }
    <div class="tools">
      <button disabled=${misfit.value} onClick=${() => drawAnother()}>${names.length ? "Draw another" : "Draw a box"}</button>
      <button disabled=${!chosen.value || misfit.value} onClick=${() => copyReadout(freeName(names))}>${chosen.value ? `Copy “${chosen.value.name}”` : "Copy"}</button>
    </div>
  </section>`;
}

function drawAnother() {
  editor.drawing.value = true;
  editor.selected.value = [];
  focusStage();
}

const stateMeaning = reportErrors(setMeaning);
/** What a mark looks like in the current frame, which Python is asked for once it is chosen. */
const HERE = "here";

function Readout({ readout }) {
  const { name, format, window, constraint } = readout;
  const here = chosen.value?.name === name;
  const problem = troubleAt(name);
  const entering =
    (change) =>
    async ({ value }) => {
      await change(value);
      return !troubleAt(name);
    };
  const input = {
    autocomplete: "off",
    spellcheck: false,
    "aria-invalid": problem ? "true" : undefined,
    back: () => trouble(name, ""),
  };
  return html`<li class=${here ? "here" : ""}>
    <input type="radio" name="readout" checked=${here} aria-label=${`Choose ${name}`} onChange=${() => select(name, [])} />
    <${Field} aria-label=${`Name of ${name}`} value=${name} enter=${entering((text) => rename(name, text.trim()))} ...${input} />
    ${
      window
        ? html`<${Field} class="number" aria-label=${`Form of ${name}`} value=${constraint ?? ""} placeholder="any number" enter=${entering((text) => setConstraint(name, text.trim()))} ...${input} />`
        : html`<${Field} class="number" aria-label=${`Format of ${name}`} value=${format} enter=${entering((text) => setFormat(name, text))} ...${input} />`
    }
    <button class="small" aria-label=${`Remove ${name}`} title=${`Remove ${name}`} onClick=${() => removeReadout(name)}>✕</button>
    <${KindSelect} readout=${readout} words=${own(store.readings.value, name)?.notation?.words} change=${(meaning) => stateMeaning(name, meaning)} />
    <${OnlySelect} readout=${readout} />
    ${problem && html`<p class="error" role="alert">${problem}</p>`}
  </li>`;
}

/** In which frames a readout is shown: in all, or in those in which another one shows, or looks, what it does in the current frame. */
function OnlySelect({ readout: { name, only } }) {
  if (shown.value.length < 2) return null;
  const marks = shown.value.filter(
    (each) => each.name !== name && !each.only && !shown.value.some((other) => other.only?.readout === name),
  );
  const texts = marks
    .map((each) => ({ readout: each.name, text: textNow(each.name) }))
    .filter(({ text }) => text && !text.includes("?"));
  const looks = marks
    .filter((each) => each.window && store.readings.value[each.name]?.given[store.current.value])
    .map((each) => ({ readout: each.name, look: HERE }));
  const choices = [...(only ? [only] : []), ...[...texts, ...looks].filter((each) => keyOf(each) !== keyOf(only))];
  if (!choices.length) return null;
  const change = ({ target }) => limitAsHere(name, choices.find((each) => keyOf(each) === target.value) ?? null);
  return html`<label class="kind"><span>Shown</span><select aria-label=${`Frames of ${name}`} value=${keyOf(only)} onChange=${change}>
    <option value="" selected=${!only}>in every frame</option>
    ${choices.map((each) => html`<option key=${keyOf(each)} value=${keyOf(each)} selected=${each === only}>where ${each.readout} ${each.look ? "looks" : `shows ${each.text}`}${each !== only ? (each.look ? " as here" : ", as here") : each.look ? " as chosen" : ""}</option>`)}
  </select></label>`;
}

/** Limit a readout, by what its mark looks like in the current frame where that was chosen. */
const limitAsHere = reportErrors(async (name, only) => {
  if (only?.look !== HERE) return setOnly(name, only);
  const { readouts } = await inspect(frame.value.name);
  const look = readouts.find((each) => each.readout === only.readout)?.look;
  if (!look) return notify("What it looks like here is not known: have the frame read again.", "error");
  return setOnly(name, { readout: only.readout, look });
});

const keyOf = (only) => (only ? JSON.stringify([only.readout, only.text, only.look]) : "");

/** What a readout shows in the current frame: as typed, else as read. */
function textNow(name) {
  const typed = store.state.value.typed.find((each) => each.readout === name && each.frame === frame.value?.name);
  return (typed ? typed.text : store.readings.value[name]?.texts[store.current.value])?.trim() ?? "";
}
