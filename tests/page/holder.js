// Stands for Python, as far as it holds pixels: `holder.used(value)` has them in place of their references.

import { Bridge, serve } from "../../site/runtime/bridge.js";
import { HeldArrays } from "../../site/runtime/pixel_port.js";
import { linkDecoders } from "../../site/runtime/worker_host.js";

export const holder = new HeldArrays();

const { port1, port2 } = new MessageChannel();
const ends = {
  link: ({ port }) => serve(port, (method, args) => holder[method](args)),
  release: holder.release,
};
serve(port1, (method, args) => ends[method](args));
linkDecoders(new Bridge(port2, "Python"));
