import { html } from "htm/preact";
import { Pixels } from "./Pixels.js";

/** A crop, magnified, above the classes that it may be of. `rows`: {label, title, share, text, best} of each. */
export function CropFigure({ crop, label, caption, rows }) {
  return html`<figure>
    <${Pixels} picture=${crop} label=${label} />
    <table class="bars"><caption class="unseen">${caption}</caption><tbody>${rows.map(
      ({ label: name, title, share, text, best }) => html`<tr class=${best ? "best" : ""}>
      <th scope="row" title=${title}>${name}</th>
      <td><span class="track"><span class="fill" style=${{ width: `${share * 100}%` }}></span></span></td>
      <td class="number">${text}</td></tr>`,
    )}</tbody></table>
  </figure>`;
}
