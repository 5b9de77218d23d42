/**
 * The service worker of a site whose pages are cross-origin isolated, too: the one of a site that
 * works offline, whose answers, kept or fetched, all leave it by one method.
 */
import "./sw.js";
import { isolate } from "./headers.js";

const { respondWith } = FetchEvent.prototype;

/**
 * @this {FetchEvent}
 * @param {Promise<Response>} response
 */
FetchEvent.prototype.respondWith = function (response) {
  respondWith.call(this, response.then(isolate));
};
