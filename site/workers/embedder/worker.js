// One onnxruntime session on one thread: crops in, embeddings out.

import * as ort from "onnxruntime-web/wasm";
import { reportAlive, serve, transferred } from "../../runtime/bridge.js";

/**
 * How far a session's memory may grow, in WebAssembly's pages: 1 GiB, of which MobileNet uses less than a tenth.
 * onnxruntime asks for 4 GiB. WebKit sets that aside at once, and has 64 GiB for a page and those before it.
 */
const MOST_PAGES = 16_384;
const { Memory } = WebAssembly;
WebAssembly.Memory = class extends Memory {
  /** @param {WebAssembly.MemoryDescriptor} asked */
  constructor(asked) {
    super({ ...asked, maximum: Math.min(asked.maximum ?? MOST_PAGES, MOST_PAGES) });
  }
};

let session = null;
let names = null;

/** `wasm` and `model` are the bytes of onnxruntime's wasm file and of the ONNX file, `card` the model's card. */
async function start({ wasm, model, card, lock }, progress) {
  await reportAlive({ lock }, { progress });
  ort.env.wasm.wasmBinary = wasm;
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.proxy = false;
  session = await ort.InferenceSession.create(new Uint8Array(model), { executionProviders: ["wasm"] });
  names = card;
}

/** `x`: Float32Array of `shape` (n, 3, s, s). Returns the embeddings, a Float32Array of n * d. */
async function embed({ x, shape }) {
  const tensor = new ort.Tensor("float32", x, shape);
  let result = null;
  try {
    result = (await session.run({ [names.input]: tensor }))[names.output];
    const embeddings = result.data.slice();
    return transferred(embeddings, [embeddings.buffer]);
  } finally {
    tensor.dispose();
    result?.dispose();
  }
}

const handlers = { start, embed, connect: ({ port }) => serve(port, answer) };
const answer = (method, args, { progress }) => handlers[method](args, progress);
serve(self, answer);
