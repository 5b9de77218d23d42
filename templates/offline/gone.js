/**
 * The service worker of a site that does not work offline. Only browsers ask for it that had been
 * given the other one, by an earlier build: it takes away what that kept, and itself.
 */
import { cacheName } from "./names.js";

const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));

worker.addEventListener("install", (event) => event.waitUntil(worker.skipWaiting()));
worker.addEventListener("activate", (event) => event.waitUntil(leave()));

async function leave() {
  await caches.delete(cacheName(worker.registration.scope));
  await worker.registration.unregister();
}
