import { html } from "htm/preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { setLabel, clearLabel, seeAs, setMeaning, widenWindow } from "../../session/edits.js";
import { inspect } from "../../session/queries.js";
import { entered, fits, flooredPercent, sign, visible } from "../../shared/format.js";
import { FLAG_WORDS } from "../../shared/flags.js";
import { KindSelect } from "../../shared/KindSelect.js";
import { CropFigure } from "../../shared/CropFigure.js";
import { useAsync } from "../../state/useAsync.js";
import { nameOf } from "../../state/frame_names.js";
import { store, frame, goTo, readout, readouts, notify, reportErrors, rowOf } from "../../state/store.js";
import { columns, hold, positions, shownRows } from "./table_state.js";

const BEST = 3;
/** Arrow keys held down pass over frames faster than this, in ms, without looking into each. */
const PAUSE = 90;

/** The current frame: for each readout its crops, what they may be, and a field to correct it. `fields`: a ref to a Map of functions that begin a correction. */
export function Detail({ fields, leave }) {
  const row = store.current.value;
  const name = frame.value?.name;
  const given = columns.value.map((column) => column.given[row] ?? 0).join("");
  const found = useAsync(
    () => inspect(name),
    [name, given, store.state.value, store.news.value, store.findings.value],
    PAUSE,
  );
  const seen = found?.frame === name ? found.readouts : [];
  const place = positions.value[row] ?? -1;
  const step = (by) => goTo(shownRows.value[Math.max(0, Math.min(shownRows.value.length - 1, place + by))] ?? row);
  return html`<section class="detail" aria-labelledby="detail-title">
    <header>
      <h3 id="detail-title" title=${name}>${nameOf(frame.value)}</h3>
      <small class="quiet number">${place < 0 ? "not in this list" : `${(place + 1).toLocaleString("en")} of ${shownRows.value.length.toLocaleString("en")}`}</small>
      <button class="small" aria-label="Previous row" onClick=${() => step(-1)}>↑</button>
      <button class="small" aria-label="Next row" onClick=${() => step(1)}>↓</button>
    </header>
    ${columns.value.map(
      (
        column,
      ) => html`<${One} key=${column.name} column=${column} row=${row} name=${name} fields=${fields} leave=${leave}
      seen=${seen.find((each) => each.readout === column.name)} />`,
    )}
  </section>`;
}

function One({ column, row, name, seen, fields, leave }) {
  const chosen = column.name === readout.value?.name;
  const away = column.absent.get(row);
  const known = Boolean(column.given[row]) && !away;
  const repair = column.repairs.get(row);
  const rules = column.ruled.get(row) ?? [];
  const cut = known && seen?.given && seen.flags.includes("cut");
  const view = known && seen?.given && seen.flags.includes("turned") && seen.view;
  const flags =
    known && seen?.given
      ? [...seen.flags.map((flag) => inWords(flag, seen)), ...rules.map((rule) => `breaks “${rule.name}”`)]
      : [];
  return html`<section class=${chosen ? "one chosen" : "one"} aria-label=${column.name} onFocusIn=${() => (store.readout.value = column.name)}>
    <h4>${column.name}</h4>
    <dl class="said">
      <div><dt>read</dt><dd class="number">${known ? visible(column.texts[row]) : away ? "–" : "nothing yet"} <small>${known ? `${flooredPercent(column.confidence[row])} %${column.confirmed[row] ? ", confirmed" : ""}` : ""}</small></dd></div>
      <div><dt>typed</dt><dd class="number">${column.typed.has(row) ? (column.typed.get(row) ?? html`<em>not readable</em>`) : "–"}</dd></div>
      ${repair && html`<div><dt>repaired</dt><dd class="number">${visible(repair.text)}</dd></div>`}
    </dl>
    ${away && html`<p class="quiet">Not shown in this frame: ${away}.</p>`}
    ${flags.length ? html`<p class="flagged">${flags.join("; ")}${cut ? html` <button class="small" onClick=${() => widen(column.name)}>Widen the window</button>` : ""}${view ? html` <button class="small" onClick=${() => see(column.name, view)}>Read it ${view}</button>` : ""}</p>` : ""}
    ${known && seen?.offers?.length ? html`<${Offers} offers=${seen.offers} row=${row} name=${name} readoutName=${column.name} fields=${fields} />` : ""}
    ${repair && html`<p class="receipt number">${receipt(column.texts[row], repair)}</p>`}
    <${KindSelect} readout=${readouts.value.find((each) => each.name === column.name) ?? column} words=${column.notation?.words} change=${(meaning) => stateMeaning(column.name, meaning)} />
    <${Crops} seen=${seen} format=${column.format} />
    <${Field} column=${column} row=${row} name=${name} chosen=${chosen} fields=${fields} leave=${leave} />
  </section>`;
}

const stateMeaning = reportErrors(setMeaning);
const widen = reportErrors(widenWindow);
const see = reportErrors(seeAs);

/** A flag in words; of what the neighbours contradict with these. */
function inWords(flag, { around = [], taken, note, view }) {
  const [before, after] = around.map(visible);
  if (flag === "changing")
    return `caught while the display changed from ${before} to ${after}: the value is that of ${visible(taken ?? "")}`;
  if (flag === "jump")
    return `leaves what the number usually does ${before && after ? `between ${before} and ${after}` : before ? `after ${before}` : `before ${after}`}`;
  if (flag === "turned") return `its numbers are clearer ${view}`;
  return (flag === "no-value" && note) || (FLAG_WORDS[flag] ?? flag);
}

/** Under which name the first offer of a readout is taken, among `fields`. */
export const offerOf = (readoutName) => `${readoutName}\noffer`;

/** What the reading may show instead, by its neighbours: a button each, and a key for the first. */
function Offers({ offers, row, name, readoutName, fields }) {
  const take = (text) => {
    hold();
    const next = shownRows.value[positions.value[row] + 1] ?? row;
    reportErrors(setLabel)(name, readoutName, text);
    goTo(next);
  };
  useLayoutEffect(() => {
    fields.current.set(offerOf(readoutName), () => take(offers[0]));
    return () => fields.current.delete(offerOf(readoutName));
  });
  return html`<p class="offers">Its neighbours fit ${offers.map((text, k) => html`<button key=${text} class="small number" title=${k ? undefined : "= takes it, in the table"} onClick=${() => take(text)}>${visible(text)}</button> `)}</p>`;
}

const receipt = (text, { name: rule, text: better, probability, read_probability: before }) =>
  `read ${visible(text)} at ${share(before)}; ${visible(better)} at ${share(probability)} keeps “${rule}”`;

const share = (probability) =>
  probability >= 0.005 || probability === 0 ? probability.toFixed(2) : probability.toPrecision(1);

/** The crops, magnified, each with the classes that it is most likely of. As tall without them, so that nothing jumps. */
function Crops({ seen, format }) {
  if (!seen?.boxes?.length)
    return html`<div class="crops">${[...(format || "#")].filter((mark) => mark === "#").map(() => html`<figure><span class="blank"></span></figure>`)}</div>`;
  return html`<div class=${seen.spans ? "crops window" : "crops"}>${seen.boxes.map((box, k) => {
    const shares = seen.probabilities[k];
    const rows = shares
      .map((part, c) => ({ name: seen.classes[c], share: part, text: rounded(part) }))
      .sort((a, b) => b.share - a.share)
      .slice(0, BEST)
      .map(({ name, ...row }, rank) => ({
        ...row,
        label: sign(name),
        title: sign(name) === name ? undefined : name,
        best: !rank,
      }));
    const what = seen.spans ? "The window" : `Box ${k + 1}`;
    const label = `${what}, read as ${seen.labels[k]}`;
    return html`<${CropFigure} key=${k} crop=${box} label=${label} caption=${`What ${what.toLowerCase()} may show`} rows=${rows} />`;
  })}</div>`;
}

const rounded = (part) => (part >= 0.9995 ? "100" : part < 0.0005 ? "0" : (100 * part).toFixed(1));

/** What the frame shows, typed in place. Once it is kept, or said not to be readable, the next row of the list follows. */
function Field({ column: { name: readoutName, format, texts, given, typed }, row, name, chosen, fields, leave }) {
  const input = useRef(null);
  const said = typed.get(row);
  const [draft, setDraft] = useState(said ?? "");
  const [error, setError] = useState(null);
  const busy = useRef(false);
  useLayoutEffect(() => {
    setDraft(said ?? "");
    if (document.activeElement === input.current) requestAnimationFrame(() => input.current?.select());
  }, [name, said]);
  useLayoutEffect(() => {
    fields.current.set(readoutName, (text) => {
      input.current.focus();
      if (text === undefined) input.current.select();
      else setDraft(text);
    });
    return () => fields.current.delete(readoutName);
  }, [readoutName]);
  useEffect(() => setError((old) => (old?.name === name ? old : null)), [name]);

  /** Move on at once where the text follows the format; where not, Python's words say what is wrong. */
  const keep = async (text) => {
    if (busy.current) return;
    hold();
    const list = shownRows.value;
    const next = list[positions.value[row] + 1] ?? row;
    const moves = text === null || fits(format, text);
    setError(null);
    const saving = setLabel(name, readoutName, text);
    if (moves) goTo(next);
    busy.current = !moves;
    try {
      await saving;
    } catch (problem) {
      setError({ name, text: problem.message });
      if (moves) {
        const back = () => rowOf.value.has(name) && goTo(rowOf.value.get(name));
        notify(`${name}: ${problem.message}`, "error", { title: "Go back to it", run: back });
      }
    } finally {
      busy.current = false;
    }
  };
  const submit = (event) => {
    event.preventDefault();
    const text = entered(format, draft) || (given[row] ? texts[row] : "");
    if (text) keep(text);
  };
  const onKeyDown = (event) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by) goTo(shownRows.value[positions.value[row] + by] ?? row);
    else if (event.key === "Escape") leave();
    else return;
    event.preventDefault();
  };
  const id = `correct-${readoutName}`;
  return html`<form class="correct" onSubmit=${submit}>
    <label for=${id}>It shows</label>
    <input id=${id} ref=${input} class="number" value=${draft} placeholder=${given[row] ? visible(texts[row]) : format.replaceAll("#", "·")} autocomplete="off" spellcheck=${false} inputmode="decimal"
      onInput=${(event) => setDraft(event.target.value)} onKeyDown=${onKeyDown} onFocus=${(event) => event.target.select()}
      aria-invalid=${error ? "true" : undefined} aria-describedby=${`${id}-hint`} />
    <button class=${chosen ? "small primary" : "small"}>Keep, next row</button>
    <button class="small" type="button" onClick=${() => keep(null)} disabled=${said === null}>Not readable</button>
    <button class="small" type="button" onClick=${() => clearLabel(name, readoutName)} disabled=${said === undefined}>Forget</button>
    <p id=${`${id}-hint`} class=${error ? "error" : "quiet"} role=${error ? "alert" : undefined}>${error ? error.text : HINT}</p>
  </form>`;
}

const HINT = "Leave empty and press Enter to confirm.";
