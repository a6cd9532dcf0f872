// Runs in the page before its own scripts: counts the bytes of arrays and video frames that its thread sends and gets, by
// worker and way, and of regions of frames that it stores or finds stored. Python's records of what was read of a clip are
// counted apart, as `kept`. A picture to be shown is an ImageBitmap or a Blob, whose pixels are not with this thread.
globalThis.traffic = {};
{
  const add = (channel, bytes) => (globalThis.traffic[channel] = (globalThis.traffic[channel] ?? 0) + bytes);
  const weigh = (channel, value, seen = new Set()) => {
    if (value === null || typeof value !== "object" || seen.has(value)) return;
    seen.add(value);
    if (ArrayBuffer.isView(value)) return weigh(channel, value.buffer, seen);
    if (value instanceof ArrayBuffer) return add(channel, value.byteLength);
    if (value instanceof VideoFrame) return add(channel, value.allocationSize());
    for (const [key, each] of Object.entries(value)) weigh(key === "kept" ? "kept" : channel, each, seen);
  };
  const watch = (target, name) => {
    target.addEventListener("message", ({ data }) => weigh(`from ${name}`, data));
    const post = target.postMessage.bind(target);
    target.postMessage = (message, ...rest) => {
      weigh(`to ${name}`, message);
      weigh(`call ${message?.method}`, message);
      post(message, ...rest);
    };
    return target;
  };
  globalThis.Worker = class extends Worker {
    constructor(url, options) {
      super(url, options);
      watch(this, options.name);
    }
  };
  globalThis.MessageChannel = class extends MessageChannel {
    constructor() {
      super();
      for (const port of [this.port1, this.port2]) watch(port, "port");
    }
  };
  const { put } = IDBObjectStore.prototype;
  IDBObjectStore.prototype.put = function (value, ...rest) {
    if (this.name === "regions") weigh("stored", value);
    return put.call(this, value, ...rest);
  };
  for (const way of ["get", "getAll"]) {
    const ask = IDBObjectStore.prototype[way];
    IDBObjectStore.prototype[way] = function (...args) {
      const request = ask.apply(this, args);
      if (this.name === "regions") request.addEventListener("success", () => weigh("found", request.result));
      return request;
    };
  }
}
