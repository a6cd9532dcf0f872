import { html } from "htm/preact";
import { BACKBONES } from "../../shared/backbones.js";
import { ask, isLesson } from "../../state/settings.js";
import { demoStore } from "./demo_store.js";

/** After the first score: the same sets with the other backbone, then no picture at all. Each shows what it changes. */
export function Chapters() {
  const { imagenet = {}, glyphs = {} } = demoStore.history.value;
  const { backbone, sets } = demoStore.shown.value ?? {};
  const used = [sets, ...Object.keys(imagenet)].map(Number).find((each) => each > 0 && imagenet[each]);
  if (!isLesson.value || !used) return null;
  return html`<div class="chapters">
    <div>
      <h3>Chapter two: a better backbone</h3>
      <${Backbone} used=${used} first=${imagenet[used]} second=${glyphs[used]} />
    </div>
    ${
      glyphs[used] &&
      glyphs[0] &&
      html`<div><h3>Chapter three: a prior</h3><${Prior} none=${glyphs[0]} isShown=${backbone === "glyphs" && sets === 0} /></div>`
    }
  </div>`;
}

const right = ({ score }) => html`<strong class="number">${score.digits_correct} of ${score.digits_total}</strong>`;
const title = (name) => BACKBONES[name].title;
const setsOf = (count) => `${count} ${count === 1 ? "set" : "sets"}`;

function Backbone({ used, first, second }) {
  if (!second)
    return html`<p>${title("imagenet")} reads ${right(first)} digits with ${setsOf(used)}. Keep the pictures and the layer, and change what
      looks at them: a network that takes less than a hundredth of the work, and has never seen a cat. <button onClick=${() => ask({ backbone: "glyphs", sets: used })}>Try ${title("glyphs")}</button></p>`;
  return html`<p>With ${setsOf(used)} ${title("imagenet")} reads ${right(first)} digits, ${title("glyphs")} ${right(second)}. The same pictures,
    the same layer. What is better is the <em>embedding</em>: the 160 numbers of ${title("glyphs")} were made to tell digits apart,
    the other's 1,024 to tell cats from espresso.</p>`;
}

function Prior({ none, isShown }) {
  return html`<p>Before its first picture ${title("glyphs")} had read ${right(none)} digits already: it has seen thousands of drawn ones. What
    one believes before seeing evidence is called a <em>prior</em>; your pictures correct it. The network of lines has one, too: it reads
    <a href="./#bench/frames" target="_blank">whole numbers</a> that nobody cut into boxes.
    ${isShown ? "" : html` <button onClick=${() => ask({ backbone: "glyphs", sets: 0 })}>Take all pictures away</button>`}</p>`;
}
