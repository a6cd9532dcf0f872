import { html } from "htm/preact";
import { Bench } from "../bench/views/shell.js";
import { store } from "../store.js";
import { Details } from "./details.js";
import { Failure } from "./failure.js";
import { Frames } from "./frames.js";
import { Learning } from "./learning.js";
import { Loading } from "./loading.js";

export function App() {
  if (store.failure.value) return html`<${Failure} failure=${store.failure.value} />`;
  return html`<${Bench}><${Loading} /><${Learning} /><${Frames} /><${Details} /></${Bench}>`;
}
