import { html } from "htm/preact";
import { useEffect, useRef } from "preact/hooks";
import { FLAGS, RULE_RISING } from "../../shared/constants.js";
import { flooredPercent, onThePoint, visible } from "../../shared/format.js";
import { useVirtual } from "../../shared/useVirtual.js";
import { longestName, nameOf, timeline } from "../../state/frame_names.js";
import { store, goTo, readout } from "../../state/store.js";
import { columns, setTableView, positions, shownRows } from "./table_state.js";

/** Heights in pixels, as in readings.css. */
const ROW = 30;
const HEADER = 60;
const CORRECTION = /^[\p{L}\p{N}.,+-]$/u;
const PARTS = ["text", "value", "confidence", "flags", "typed", "repaired"];
const SORTED = { value: "value", confidence: "confidence" };
const SHORT = { confidence: "conf. %" };
/** Widths in pixels: of a character, and of a readout's parts where its texts ask for no more; behind a text there is room for a tick. */
const CHARACTER = 8.2;
const WIDTHS = { text: 74, value: 58, confidence: 58, flags: 86, typed: 58, repaired: 64 };
const widthOf = (part, { length }) =>
  WIDTHS[part] + (["confidence", "flags"].includes(part) ? 0 : Math.max(0, length - 5) * CHARACTER);
const widthOfNames = () => Math.max(90, Math.min(230, longestName.value * CHARACTER + 18));
const widthOfAll = () =>
  widthOfNames() +
  columns.value.reduce((sum, column) => sum + PARTS.reduce((wide, part) => wide + widthOf(part, column), 0), 0);

/** All readings, a row for each frame; only the rows on screen are drawn. `correct(readout, text)` begins a correction, `take(readout)` takes what the detail offers first. */
export function Table({ correct, take }) {
  const box = useRef(null);
  const table = useRef(null);
  const rows = shownRows.value;
  const current = store.current.value;
  const position = positions.value[current] ?? -1;
  const chosen = readout.value?.name;
  const { first, last, show } = useVirtual(box, { count: rows.length, height: ROW, header: HEADER });
  const byKey = useRef(false);
  useEffect(() => {
    if (position >= 0) show(position);
    if (byKey.current)
      requestAnimationFrame(() =>
        box.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" }),
      );
    byKey.current = false;
  }, [current, store.tableView.value, store.held.value]);
  useEffect(() => reveal(box.current), [chosen]);

  const move = (to) => goTo(rows[Math.max(0, Math.min(rows.length - 1, to))] ?? current);
  const turn = (by) => {
    const names = columns.value.map(({ name }) => name);
    store.readout.value = names[Math.max(0, Math.min(names.length - 1, names.indexOf(chosen) + by))];
  };
  const onKeyDown = (event) => {
    if (event.target !== table.current || event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor((box.current.clientHeight - HEADER) / ROW) - 1);
    const action =
      {
        ArrowDown: () => move(position + 1),
        ArrowUp: () => move(position - 1),
        PageDown: () => move(position + page),
        PageUp: () => move(position - page),
        Home: () => move(0),
        End: () => move(rows.length - 1),
        ArrowLeft: () => turn(-1),
        ArrowRight: () => turn(1),
        Enter: () => correct(chosen),
        "=": () => take(chosen),
      }[event.key] ??
      (CORRECTION.test(event.key) && (() => correct(chosen, event.key)));
    if (!action) return;
    event.preventDefault();
    byKey.current = true;
    action();
  };
  const pick = (event) => {
    const row = event.target.closest("tr")?.dataset.row;
    if (row === undefined) return;
    store.readout.value = event.target.closest("[data-readout]")?.dataset.readout ?? chosen;
    goTo(Number(row));
    if (event.type === "dblclick") correct(store.readout.value);
  };
  const drawn = Array.from(rows.subarray(first, last));
  return html`<div class="readings-scroll" ref=${box}>
    <table class="readings" ref=${table} role="grid" tabindex="0" aria-label="Readings" aria-rowcount=${rows.length + 2} onKeyDown=${onKeyDown}
      aria-activedescendant=${drawn.includes(current) ? cellId(current, chosen) : undefined} style=${{ minWidth: `${widthOfAll()}px` }}>
      <colgroup><col style=${{ width: `${widthOfNames()}px` }} /></colgroup>
      ${columns.value.map((column) => html`<colgroup key=${column.name}>${PARTS.map((part) => html`<col style=${{ width: `${widthOf(part, column)}px` }} />`)}</colgroup>`)}
      <${Head} chosen=${chosen} />
      <tbody onClick=${pick} onDblClick=${pick}>
        <tr class="space" aria-hidden="true" style=${{ height: `${first * ROW}px` }}></tr>
        ${drawn.map((row, k) => html`<${Row} key=${row} row=${row} position=${first + k} here=${row === current} chosen=${row === current ? chosen : null} />`)}
        <tr class="space" aria-hidden="true" style=${{ height: `${(rows.length - last) * ROW}px` }}></tr>
      </tbody>
    </table>
    ${rows.length ? "" : html`<${Nothing} />`}
  </div>`;
}

/** Scroll sideways until the chosen readout's columns are in view, beside the column of names that sticks. */
function reveal(box) {
  const [name, group] = [box.querySelector("th.name"), box.querySelector("th.chosen")];
  if (!group) return;
  const [left, right] = [group.offsetLeft - name.offsetWidth, group.offsetLeft + group.offsetWidth - box.clientWidth];
  if (left < box.scrollLeft || right > box.scrollLeft) box.scrollLeft = Math.min(left, Math.max(right, box.scrollLeft));
}

const cellId = (row, name) => `reading-${row}-${columns.value.findIndex((column) => column.name === name)}`;

function Head({ chosen }) {
  return html`<thead>
    <tr aria-rowindex="1"><${Sorter} by="frame" words=${timeline.value ? "time" : "frame"} rowspan="2" />
      ${columns.value.map(({ name }) => html`<th key=${name} scope="colgroup" colspan=${PARTS.length} class=${name === chosen ? "group chosen" : "group"}>${name}</th>`)}</tr>
    <tr aria-rowindex="2">${columns.value.flatMap(({ name }) =>
      PARTS.map((part) =>
        SORTED[part]
          ? html`<${Sorter} key=${`${name} ${part}`} by=${SORTED[part]} readout=${name} words=${SHORT[part] ?? part} class=${part} />`
          : html`<th key=${`${name} ${part}`} scope="col" class=${part}>${part}</th>`,
      ),
    )}</tr>
  </thead>`;
}

/** A header that sorts; again, the other way round. */
function Sorter({ by, readout: name = null, words, rowspan, class: part = "name" }) {
  const { by: now, readout: of, down } = store.tableView.value;
  const here = by === now && name === of;
  const sort = () => setTableView({ by, readout: name, down: here && !down });
  return html`<th scope="col" rowspan=${rowspan} class=${part} aria-sort=${here ? (down ? "descending" : "ascending") : undefined}>
    <button onClick=${sort} title=${`Sort by ${by}${name ? ` of ${name}` : ""}`}>${words}<span aria-hidden="true">${here ? (down ? "\u2009▾" : "\u2009▴") : ""}</span></button></th>`;
}

function Row({ row, position, here, chosen }) {
  return html`<tr data-row=${row} aria-rowindex=${position + 3} aria-selected=${here ? "true" : "false"} class=${position % 2 ? "odd" : ""}>
    <th scope="row" class="name" title=${store.frames.value[row]?.name}>${nameOf(store.frames.value[row])}</th>
    ${columns.value.map((column, k) => html`<${Cells} key=${column.name} column=${column} row=${row} id=${`reading-${row}-${k}`} chosen=${column.name === chosen} />`)}
  </tr>`;
}

function Cells({
  column: { name, texts, values, confidence, flags, given, absent, confirmed, typed, ruled, repairs, places, notation },
  row,
  id,
  chosen,
}) {
  const away = absent.get(row);
  const known = Boolean(given[row]) && !away;
  const raised = known ? FLAGS.filter((_, bit) => (flags[row] >> bit) & 1) : [];
  const rules = ruled.get(row) ?? [];
  const words = [...raised, ...rules.map((rule) => rule.name)];
  const short = [...raised, ...rules.map(({ kind }) => (kind === RULE_RISING ? "falling" : kind))];
  const said = typed.get(row);
  const repair = repairs.get(row);
  return html`<td id=${id} data-readout=${name} class=${`text${chosen ? " at" : ""}${words.length ? " doubt" : ""}${confirmed[row] ? " confirmed" : ""}`} title=${away ?? (confirmed[row] ? "confirmed: the frame before or behind reads the same" : undefined)}>${known ? visible(texts[row]) : html`<span class="quiet">${away ? "–" : "·"}<span class="unseen">${away ?? "not read"}</span></span>`}</td>
    <td data-readout=${name} class="value">${known ? onThePoint(texts[row], values[row], places, notation) : ""}</td>
    <td data-readout=${name} class=${raised.length ? "confidence doubt" : "confidence"}>${known ? flooredPercent(confidence[row]) : ""}</td>
    <td data-readout=${name} class="flags" title=${words.length ? words.join(", ") : undefined}>${short[0]}${short.length > 1 ? ` +${short.length - 1}` : ""}</td>
    <td data-readout=${name} class="typed">${said === null ? html`<span title="not readable">✕<span class="unseen">not readable</span></span>` : said}</td>
    <td data-readout=${name} class="repaired" title=${repair && `keeps “${repair.name}”`}>${repair?.text}</td>`;
}

const NOTHING = {
  all: "No frame by that name, and no such reading.",
  flagged: "Nothing is flagged.",
  doubtful: "It doubts nothing. Neither did Icarus, so look at a few anyway.",
  typed: "Nothing is typed yet: pick a row and type what you see.",
  repaired: "Nothing was repaired. Rules are below the table; without one nothing is ever changed.",
  changed: "The last edit changed no reading.",
  unread: "Every frame has been read.",
};

function Nothing() {
  const { filter, search } = store.tableView.value;
  return html`<p class="empty nothing">${search && filter !== "all" ? "Nothing here matches that search." : NOTHING[filter]}
    <br /><button class="link" onClick=${() => setTableView({ filter: "all", search: "" })}>Show all</button></p>`;
}
