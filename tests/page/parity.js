// In a bare page of the site's origin: the shipped Pyodide, wheel, data and embedder, driven by hand.
async ([startEmbedder, { script, model, size }]) => {
  const root = new URL(".", location.href);
  const { files } = await (await fetch("manifest.json")).json();
  const bytes = async (file) => (await fetch(file)).arrayBuffer();

  const { loadPyodide } = await import(new URL("pyodide/pyodide.mjs", root));
  const pyodide = await loadPyodide({
    indexURL: new URL("pyodide/", root).href,
    packages: ["numpy", "pillow", "micropip"],
  });
  const wheel = Object.keys(files).find((file) => file.startsWith("py/"));
  await pyodide.pyimport("micropip").install(new URL(wheel, root).href);
  pyodide.unpackArchive(await bytes("data/demo.zip"), "zip", { extractDir: "/dataset" });
  pyodide.FS.mkdir("/dataset/frames");
  for (const file of Object.keys(files).filter((name) => name.startsWith("data/frames/"))) {
    pyodide.FS.writeFile(`/dataset/${file.slice("data/".length)}`, new Uint8Array(await bytes(file)));
  }
  const python = pyodide.runPython(script, { globals: pyodide.toPy({ size }) });
  const crops = python.get("crops").toJs();

  const { embed } = await startEmbedder(`models/${model}`);
  const embeddings = [];
  for (let k = 0; k < crops.length; k++) {
    const view = python.get("tensor")(k).getBuffer("f32");
    embeddings.push([...(await embed(view.data.slice(), [...view.shape]))].map((x) => Math.round(x * 1e5) / 1e5));
    view.release();
  }
  return { crops, embeddings };
};
