import { html } from "htm/preact";
import { store } from "../features/demo/demo_store.js";
import { Frames } from "../features/demo/DemoFrames.js";
import { Details } from "../features/demo/Details.js";
import { Learning } from "../features/demo/Learning.js";
import { Failure } from "./Failure.js";
import { Loading } from "./Loading.js";
import { Bench } from "./Shell.js";

export function App() {
  if (store.failure.value) return html`<${Failure} failure=${store.failure.value} />`;
  return html`<${Bench}><${Loading} /><${Learning} /><${Frames} /><${Details} /></${Bench}>`;
}
