// The service worker: keeps the site's files by their content, and answers with them where there is no network.
//
// The cache holds files under the addresses of runtime/build.js, so that a page gets the files of its own build or none.
// A build is whole in it once its manifest is. The index page is that of this worker's build: a newer one takes its place
// when the person agrees, or when no page is open.

import { addressOf, BUILD, cacheOf, lockOf, MANIFEST } from "../../runtime/build.js";
import { sha256 } from "../../shared/sha256.js";

/** @type {any} */
const worker = self;
const root = new URL("./", self.location.href);
const INDEX = "index.html";
/** Files fetched at once, while the page works. */
const TOGETHER = 4;
/** What of an answer's headers is kept: the others describe how it was sent. */
const KEPT_HEADERS = /^(content-type|content-security-policy|cross-origin-.*)$/;
const LOCK = lockOf(root, "");
/** Where the cache says which build a person has agreed to, while an older one's worker is still there. */
const AGREED = addressOf("agreed", root);

worker.addEventListener("install", (event) => event.waitUntil(install()));
worker.addEventListener("activate", (event) => event.waitUntil(tidy().then(() => worker.clients.claim())));
worker.addEventListener("message", (event) => {
  const [port] = event.ports;
  if (event.data === "build") port.postMessage(BUILD);
  if (event.data === "take over") event.waitUntil(takeOver(port));
  if (event.data === "tidy") event.waitUntil(tidy());
});
worker.addEventListener("fetch", (event) => {
  const { method, url } = event.request;
  const { origin, pathname, searchParams } = new URL(url);
  if (method !== "GET" || origin !== root.origin || !pathname.startsWith(root.pathname)) return;
  const file = pathname.slice(root.pathname.length) || INDEX;
  event.respondWith(answer(file, searchParams.get("v"), event.request));
});

/** Keep what a first visit loads, and what of the rest was kept of an older build. */
async function install() {
  const cache = await caches.open(cacheOf(root));
  const [response, { files, first }] = await fetchManifest(BUILD);
  const kept = new Set((await cache.keys()).map(({ url }) => new URL(url).pathname.slice(root.pathname.length)));
  const wanted = Object.keys(files).filter((file) => first.includes(file) || kept.has(file));
  const keepOn = async () => {
    for (let file = wanted.pop(); file; file = wanted.pop()) {
      const address = addressOf(file, root, files[file].sha256);
      if (!(await cache.match(address))) await cache.put(address, await fetchChecked(address, files[file].sha256));
    }
  };
  await Promise.all(Array.from({ length: TOGETHER }, keepOn));
  await cache.put(addressOf(MANIFEST, root, BUILD), response);
}

/** Take the place of the worker before, which has the person's word in the meantime: Chromium puts that off for minutes. */
async function takeOver(port) {
  const cache = await caches.open(cacheOf(root));
  await cache.put(AGREED, new Response(BUILD));
  port.postMessage("agreed");
  await worker.skipWaiting();
}

/** The build of a page that is opened now. */
async function current(cache) {
  const agreed = await (await cache.match(AGREED))?.text();
  return agreed && (await filesOf(cache, agreed)) ? agreed : BUILD;
}

/** `version` is what the address asks for: a build, the beginning of the file's SHA-256, or null. */
async function answer(file, version, request) {
  const address = addressOf(file, root, version ?? undefined);
  const cache = await caches.open(cacheOf(root));
  if (file === MANIFEST) {
    if (!version) return fetch(request);
    return (await cache.match(address)) ?? fetchManifest(version).then(([response]) => response, gone);
  }
  const files = await filesOf(cache, version ?? (await current(cache)));
  const sha = files ? files[file]?.sha256 : version;
  const named = sha && addressOf(file, root, sha);
  const found = named && ((await cache.match(named)) ?? (await fetchAndKeep(cache, named, sha)));
  if (found) return found;
  return version ? gone() : fetch(request);
}

async function fetchAndKeep(cache, address, sha) {
  const response = await fetchChecked(address, sha).catch(() => null);
  if (response) await cache.put(address, response.clone()).catch(() => {}); // there may be no room
  return response;
}

/** A file whose SHA-256 begins with the digits that its address names; rejects where the server has another. */
async function fetchChecked(address, sha) {
  for (const cache of /** @type {RequestCache[]} */ (["force-cache", "reload"])) {
    const response = await fetch(address, { cache });
    const bytes = await response.arrayBuffer();
    if (response.ok && (await sha256(bytes)).startsWith(sha)) return answerWith(bytes, response);
  }
  throw new Error(`${address.pathname} is of another build`);
}

async function fetchManifest(build) {
  const response = await fetch(addressOf(MANIFEST, root, build), { cache: "no-cache" });
  const bytes = await response.arrayBuffer();
  const manifest = JSON.parse(new TextDecoder().decode(bytes));
  if (manifest.build !== build) throw new Error(`${MANIFEST} is of another build`);
  return [answerWith(bytes, response), manifest];
}

const answerWith = (bytes, { headers }) =>
  new Response(bytes, { headers: [...headers].filter(([name]) => KEPT_HEADERS.test(name)) });

const gone = () => new Response("This file is of a build that is not here any more.", { status: 410 });

/** What a build's manifest says of its files; null where it is not kept. */
async function filesOf(cache, build) {
  const manifest = await cache.match(addressOf(MANIFEST, root, build));
  return manifest ? (await manifest.json()).files : null;
}

/** Let go of files of builds that no page is of. A browser that does not tell which are keeps them. */
async function tidy() {
  if (!worker.navigator.locks || worker.registration.installing || worker.registration.waiting) return;
  const { held } = await worker.navigator.locks.query();
  const open = held.filter(({ name }) => name.startsWith(LOCK)).map(({ name }) => name.slice(LOCK.length));
  const cache = await caches.open(cacheOf(root));
  const used = new Set();
  for (const build of new Set([BUILD, ...open])) {
    used.add(addressOf(MANIFEST, root, build).href);
    const files = Object.entries((await filesOf(cache, build)) ?? {});
    for (const [file, { sha256: sha }] of files) used.add(addressOf(file, root, sha).href);
  }
  await Promise.all((await cache.keys()).map((request) => used.has(request.url) || cache.delete(request)));
}
