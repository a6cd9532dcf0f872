// Stands in for the service worker while the site is developed: removes itself, and any before it with all that it kept.

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(retire()));

async function retire() {
  const kept = (await caches.keys()).filter((name) => name.startsWith("readout "));
  await Promise.all(kept.map((name) => caches.delete(name)));
  await self.registration.unregister();
  const pages = kept.length ? await self.clients.matchAll({ type: "window" }) : [];
  await Promise.all(pages.map((page) => page.navigate(page.url).catch(() => {}))); // it is loaded anew just now
}
