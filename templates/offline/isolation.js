/**
 * What a page of an isolated site does, too. The headers come from the service worker, which a first
 * visit begins without: once it is at work, the page is loaded again, unless that could cost the
 * visitor something. Then the next visit is isolated.
 */
const EARLY = 30_000; // milliseconds; whoever has been reading for longer is left in peace
const site = new URL("..", import.meta.url).pathname;
const RELOADED = `mlpages:${site}:reloaded`;

let isDropped = false;
addEventListener("drop", () => (isDropped = true), true); // browsers do not count it as use

// Without a service worker nothing happens; nor where the host itself isolates the pages.
if (!crossOriginIsolated) navigator.serviceWorker?.addEventListener("controllerchange", wait);

/** A worker that has taken over keeps the page first, and answers nothing until it has. */
function wait() {
  reloadOnce();
  navigator.serviceWorker.controller?.addEventListener("statechange", reloadOnce);
}

function reloadOnce() {
  if (navigator.serviceWorker.controller?.state !== "activated") return;
  const isUsed = isDropped || navigator.userActivation?.hasBeenActive !== false;
  if (isUsed || performance.now() > EARLY) return;
  // Once for each site and tab: where it does not help, doing it again would not, either.
  if (sessionStorage.getItem(RELOADED)) return;
  sessionStorage.setItem(RELOADED, "yes");
  location.reload();
}
