import { html } from "htm/preact";
import { useRef, useState } from "preact/hooks";
import { relabel } from "../../session/edits.js";
import { examples, inspect, typedWindows } from "../../session/queries.js";
import { sign } from "../../shared/format.js";
import { Pixels } from "../../shared/Pixels.js";
import { useAsync } from "../../state/useAsync.js";
import { store, frame, goTo, readouts, rowOf, reportErrors } from "../../state/store.js";

/** The labelled crops by class, with their counts: relabel, delete, see twins and where each came from. */
export function Examples() {
  const title = useRef(null);
  const found = useAsync(examples, [store.state.value, store.news.value]);
  const known = useAsync(() => inspect(frame.value.name), [store.news.value, store.current.value]);
  const [chosen, choose] = useState(null);
  const classes = Map.groupBy(found ?? [], ({ label }) => label);
  const boxes = known?.readouts.find(({ spans, classes: some }) => some && !spans);
  const without = (boxes?.classes ?? []).filter((label) => !classes.has(label));
  const windows = new Set(readouts.value.filter(({ window }) => window).map(({ name }) => name));
  const numbers = store.state.value.typed.filter(({ readout, text }) => text && windows.has(readout)).length;
  const open = found?.find(({ source }) => source === chosen);
  const done = () => (choose(null), title.current.focus());
  return html`<section class="panel examples-view" aria-labelledby="examples-title">
    <h2 id="examples-title" class="line" tabindex="-1" ref=${title}>Examples ${found?.length ? html`<small>${found.length.toLocaleString("en")} in ${classes.size} ${classes.size === 1 ? "class" : "classes"}</small>` : ""}</h2>
    ${windows.size ? html`<p>Of windows whole numbers are learned, each with all its characters: ${numbers.toLocaleString("en")} typed.</p><${Windows} />` : ""}
    ${
      found && !found.length && readouts.value.some(({ window }) => !window)
        ? html`<p>None yet. Every number you type becomes one example for each digit. Nothing is fixed to ten: a minus, a letter or a blank
      (type a space) is a class as soon as you type it.</p>`
        : ""
    }
    ${[...classes]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(
        ([label, members]) => html`<div class="class-row" key=${label}>
      <h3><span class="number">${sign(label)}</span> <small class="quiet">${sign(label) === label ? "" : `${label} `}× ${members.length.toLocaleString("en")}</small></h3>
      <ul>${groups(members).map((group) => html`<${Crop} key=${group[0].source} group=${group} chosen=${group[0].source === chosen} choose=${choose} />`)}</ul>
      ${open?.label === label ? html`<${Details} key=${open.source} example=${open} all=${found} done=${done} />` : ""}
    </div>`,
      )}
    ${without.length ? html`<p class="quiet without">No example of ${without.map((label, k) => html`${k ? ", " : ""}<span class="number">${label}</span>`)}${found?.length ? ": these it reads as it did before it met you" : ""}.</p>` : ""}
  </section>`;
}

/** The windows that were typed, newest first: a click goes to the frame, where the text can be corrected. */
function Windows() {
  const found = useAsync(typedWindows, [store.state.value, store.news.value]);
  return found?.length
    ? html`<ul class="typed-windows" aria-label="Typed windows">${found.map((each) => html`<${TypedWindow} key=${`${each.frame} ${each.readout}`} typed=${each} />`)}</ul>`
    : null;
}

function TypedWindow({ typed: each }) {
  const { frame: name, readout, text, others } = each;
  const doubt = others.length ? `; the very same pixels are typed as ${others.join(", ")} elsewhere: one is wrong` : "";
  return html`<li><button class=${`crop${others.length ? " conflict" : ""}`} title=${`${readout} in ${name}${doubt}`} aria-label=${`${text || "nothing"}, ${readout} in ${name}${doubt}`}
    disabled=${!rowOf.value.has(name)} onClick=${() => goToLabel(name, readout)}><${Pixels} picture=${each} /><span class="number">${text || "nothing"}</span></button></li>`;
}

/** Show a frame where its number is typed. */
function goToLabel(name, readout) {
  store.readout.value = readout;
  goTo(rowOf.value.get(name));
  document.querySelector(".labeller").scrollIntoView({ block: "nearest" });
}

const groups = (members) => [...Map.groupBy(members, ({ group }) => group).values()];

/** One crop for all that have equal pixels and the same label. */
function Crop({ group: [first, ...twins], chosen, choose }) {
  const { source, label, conflict } = first;
  const name = `${label} from ${source}${twins.length ? `, ${twins.length + 1} with equal pixels` : ""}${conflict ? ", labelled differently elsewhere" : ""}`;
  return html`<li><button class=${`crop${chosen ? " chosen" : ""}${conflict ? " conflict" : ""}`} aria-expanded=${chosen ? "true" : "false"} aria-label=${name} title=${name}
    onClick=${() => choose(chosen ? null : source)}><${Pixels} picture=${first} />${twins.length ? html`<small>×${twins.length + 1}</small>` : ""}</button></li>`;
}

function Details({ example, all, done }) {
  const { label, group, conflict } = example;
  const alike = all.filter((each) => each.group === group);
  const twins = alike.filter((each) => each.label === label);
  const others = alike.filter((each) => each.label !== label);
  const from = twins.find(({ frame: name }) => rowOf.value.has(name));
  const change = reportErrors(async (to) => {
    await Promise.all(twins.map(({ source }) => relabel(source, to)));
    done();
  });
  const submit = (event) => {
    event.preventDefault();
    const to = String(new FormData(event.target).get("label")).trim();
    if (to && to !== label) change(to);
  };
  return html`<div class="example-details" role="group" aria-label=${`Example ${example.source}`}>
    <${Pixels} picture=${example} />
    <div><p>${twins.map(({ source }, k) => html`${k ? ", " : ""}<code>${source}</code>`)}${twins.length > 1 ? html` <span class="quiet">(equal pixels: they change together)</span>` : ""}</p>
    ${conflict ? html`<p class="error">The very same pixels are labelled ${others.map((each) => each.label).join(", ")} in ${others.map(({ source }) => source).join(", ")}: one of them is wrong.</p>` : ""}
    <form onSubmit=${submit} class="tools"><label>Label <input name="label" class="number" size="6" autocomplete="off" defaultValue=${label} /></label><button>Relabel</button>
      <button type="button" onClick=${() => change(null)}>Delete</button>
      ${from ? html`<button type="button" onClick=${() => goToLabel(from.frame, from.readout)}>Go to its frame</button>` : ""}</form></div>
  </div>`;
}
