// One onnxruntime session on one thread: crops in, embeddings out.

import * as ort from "onnxruntime-web/wasm";
import { holdLock, serve, transferred } from "../bridge.js";

let session = null;

/** `wasm` and `model` are the bytes of onnxruntime's wasm file and of the ONNX file. */
async function start({ wasm, model, card, lock }) {
  await holdLock(lock);
  ort.env.wasm.wasmBinary = wasm;
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.proxy = false;
  session = await ort.InferenceSession.create(new Uint8Array(model), { executionProviders: ["wasm"] });
  session.card = card;
}

/** `x`: Float32Array of `shape` (n, 3, s, s). Returns the embeddings, a Float32Array of n * d. */
async function embed({ x, shape }) {
  const { input, output } = session.card;
  const tensor = new ort.Tensor("float32", x, shape);
  const results = await session.run({ [input]: tensor });
  const embeddings = results[output].data.slice();
  tensor.dispose();
  results[output].dispose();
  return transferred(embeddings, [embeddings.buffer]);
}

const handlers = { start, embed, connect: ({ port }) => serve(port, (method, args) => handlers[method](args)) };
serve(self, (method, args) => handlers[method](args));
