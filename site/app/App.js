import { html } from "htm/preact";
import { demoStore } from "../features/demo/demo_store.js";
import { DemoFrames } from "../features/demo/DemoFrames.js";
import { Details } from "../features/demo/Details.js";
import { Learning } from "../features/demo/Learning.js";
import { Failure } from "./Failure.js";
import { Loading } from "./Loading.js";
import { Shell } from "./Shell.js";

export function App() {
  if (demoStore.failure.value) return html`<${Failure} failure=${demoStore.failure.value} />`;
  return html`<${Shell}><${Loading} /><${Learning} /><${DemoFrames} /><${Details} /></${Shell}>`;
}
