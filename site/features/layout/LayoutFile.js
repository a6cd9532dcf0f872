import { html } from "htm/preact";
import { LAYOUT_FILE } from "../../shared/constants.js";
import { download } from "../../shared/download.js";
import { layout, notify } from "../../state/store.js";
import { misfit, trouble, troubleAt } from "./editor_state.js";
import { layoutAddress, layoutText, takeLayout } from "./edits.js";

/** Layouts as files and links, which hold boxes and no pixels. */
export function LayoutFile() {
  const none = !layout.value;
  const open = async ({ target }) => {
    const [file] = target.files;
    if (file && (await takeLayout(await file.text()))) notify(`The layout of “${file.name}” is in place.`);
    target.value = "";
  };
  const paste = async (event) => {
    event.preventDefault();
    const [field] = event.target.elements;
    if (field.value.trim() && (await takeLayout(field.value.trim()))) field.value = "";
  };
  return html`<section class="panel layout-file" aria-labelledby="layout-title">
    <h3 id="layout-title">Use the layout again</h3>
    <div class="tools">
      <button disabled=${none} onClick=${save}>Save layout</button>
      <label class="button">Load layout <input class="unseen" type="file" accept=".json,application/json" onChange=${open} /></label>
      <button disabled=${none} onClick=${copy}>Copy link</button>
    </div>
    <form class="layout-field" onSubmit=${paste}><input aria-label="Link of a layout" placeholder="or paste a link" autocomplete="off" spellcheck=${false} /><button>Use it</button></form>
    <p class=${troubleAt("layout") ? "error" : "quiet"} role="status">${troubleAt("layout") || (misfit.value ? "" : "For more frames of the same display. The link holds the boxes and no picture.")}</p>
  </section>`;
}

const save = async () => download(LAYOUT_FILE, new Blob([await layoutText()], { type: "application/json" }));

async function copy() {
  try {
    const address = await layoutAddress();
    await navigator.clipboard.writeText(address).then(
      () => notify("Copied. The link holds the boxes and no picture."),
      () => notify(`Your browser keeps the clipboard closed; here is the link: ${address}`),
    );
  } catch (error) {
    trouble("layout", error.message);
  }
}
