// The message contract between the page and its workers, over a real MessageChannel.

import assert from "node:assert/strict";
import test from "node:test";
import { Bridge, serve, transferred } from "../../site/runtime/bridge.js";

const methods = {
  add: ({ a, b }) => a + b,
  fail() {
    throw Object.assign(new RangeError("too far"), { file: "x.wasm" });
  },
  count(_, { progress }) {
    for (let k = 0; k < 3; k++) progress(k);
    return "done";
  },
  move() {
    const x = new Float32Array([1, 2]);
    return transferred(x, [x.buffer]);
  },
  async long(_, { progress }) {
    for (;;) {
      await new Promise((done) => setTimeout(done, 5));
      progress("on");
    }
  },
  never: () => new Promise(() => {}),
};

const outcome = (promise) =>
  promise.then(
    (value) => ({ value }),
    ({ name, message, traceback, file }) => ({
      error: { name, message, file, traced: traceback?.includes("too far") },
    }),
  );

/** A test with a bridge to these methods, what was called, and what was told of its end. */
const bridged = (what, body) =>
  test(what, async () => {
    const { port1, port2 } = new MessageChannel();
    const [calls, deaths] = [[], []];
    serve(port2, async (method, args, how) => {
      calls.push(method);
      return methods[method](args, how);
    });
    const bridge = new Bridge(port1, "test", { onFailure: (error) => deaths.push(error.message) });
    await body(bridge, calls, deaths);
    port1.close();
  });

bridged("a call resolves with its value", async (bridge) => {
  assert.deepEqual(await outcome(bridge.call("add", { a: 2, b: 3 })), { value: 5 });
});

bridged("an error keeps its name, message, traceback and facts", async (bridge) => {
  const error = { name: "RangeError", message: "too far", file: "x.wasm", traced: true };
  assert.deepEqual(await outcome(bridge.call("fail")), { error });
});

bridged("progress comes in order, before the reply", async (bridge) => {
  const seen = [];
  const last = await bridge.call("count", {}, { onProgress: (n) => seen.push(n) });
  assert.deepEqual([...seen, last], [0, 1, 2, "done"]);
});

bridged("replies find their calls", async (bridge) => {
  assert.deepEqual(await Promise.all([1, 2, 3].map((a) => bridge.call("add", { a, b: 10 }))), [11, 12, 13]);
});

bridged("arrays are moved", async (bridge) => {
  assert.deepEqual([...(await bridge.call("move"))], [1, 2]);
});

bridged("an aborted call rejects at once, and the other side stops", async (bridge) => {
  const stop = new AbortController();
  let news = 0;
  const onProgress = () => news++ || stop.abort();
  const { error } = await outcome(bridge.call("long", {}, { signal: stop.signal, onProgress }));
  const before = news;
  await new Promise((done) => setTimeout(done, 60));
  assert.deepEqual([error.name, news === before, bridge.busy], ["AbortError", true, 0]);
});

bridged("a call under an aborted signal is not sent", async (bridge, calls) => {
  const { error } = await outcome(bridge.call("add", {}, { signal: AbortSignal.abort() }));
  await bridge.call("add", { a: 1, b: 1 });
  assert.deepEqual([error.name, calls], ["AbortError", ["add"]]);
});

bridged("a failure rejects waiting and later calls, and is told once", async (bridge, _, deaths) => {
  const waiting = outcome(bridge.call("never"));
  bridge.fail(new Error("dead"));
  bridge.fail(new Error("again"));
  const later = outcome(bridge.call("add", { a: 1, b: 1 }));
  assert.deepEqual([(await waiting).error.message, (await later).error.message, deaths], ["dead", "dead", ["dead"]]);
});
