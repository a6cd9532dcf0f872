import { html } from "htm/preact";
import { demoStore } from "./demo_store.js";

/** How often each digit of the frames was taken for each other; right ones on the diagonal. */
export function Confusion() {
  const score = demoStore.score.value;
  const classes = score?.classes ?? [..."0123456789"];
  const most = Math.max(1, ...(score?.confusion.flat() ?? []));
  return html`<table class="confusion">
    <caption>Rows: what the frames show. Columns: what was read. Click a mistake to look at it.</caption>
    <thead><tr><th scope="col"><span class="unseen">shown</span></th>${classes.map((label) => html`<th scope="col">${label}</th>`)}</tr></thead>
    <tbody>${classes.map(
      (truth, row) =>
        html`<tr><th scope="row">${truth}</th>${classes.map((read, column) => {
          const count = score?.confusion[row][column] ?? 0;
          const kind = count === 0 ? "none" : row === column ? "right" : "wrong";
          const words = count ? `${truth} read as ${read}: ${count}` : "";
          const content =
            kind === "wrong" && read.length === 1
              ? html`<a href="#read" aria-label=${`${words}. Show them`} onClick=${() => (demoStore.mistake.value = { truth, read })}>${count}</a>`
              : count || "";
          return html`<td class=${kind} style=${{ "--share": Math.sqrt(count / most) }} title=${words}>${content}</td>`;
        })}</tr>`,
    )}</tbody>
  </table>`;
}
