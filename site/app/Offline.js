import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { keepAll, missing, newer, useNewer } from "../runtime/offline.js";
import { allStored } from "../session/persistence.js";
import { notify, reportErrors } from "../state/store.js";

/** Whether the page works without a network, and what more of it can be kept. */
export function Offline() {
  const [busy, setBusy] = useState(false);
  const bytes = missing.value;
  if (bytes === null) return null;
  if (bytes === 0) return html`<p class="offline quiet">All of this page works offline.</p>`;
  const size = `${(bytes / 1e6).toFixed(1)} MB`;
  const keep = reportErrors(async () => {
    setBusy(true);
    const done = await keepAll();
    setBusy(false);
    if (!done) notify("Not all of it came: check the connection, or that there is room on the disk.", "error");
  });
  return html`<p class="offline quiet">This page works offline, with the parts that were used so far.
    <button class="small" disabled=${busy} onClick=${keep}>${busy ? "Fetching" : "Make all available offline"} (${size})</button></p>`;
}

/** A newer version is there: the page goes on with its own until the person agrees. */
export function NewerVersion() {
  const [asked, setAsked] = useState(false);
  if (!newer.value) return null;
  const change = reportErrors(async () => {
    setAsked(true);
    await allStored();
    await useNewer();
  });
  return html`<p class="strip" role="status">A newer version of Readout is here. This page goes on with its own until it is reloaded.
    <button class="small" disabled=${asked} onClick=${change}>Use it now</button></p>`;
}
