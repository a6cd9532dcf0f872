// In a bare page of the site's origin: the shipped Pyodide, wheel, data and embedder, driven by hand.
async (script) => {
  const root = new URL(".", location.href);
  const { files } = await (await fetch("manifest.json")).json();
  const bytes = async (file) => (await fetch(file)).arrayBuffer();

  const { loadPyodide } = await import(new URL("pyodide/pyodide.mjs", root));
  const pyodide = await loadPyodide({ indexURL: new URL("pyodide/", root).href, packages: ["numpy", "pillow", "micropip"] });
  const wheel = Object.keys(files).find((file) => file.startsWith("py/"));
  await pyodide.pyimport("micropip").install(new URL(wheel, root).href);
  pyodide.unpackArchive(await bytes("data/demo.zip"), "zip", { extractDir: "/dataset" });
  pyodide.FS.mkdir("/dataset/frames");
  for (const file of Object.keys(files).filter((name) => /frames\/image-000[1-5]/.test(name))) {
    pyodide.FS.writeFile(`/dataset/${file.slice(5)}`, new Uint8Array(await bytes(file)));
  }
  const python = pyodide.runPython(script);
  const crops = python.get("crops").toJs();

  const worker = new Worker("workers/embedder.js", { type: "module" });
  const call = (id, method, args) =>
    new Promise((resolve, reject) => {
      worker.addEventListener("message", ({ data }) => data.id === id && (data.error ? reject(data.error) : resolve(data.value)));
      worker.postMessage({ id, method, args });
    });
  const model = "models/mobilenet_v1_imagenet";
  const card = await (await fetch(`${model}.json`)).json();
  await call(1, "start", { wasm: await bytes("ort/ort-wasm-simd-threaded.wasm"), model: await bytes(`${model}.onnx`), card, lock: "parity" });
  const embeddings = [];
  const step = Math.floor(crops.length / 24);
  for (let k = 0; k < crops.length; k += step) {
    const view = python.get("tensor")(k).getBuffer("f32");
    embeddings.push([...(await call(k + 2, "embed", { x: view.data.slice(), shape: [...view.shape] }))]);
    view.release();
  }
  return { crops, embeddings };
}
