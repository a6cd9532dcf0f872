// An embedder worker of the shipped site, driven by hand: resolves with {embed, seconds}.
async (model) => {
  const bytes = async (file) => (await fetch(file)).arrayBuffer();
  const card = await (await fetch(`${model}.json`)).json();
  const args = {
    wasm: await bytes("ort/ort-wasm-simd-threaded.wasm"),
    model: await bytes(`${model}.onnx`),
    card,
    lock: `by hand ${crypto.randomUUID()}`,
  };
  const worker = new Worker("workers/embedder.js", { type: "module" });
  let calls = 0;
  const call = (method, sent) => {
    const own = calls++;
    return new Promise((resolve, reject) => {
      worker.addEventListener("error", ({ message }) => reject(new Error(message || "the worker did not start")));
      worker.addEventListener("message", ({ data }) => {
        if (data.id === own && "error" in data) reject(new Error(data.error.message));
        else if (data.id === own && "value" in data) resolve(data.value);
      });
      worker.postMessage({ id: own, method, args: sent });
    });
  };
  const start = performance.now();
  await call("start", args);
  return { embed: (x, shape) => call("embed", { x, shape }), seconds: (performance.now() - start) / 1000 };
};
