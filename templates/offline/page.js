/**
 * What a page of a site that works offline does beside its own work: it sees to it that the
 * service worker in the site's root is there. It comes last: the page's own files go first.
 */
addEventListener("load", () => {
  // Browsers offer service workers on https and localhost alone; elsewhere the page works online.
  navigator.serviceWorker?.register(new URL("../sw.js", import.meta.url)).catch((error) => {
    console.warn(`The site cannot be kept for use without a network: ${error}`);
  });
});
