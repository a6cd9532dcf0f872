import { html } from "htm/preact";
import { Bench } from "./Shell.js";
import { store } from "../features/demo/demo_store.js";
import { Details } from "../features/demo/Details.js";
import { Failure } from "./Failure.js";
import { Frames } from "../features/demo/DemoFrames.js";
import { Learning } from "../features/demo/Learning.js";
import { Loading } from "./Loading.js";

export function App() {
  if (store.failure.value) return html`<${Failure} failure=${store.failure.value} />`;
  return html`<${Bench}><${Loading} /><${Learning} /><${Frames} /><${Details} /></${Bench}>`;
}
