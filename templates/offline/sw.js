/**
 * The service worker of a site that works offline: what somebody has visited opens without a
 * network. Pages come from the network while there is one, so a new build is seen at once; files
 * come from what is kept, since their names carry their hashes. It is the same for every build.
 */
import { addressOf, isPage } from "./names.js";
import { Kept } from "./kept.js";

const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));
const { scope } = worker.registration;
const kept = new Kept(scope);

worker.addEventListener("install", (event) => event.waitUntil(worker.skipWaiting()));
worker.addEventListener("activate", (event) => event.waitUntil(keepOpenPages()));
worker.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || !request.url.startsWith(scope)) return;
  if (request.mode === "navigate") event.respondWith(answerPage(event));
  // What begins with a dot belongs to the server that the page is being worked on with.
  else if (request.url[scope.length] !== ".") event.respondWith(answerFile(event));
});

/** The pages that are open came before this worker: keep them, too. */
async function keepOpenPages() {
  await worker.clients.claim();
  for (const { url } of await worker.clients.matchAll({ type: "window" })) {
    await keepPage(fetch(addressOf(url)), url);
  }
}

/** @param {FetchEvent} event */
async function answerPage(event) {
  const { url } = event.request;
  let response;
  try {
    response = await fetch(event.request);
  } catch (error) {
    const page = await kept.match(addressOf(url));
    if (page) return page;
    throw error;
  }
  event.waitUntil(keepPage(response.clone(), url));
  return response;
}

/**
 * @param {Response | Promise<Response>} response
 * @param {string} url that it was asked for by
 */
async function keepPage(response, url) {
  try {
    const page = await response;
    if (!isPage(addressOf(url))) return; // a download
    if (page.ok) await kept.keep(page, url);
    if (page.status === 404) await kept.forget(url);
    await kept.sweep();
  } catch (error) {
    // It is tried again at the next visit; what was kept of the page is as it was.
    console.warn(`${url} could not be kept for use without a network: ${error}`);
  }
}

/** @param {FetchEvent} event */
async function answerFile(event) {
  const { url } = event.request;
  const file = await kept.match(url);
  if (file) return file;
  const response = await fetch(event.request);
  if (response.ok) event.waitUntil(kept.keepFile(url, response.clone()));
  return response;
}
