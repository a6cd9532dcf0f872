// What is dropped, pasted or picked, for test_importing.py.

const tools = () => import(new URL("modules.js", location.href));

/** A file of [path, data in base64, type]. */
function file([path, data, type]) {
  const made = new File([Uint8Array.from(atob(data), (c) => c.charCodeAt(0))], path.split("/").pop(), {
    type: type ?? "",
  });
  if (path.includes("/")) Object.defineProperty(made, "webkitRelativePath", { value: path });
  return made;
}

const text = async (item) => (await item.open()).text();

const told = ({ frames, clips, dataset, project, skipped }) => ({
  frames: frames.map(({ name }) => name),
  clips: clips.map(({ name }) => name),
  dataset: dataset?.files.map(({ name }) => name) ?? null,
  project: project?.name ?? null,
  skipped: skipped.map(({ name, why }) => [name, why]),
});

const outcome = (promise) =>
  promise.then(
    (value) => ({ value }),
    ({ name, message }) => ({ error: name, message }),
  );

export async function gatherFiles(given) {
  const m = await tools();
  return told(await m.gather(given.map(file), { listZip: m.listZip }));
}

/** Gathers what is dropped on the page next. */
export async function awaitDrop() {
  const m = await tools();
  window.dropped = new Promise((resolve) => {
    addEventListener("dragover", (event) => event.preventDefault());
    addEventListener("drop", (event) => {
      event.preventDefault();
      resolve(m.gather(event.dataTransfer, { listZip: null }));
    });
  });
}

export async function gatherPicked() {
  const m = await tools();
  return told(await m.gather(document.querySelector("input").files, { listZip: m.listZip }));
}

export async function gatherDropped() {
  const all = await window.dropped;
  return { ...told(all), first: await text(all.frames[120]) };
}

export async function gatherPasted() {
  const m = await tools();
  const data = new DataTransfer();
  data.items.add("some words", "text/plain");
  data.items.add(new File(["x"], "image.png", { type: "image/png" }));
  const clip = new ClipboardItem({
    "text/plain": new Blob(["a"], { type: "text/plain" }),
    "image/png": new Blob(["b"], { type: "image/png" }),
  });
  const options = { listZip: m.listZip };
  const words = new DataTransfer();
  words.items.add("words only", "text/plain");
  return [await m.gather(data, options), await m.gather([clip, clip], options), await m.gather(words, options)].map(
    told,
  );
}

export async function unpackFrames(given) {
  const m = await tools();
  const all = await m.gather(given.map(file), { listZip: m.listZip });
  return { ...told(all), texts: await Promise.all(all.frames.map(text)), sizes: all.frames.map(({ size }) => size) };
}

export async function unpackDataset(given) {
  const m = await tools();
  const all = await m.gather(given.map(file), { listZip: m.listZip });
  const bytes = new Uint8Array(await (await all.frames[6].open()).arrayBuffer());
  return { ...told(all), sum: bytes.reduce((sum, byte) => (sum + byte) % 65521, 0), length: bytes.length };
}

export async function openFirst(given) {
  const m = await tools();
  const all = await m.gather(given.map(file), { listZip: m.listZip });
  return outcome(all.frames[0].open());
}

export async function decodeRegions(given) {
  const m = await tools();
  const [data, regions] = given;
  const { thumbnail, refusal, ...found } = await m.decode(file(["a.png", data]), {
    regions,
    thumbnail: true,
    digest: true,
  });
  const small = thumbnail && (await createImageBitmap(thumbnail));
  return {
    ...found,
    thumbnail: small && [thumbnail.type, small.width, small.height, thumbnail.size],
    regions: m.holder.used(found.regions).map(({ rgba, ...region }) => ({ ...region, rgba: [...rgba] })),
  };
}

export async function drawThumbnail(given) {
  const m = await tools();
  const { thumbnail } = await m.decode(file(["a.png", given]), { thumbnail: true });
  const context = new OffscreenCanvas(160, 80).getContext("2d");
  context.drawImage(await createImageBitmap(thumbnail), 0, 0);
  return [40, 120].map((x) => [...context.getImageData(x, 40, 1, 1).data]);
}

export async function decodeUntrusted(given) {
  const m = await tools();
  const { thumbnail, width } = await m.decode(file(["a.png", given]), { thumbnail: true });
  return [thumbnail, width, m.holder.used(await m.handBytes(file(["a.png", given]))).length];
}

export async function decodeAll(given) {
  const m = await tools();
  const all = given.map(file);
  return Promise.all(all.map((each) => outcome(m.decode(each, { digest: true, thumbnail: true }))));
}

export async function declaredSizes(given) {
  const m = await tools();
  const sizeOf = (data, length) => m.declaredSize(Uint8Array.from(atob(data), (c) => c.charCodeAt(0)).slice(0, length));
  return given.map((data) => [sizeOf(data), [0, 3, 11, 17].map((length) => sizeOf(data, length))]);
}

export async function decodeByName(given) {
  const m = await tools();
  const a = file(["a.png", given]);
  m.filesByName.set("a.png", async () => a);
  m.filesByName.set("gone.png", async () => undefined);
  const found = await m.decode("a.png");
  return [found, await outcome(m.decode("gone.png")), await outcome(m.decode("never.png"))];
}

export async function decodeInput() {
  const m = await tools();
  const [a] = document.querySelector("input").files;
  return Promise.all([true, false].map((digest) => outcome(m.decode(a, { digest }))));
}

export async function abortMany(given) {
  const m = await tools();
  const begun = [];
  const stop = new AbortController();
  const opens = { never: () => new Promise(() => {}), soon: async () => file(["a.png", given]) };
  const begin = (how, k, signal) => outcome(m.decode(() => (begun.push(k), opens[how]()), { signal }));
  const all = Array.from({ length: 9 }, (_, k) => begin("never", k, stop.signal));
  await new Promise((done) => setTimeout(done, 20));
  all.push(begin("soon", 9));
  const before = [...begun];
  stop.abort();
  const found = await Promise.all(all);
  return [found.map(({ error, value }) => error ?? value.width), before, begun, navigator.hardwareConcurrency];
}

export async function queueMany(given) {
  const m = await tools();
  const order = [];
  let [now, most] = [0, 0];
  const slow = (k) => async () => {
    order.push(k);
    most = Math.max(most, ++now);
    await new Promise((done) => setTimeout(done, 20));
    now--;
    return file(["a.png", given]);
  };
  const all = Array.from({ length: 20 }, (_, k) => m.decode(slow(k)));
  all.push(m.decode(slow("urgent"), { urgent: true }));
  await Promise.all(all);
  return [order, most, navigator.hardwareConcurrency];
}

export async function isForPython(given) {
  const m = await tools();
  return Boolean((await m.decode(file(["a.png", given]), { digest: true })).expand);
}

export async function decodeOne(given) {
  const m = await tools();
  await m.decode(file(["a.png", given]));
}

export async function decodeMany(given) {
  const m = await tools();
  return (await Promise.all(Array.from({ length: 8 }, () => m.decode(file(["a.png", given]))))).map(
    ({ width }) => width,
  );
}

/** Ends a worker, once it has answered. */
export const endWorker = () => void setTimeout(() => self.close(), 20);
