import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { Pixels } from "../../views/pixels.js";
import { examples, goTo, relabel } from "../engine.js";
import { bench, rowOf } from "../store.js";
import { later } from "./later.js";

/** The labelled crops by class, with their counts: relabel, delete, see twins and where each came from. */
export function Examples() {
  const found = later(examples, [bench.state.value, bench.news.value]);
  const [chosen, setChosen] = useState(null);
  if (!found) return html`<section class="panel"><h2>Examples</h2><p class="quiet">None yet. Every number you type becomes one example a digit.</p></section>`;
  const classes = Map.groupBy(found, ({ label }) => label);
  const open = found.find(({ source }) => source === chosen);
  return html`<section class="panel examples-room" aria-labelledby="examples-title">
    <h2 id="examples-title" class="line">Examples <small class="number">${found.length} in ${classes.size} classes</small></h2>
    ${found.length ? "" : html`<p class="quiet">None yet. Every number you type becomes one example a digit. Nothing is fixed to ten: a minus, a letter or a blank (type a space) is a class too.</p>`}
    ${[...classes].sort(([a], [b]) => (a < b ? -1 : 1)).map(([label, members]) => html`<div class="class-row">
      <h3><span class="number">${label}</span> <small class="quiet number">× ${members.length}</small></h3>
      <ul>${groups(members).map((group) => html`<li><button class=${`crop ${group[0].source === chosen ? "chosen" : ""} ${group[0].conflict ? "conflict" : ""}`}
        aria-pressed=${group[0].source === chosen} onClick=${() => setChosen(group[0].source === chosen ? null : group[0].source)}
        aria-label=${`${label} from ${group[0].source}${group.length > 1 ? `, ${group.length} with equal pixels` : ""}`}>
        <${Pixels} picture=${group[0]} />${group.length > 1 ? html`<small class="number">×${group.length}</small>` : ""}</button></li>`)}</ul>
    </div>`)}
    ${open ? html`<${Details} example=${open} twins=${found.filter(({ group }) => group === open.group)} done=${() => setChosen(null)} />` : ""}
  </section>`;
}

const groups = (members) => [...Map.groupBy(members, ({ group }) => group).values()];

function Details({ example, twins, done }) {
  const { source, label, frame, conflict } = example;
  const change = (to) => Promise.all(twins.map((twin) => relabel(twin.source, to))).then(done);
  const submit = (event) => {
    event.preventDefault();
    const to = new FormData(event.target).get("label").trim();
    if (to && to !== label) change(to);
  };
  return html`<div class="example-details" role="group" aria-label=${`Example ${source}`}>
    <${Pixels} picture=${example} />
    <div><p><code>${twins.map((twin) => twin.source).join(", ")}</code>${twins.length > 1 ? html` <span class="quiet">(equal pixels)</span>` : ""}</p>
    ${conflict ? html`<p class="error">Equal pixels have different labels here: one of them is wrong.</p>` : ""}
    <form onSubmit=${submit} class="tools"><label>Label <input name="label" size="6" defaultValue=${label} /></label><button>Relabel</button>
      <button type="button" onClick=${() => change(null)}>Delete</button>
      ${rowOf.value.has(frame) ? html`<button type="button" onClick=${() => goTo(rowOf.value.get(frame))}>Go to its frame</button>` : ""}</form></div>
  </div>`;
}
