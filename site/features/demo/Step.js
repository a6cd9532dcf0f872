import { effect } from "@preact/signals";
import { html, render } from "htm/preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { bytesOf, root } from "../../runtime/parts.js";
import { addressOf, BUILD } from "../../runtime/build.js";
import { notify, reportErrors } from "../../state/store.js";
import { demoStore, scoresShown } from "./demo_store.js";
import { drafts, edited, isRunning, outcome, runDrafts, setDraft, stop } from "./edited_code.js";
import { codeOf, linkToCode } from "./code_link.js";
import { counted } from "../../shared/format.js";

/** Things to try, by what they replace: files beside this one. */
const IDEAS = {
  softmax: { cooler_softmax: "be less sure" },
  "Prior.scores": { no_prior: "forget everything" },
  standardisation: { no_standardisation: "take the numbers as they come" },
  fit_head: { strict: "learn less from each picture", nearest_neighbours: "nearest neighbours, in six lines" },
};
const LATE_S = 5;

/** Have the editors hold the code of a link, which runs when the user says so. */
async function openLink() {
  const code = await codeOf(location.hash);
  if (!code) return;
  drafts.value = code;
  notify("This link brings code that somebody else wrote. Read it, then press Run below it: it runs when you say so.");
  history.replaceState(null, "", `${location.pathname}${location.search}#learn`);
}

/** Put an editor's controls under each source in the lesson that can be edited. */
export async function openSteps() {
  await reportErrors(openLink)();
  for (const pre of document.querySelectorAll("pre[data-edit]")) {
    const code = pre.querySelector("code");
    const holder = document.createElement("div");
    pre.after(holder);
    render(html`<${Step} pre=${pre} source=${code.dataset.source} original=${code.textContent} />`, holder);
  }
}

/** One step's source: first as it is, then in an editor. */
function Step({ pre, source, original }) {
  const name = source.split("#")[1];
  const holder = useRef(null);
  const editor = useRef(null);
  const [open, setOpen] = useState(source in drafts.value);
  const text = drafts.value[source] ?? original;

  useEffect(() => {
    if (!open) {
      const begin = () => getSelection().isCollapsed && setOpen(true);
      pre.addEventListener("click", begin);
      return () => pre.removeEventListener("click", begin);
    }
    const fromLink = source in drafts.value;
    let stopMarking = () => {};
    reportErrors(async () => {
      const { createEditor } = await import(addressOf("editor.js", root, BUILD).href);
      const onChange = (now) => setDraft(source, now, original);
      const label = `Python source of ${name}, to edit`;
      editor.current = createEditor(holder.current, {
        text: drafts.value[source] ?? original,
        label,
        onChange,
        onRun: runDrafts,
      });
      pre.hidden = true;
      if (fromLink) pre.scrollIntoView({ block: "center" });
      else editor.current.focus();
      stopMarking = effect(() => {
        const error = outcome.value?.error;
        editor.current.mark(error?.source === source ? error.line : null);
      });
    })();
    return () => stopMarking();
  }, [open]);

  const put = (next) => {
    setOpen(true);
    setDraft(source, next, original);
    editor.current?.setText(next);
  };
  const tryIdea = reportErrors(async (idea) => {
    put(new TextDecoder().decode(await bytesOf(`features/demo/ideas/${idea}.py`)).trimEnd());
    runDrafts();
  });
  const reset = () => {
    put(original);
    if (source in edited.value) runDrafts();
  };
  return html`<div class="step-editor">
    <div ref=${holder} class="editor" hidden=${!open}></div>
    <div class="step-tools">
      ${
        open
          ? html`<button class="primary" onClick=${runDrafts} aria-keyshortcuts="Control+Enter" title="Ctrl+Enter">Run</button>
        <button disabled=${text === original && !(source in edited.value)} onClick=${reset}>Reset</button>
        <button disabled=${!Object.keys(drafts.value).length} onClick=${reportErrors(share)}>Copy a link</button>`
          : html`<button onClick=${() => setOpen(true)}>Edit and run</button>`
      }
      ${isRunning.value && html`<button onClick=${stop}>Stop</button>`}
    </div>
    ${IDEAS[name] && html`<p class="quiet ideas">Try: ${Object.entries(IDEAS[name]).map(([idea, title], k) => html`${k ? ", " : ""}<button class="link" onClick=${() => tryIdea(idea)}>${title}</button>`)}.</p>`}
    ${open && html`<${Result} source=${source} />`}
  </div>`;
}

async function share() {
  await navigator.clipboard.writeText(await linkToCode(drafts.value));
  notify("The link is in the clipboard. It holds your code, and no picture.");
}

/** What the last run gave, under the editors that it concerns. */
function Result({ source }) {
  const run = outcome.value;
  const [late, setLate] = useState(false);
  useEffect(() => {
    setLate(false);
    const timer = isRunning.value && setTimeout(() => setLate(true), LATE_S * 1000);
    return () => clearTimeout(timer || undefined);
  }, [isRunning.value]);
  const changed = source in drafts.value && drafts.value[source] !== edited.value[source];
  if (!run || (changed && !isRunning.value && run.error?.source !== source))
    return changed ? html`<p class="result quiet">Changed, not yet run.</p>` : null;
  const { state, error, printed, seconds } = run;
  if (error?.source && error.source !== source) return null;
  const words = {
    starting: "A Python of its own is starting, for your code …",
    running: late ? `Still running after ${LATE_S} s. If it runs forever, stop it: nothing is lost.` : "Running …",
    stopped: "Stopped. That Python is gone; the next run starts another, and the page has lost nothing.",
    failed: error && html`<strong>${error.line ? `Line ${error.line}` : "Your code"}:</strong> ${error.words}`,
    done: html`<${Score} seconds=${seconds} />`,
  }[state];
  return html`<div class=${`result ${state}`} role="status"><p>${words}</p>${printed && html`<pre class="printed" tabindex="0" aria-label="Printed">${printed}</pre>`}</div>`;
}

function Score({ seconds }) {
  const { shown, score } = demoStore;
  const { digits_correct: right, digits_total: total } = score.value;
  const { backbone, sets } = shown.value;
  const before = scoresShown.value[backbone]?.[sets]?.score;
  const compared =
    Object.keys(edited.value).length && before && before.digits_total === total
      ? ` The original: ${before.digits_correct}.`
      : "";
  return html`<strong class="number">${right} of ${total} digits</strong> with ${counted(sets, "set")}, in ${seconds.toFixed(1)} s.${compared} <a href="#read">See all readings</a>, <a href="#matrix">see the matrix</a>.`;
}
