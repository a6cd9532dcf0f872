import { html } from "htm/preact";
import { store } from "../store.js";
import { Details } from "./details.js";
import { Failure } from "./failure.js";
import { Frames } from "./frames.js";
import { Learning } from "./learning.js";
import { Loading } from "./loading.js";

export function App() {
  if (store.failure.value) return html`<${Failure} failure=${store.failure.value} />`;
  return html`<${Loading} /><${Learning} /><${Frames} /><${Details} />`;
}
