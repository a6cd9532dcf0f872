import { html } from "htm/preact";
import { DemoFrames } from "../features/demo/DemoFrames.js";
import { Details } from "../features/demo/Details.js";
import { Learning } from "../features/demo/Learning.js";
import { failure } from "../state/failures.js";
import { Failure } from "./Failure.js";
import { Loading } from "./Loading.js";
import { Shell } from "./Shell.js";

export function App() {
  if (failure.value) return html`<${Failure} failure=${failure.value} />`;
  return html`<${Shell}><${Loading} /><${Learning} /><${DemoFrames} /><${Details} /></${Shell}>`;
}
