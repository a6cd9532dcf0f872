import * as ort from "onnxruntime-web/wasm";

self.onmessage = async ({ data }) => {
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmBinary = data.runtime;
  const session = await ort.InferenceSession.create(data.model);
  self.postMessage(session.inputNames);
};
