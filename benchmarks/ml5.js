// The job as an ml5.js page does it: TensorFlow.js in WebAssembly on the page's own thread, ImageNet
// features of one crop at a time, and the head of ml5's feature extractor trained on them.
//
// Two things are in ml5's favour: bias and ReLU6 are fused into their convolution, and classifying
// does not wait for an animation frame first.

import * as tf from "@tensorflow/tfjs-core";
import { layers, sequential } from "@tensorflow/tfjs-layers";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";

const SIZE = 224;
const FEATURES = [7, 7, 1024];
const HEAD = { units: 100, learningRate: 1e-4, epochs: 20, batchShare: 0.4 };

let network = [];

/** Start the backend whose files lie in the folder `wasm`, and read the network from the folder `files`. */
export async function start({ wasm, files }) {
  setWasmPaths(wasm);
  await tf.setBackend("wasm");
  const [described, weights] = await Promise.all([
    fetch(`${files}mobilenet.json`).then((response) => response.json()),
    floats(`${files}mobilenet.bin`),
  ]);
  let at = 0;
  const take = (shape) => tf.tensor(weights.subarray(at, (at += tf.util.sizeFromShape(shape))), shape);
  network = described.map(({ shape, outputs, ...layer }) => ({ ...layer, filter: take(shape), bias: take([outputs]) }));
  const [simd, threads] = await Promise.all(
    ["WASM_HAS_SIMD_SUPPORT", "WASM_HAS_MULTITHREAD_SUPPORT"].map((flag) => tf.env().getAsync(flag)),
  );
  return { version: tf.version_core, backend: tf.getBackend(), simd, threads };
}

/** Pooled features, n rows of 1024, of the crops in a file: float32 (n, 3, 224, 224) in [-1, 1]. */
export async function embeddings(url) {
  const crops = await cropsIn(url);
  const rows = crops.map((crop) => tf.tidy(() => Array.from(tf.mean(infer(crop), [1, 2]).dataSync())));
  tf.dispose(crops);
  return rows;
}

/** Milliseconds of each of `calls` inferences after `warmUp` others, taking the crops of a file in turn. */
export async function timing({ url, warmUp, calls }) {
  const crops = await cropsIn(url);
  const times = [];
  for (let call = 0; call < warmUp + calls; call++) {
    const begun = performance.now();
    infer(crops[call % crops.length]).dispose();
    if (call >= warmUp) times.push(performance.now() - begun);
  }
  tf.dispose(crops);
  return times;
}

/**
 * Learn `training`, a list of {url, label}, then read the `boxes` of each frame.
 * Returns the seconds of both, of fitting the head alone, and the labels read, one list a frame. The training pictures are loaded
 * before the clock starts, the frames while it runs.
 */
export async function job({ training, frames, boxes }) {
  const pictures = await Promise.all(training.map(({ url }) => picture(url)));
  const labels = training.map(({ label }) => label);
  const begun = performance.now();
  const { head, classes, fit_s } = await train(pictures, labels);
  const trained = performance.now();
  const read = [];
  for (const url of frames) {
    const frame = await picture(url);
    read.push(boxes.map((box) => classes[classify(head, pixels(frame, box))]));
    frame.close();
  }
  const done = performance.now();
  head.dispose();
  return { train_s: (trained - begun) / 1000, fit_s, read_s: (done - trained) / 1000, labels: read };
}

async function train(pictures, labels) {
  const classes = [...new Set(labels)].sort();
  const examples = pictures.map((bitmap) => inferPixels(pixels(bitmap, [0, 0, bitmap.width, bitmap.height])));
  const xs = tf.concat(examples);
  const ys = tf.oneHot(
    tf.tensor1d(
      labels.map((label) => classes.indexOf(label)),
      "int32",
    ),
    classes.length,
  );
  const kernelInitializer = "varianceScaling";
  const head = sequential({
    layers: [
      layers.flatten({ inputShape: FEATURES }),
      layers.dense({ units: HEAD.units, activation: "relu", kernelInitializer, useBias: true }),
      layers.dense({ units: classes.length, activation: "softmax", kernelInitializer, useBias: false }),
    ],
  });
  head.compile({ optimizer: tf.train.adam(HEAD.learningRate), loss: "categoricalCrossentropy" });
  const begun = performance.now();
  const batchSize = Math.floor(labels.length * HEAD.batchShare);
  await head.fit(xs, ys, { batchSize, epochs: HEAD.epochs, shuffle: true });
  const fit_s = (performance.now() - begun) / 1000;
  tf.dispose([examples, xs, ys]);
  return { head, classes, fit_s };
}

const classify = (head, image) => tf.tidy(() => tf.argMax(head.predict(inferPixels(image)), 1).dataSync()[0]);

/** ImageData of any size to features (1, 7, 7, 1024). */
function inferPixels(image) {
  return tf.tidy(() => {
    const resized = tf.image.resizeBilinear(tf.browser.fromPixels(image), [SIZE, SIZE]);
    return infer(tf.expandDims(tf.sub(tf.div(resized, 127.5), 1)));
  });
}

/** A crop (1, 224, 224, 3) in [-1, 1] to features (1, 7, 7, 1024). */
function infer(crop) {
  return tf.tidy(() =>
    network.reduce((x, { filter, bias, stride, depthwise }) => {
      const convolve = depthwise ? tf.fused.depthwiseConv2d : tf.fused.conv2d;
      return convolve({ x, filter, bias, strides: stride, pad: "same", activation: "relu6" });
    }, crop),
  );
}

async function cropsIn(url) {
  const values = await floats(url);
  return tf.tidy(() => {
    const crops = tf.transpose(tf.tensor4d(values, [values.length / (3 * SIZE * SIZE), 3, SIZE, SIZE]), [0, 2, 3, 1]);
    return tf.split(crops, crops.shape[0]);
  });
}

const floats = async (url) => new Float32Array(await (await fetch(url)).arrayBuffer());

const picture = async (url) => createImageBitmap(await (await fetch(url)).blob());

/** The part of a bitmap inside a box, drawn one to one. */
function pixels(bitmap, [x, y, width, height]) {
  const canvas = new OffscreenCanvas(Math.ceil(width), Math.ceil(height));
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, x, y, width, height, 0, 0, canvas.width, canvas.height);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}
