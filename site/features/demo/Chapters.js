import { html } from "htm/preact";
import { BACKBONES } from "../../shared/backbones.js";
import { DISPLAYS } from "../../shared/displays.js";
import { ask, asked, isLesson } from "../../state/settings.js";
import { reportErrors } from "../../state/store.js";
import { demoStore, scoresShown } from "./demo_store.js";
import { readWindows, teachWindows, TYPED } from "./windows.js";
import { counted } from "../../shared/format.js";

/** After the first score: the same sets with the other backbone, then no picture at all, then no boxes. Each shows what it changes. */
export function Chapters() {
  const { imagenet = {}, glyphs = {} } = scoresShown.value;
  const { backbone, sets } = demoStore.shown.value ?? {};
  const tried = [sets, ...Object.keys(imagenet), ...Object.keys(glyphs)].map(Number);
  const used = [imagenet, glyphs].map((scores) => tried.find((each) => each > 0 && scores[each])).find(Boolean);
  if (!isLesson.value || !(used || glyphs[0])) return null;
  return html`<div class="chapters">
    ${
      used &&
      html`<div>
      <h3>Chapter two: a better backbone</h3>
      <${Backbone} used=${used} first=${imagenet[used]} second=${glyphs[used]} />
    </div>`
    }
    ${
      glyphs[0] &&
      (glyphs[used] || backbone === "glyphs") &&
      html`<div><h3>Chapter three: a prior</h3>
      <${Prior} none=${glyphs[0]} used=${used} taught=${glyphs[used]} isShown=${backbone === "glyphs" && sets === 0} />
      <${Lines} /></div>`
    }
  </div>`;
}

const right = ({ score }) => html`<strong class="number">${score.digits_correct} of ${score.digits_total}</strong>`;
const title = (name) => BACKBONES[name].title;

function Backbone({ used, first, second }) {
  if (!first)
    return html`<p>With ${counted(used, "set")} ${title("glyphs")} reads ${right(second)} digits of this display. What do the same pictures teach a network
      that has never seen a digit? <button onClick=${() => ask({ backbone: "imagenet", sets: used })}>Try ${title("imagenet")}</button></p>`;
  if (!second)
    return html`<p>${title("imagenet")} reads ${right(first)} digits with ${counted(used, "set")}. Keep the pictures and the layer, and change what
      looks at them: a network that takes less than a hundredth of the work, and has never seen a cat. <button onClick=${() => ask({ backbone: "glyphs", sets: used })}>Try ${title("glyphs")}</button></p>`;
  return html`<p>With ${counted(used, "set")} ${title("imagenet")} reads ${right(first)} digits, ${title("glyphs")} ${right(second)}. The same pictures,
    the same layer. What is better is the <em>embedding</em>: the 160 numbers of ${title("glyphs")} were made to tell digits apart,
    the other's 1,024 to tell cats from espresso.</p>`;
}

function Prior({ none, used, taught, isShown }) {
  return html`<p>Before its first picture ${title("glyphs")} had read ${right(none)} digits already: it has seen thousands of drawn ones. What
    one believes before seeing evidence is called a <em>prior</em>; your pictures correct it. <${Lesson} none=${none} used=${used} taught=${taught} />
    ${isShown ? "" : html` <button onClick=${() => ask({ backbone: "glyphs", sets: 0 })}>Take all pictures away</button>`}</p>`;
}

/** Whether this display needs that. */
function Lesson({ none, used, taught }) {
  const { digits_correct: before, digits_total: total } = none.score;
  if (before < total)
    return html`Here it is wrong: a prior is only as good as what it has seen, and it has not seen a display like this one. ${
      taught
        ? html`With ${counted(used, "set")} of your pictures it reads ${right(taught)}.`
        : html`<button onClick=${() => ask({ sets: 1 })}>Show it one picture of each digit</button>`
    }`;
  const other = Object.keys(DISPLAYS).find((name) => name !== asked.value.display);
  return html`Here there is nothing to correct. See one that is wrong: <button onClick=${() => ask({ display: other })}>Try the ${DISPLAYS[other].title}</button>`;
}

/** What is all prior: whole numbers, without a box or a picture. */
function Lines() {
  const { done, total, result, taught } = demoStore.windows.value ?? {};
  return html`<p>A third network, <em>Lines</em>, begins with its prior alone. It takes one window around a number, of any number of digits, and
    nobody cuts boxes or shows it a picture first. ${
      result
        ? html`<${WholeNumbers} ...${result} /> <${Taught} taught=${taught} isNeeded=${result.right < result.total} />`
        : total === undefined
          ? html`<button onClick=${reportErrors(readWindows)}>Let it read these frames</button>`
          : html`<span role="status">${done ? `It reads: ${done} of ${total}.` : "It is on its way."}</span>`
    }</p>`;
}

const rightOf = ({ right: correct, total }) => html`<strong class="number">${correct} of ${total}</strong>`;

function WholeNumbers(result) {
  const { total, right: correct, flagged, wrong } = result;
  const [one] = wrong;
  const sure = wrong.length ? `${flagged} of the ${total - correct}` : `all ${flagged}`;
  return html`<span role="status">It reads ${rightOf(result)} numbers${correct === total ? "" : `, and says of ${sure} others that it is not sure`}.</span>${
    one &&
    html` The rest is the dangerous kind, wrong without a word: in ${one.frame.replace(/\.\w+$/, "")} it took ${one.truth} for ${one.text}.
    A prior that meets what it has never seen can be wrong and sure.`
  }`;
}

/** What a few typed numbers change. */
function Taught({ taught, isNeeded }) {
  const own = html`<a href="./#bench/frames" target="_blank">read your own video</a>`;
  if (!isNeeded) return html`Now ${own}.`;
  if (!taught)
    return html`<button onClick=${reportErrors(teachWindows)}>Type the first ${TYPED} numbers for it</button>`;
  return html`<span role="status">With ${taught.typed} numbers typed it reads ${rightOf(taught)} of the others.</span> Now ${own}.`;
}
