import { html } from "htm/preact";
import { BLANK } from "../../shared/constants.js";
import { demoStore } from "./demo_store.js";

/** How often each digit of the frames was taken for each other; right ones on the diagonal. */
export function Confusion() {
  const score = demoStore.score.value;
  const classes = score?.classes ?? [..."0123456789"];
  const counts = score?.confusion ?? [];
  const most = Math.max(1, ...counts.flat());
  const rows = classes
    .map((truth, row) => ({ truth, row }))
    .filter(({ truth, row }) => !isOther(truth) || counts[row]?.some(Boolean));
  return html`<table class="confusion">
    <caption>Rows: what the frames show. Columns: what was read. Click a mistake to look at it.</caption>
    <thead><tr><th scope="col"><span class="unseen">shown</span></th>${classes.map((label) => html`<th scope="col"><${Name} label=${label} /></th>`)}</tr></thead>
    <tbody>${rows.map(
      ({ truth, row }) =>
        html`<tr><th scope="row"><${Name} label=${truth} /></th>${classes.map((read, column) => {
          const count = counts[row]?.[column] ?? 0;
          const kind = count === 0 ? "none" : row === column ? "right" : "wrong";
          const words = count ? `${truth} read as ${read}: ${count}` : "";
          const content =
            kind === "wrong"
              ? html`<a href="#read" aria-label=${`${words}. Show them`} onClick=${() => (demoStore.mistake.value = { truth, read })}>${count}</a>`
              : count || "";
          return html`<td class=${kind} style=${{ "--share": Math.sqrt(count / most) }} title=${words}>${content}</td>`;
        })}</tr>`,
    )}</tbody>
  </table>`;
}

/** Whether a label is none of one character. */
const isOther = (label) => label.length > 1;

/** A label, short. */
const Name = ({ label }) =>
  isOther(label)
    ? html`<span title=${label}><span aria-hidden="true">${label === BLANK ? "␣" : "?"}</span><span class="unseen">${label}</span></span>`
    : label;
