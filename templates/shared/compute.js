/**
 * Start a worker: computing and decoding run there, the page's thread only draws.
 *
 * The worker is a small blob that imports the hashed module. A worker loaded from the network
 * would not be bound by the page's Content-Security-Policy; one made from a blob inherits it.
 *
 * @import { Remote } from "comlink"
 * @import { PageData } from "./manifest.js"
 */
import { wrap } from "comlink";
import { absolute, promisesOf, showWaiting } from "./page.js";
import { keepPromises } from "./promised.js";

/** A worker that has not answered by then never will (its module is missing or broken). */
const START_MILLISECONDS = 60_000;
const SLOW_MILLISECONDS = 8_000;

/** How a worker is made of an absolute URL; a page in one file does it otherwise. */
export const launcher = { start: startModule };

/**
 * @template T the class that the worker exposes
 * @param {PageData} page
 * @param {(error: Error) => void} onCrash called when the worker dies later on
 * @param {string} [file] the worker's module, relative to the page
 * @returns {Promise<Remote<T>>}
 */
export function startCompute(page, onCrash, file = page.worker) {
  const url = absolute(file);
  const worker = launcher.start(url, page.slug, promisesOf(page));
  worker.addEventListener("message", ({ data }) => {
    const [, word, file] = /^mlpages:(waiting|arrived) (.*)/.exec(data) ?? [];
    if (word === "waiting" || word === "arrived") showWaiting(word, file);
  });
  return new Promise((resolve, reject) => {
    const slow = setTimeout(() => showWaiting("waiting", url), SLOW_MILLISECONDS);
    const settle = () => {
      clearTimeout(timer);
      clearTimeout(slow);
      showWaiting("arrived", url);
    };
    /** @param {string} why */
    const fail = (why) => {
      settle();
      worker.terminate();
      reject(new Error(`${url} could not be started (${why}). Reload the page.`));
    };
    const timer = setTimeout(() => fail("no answer"), START_MILLISECONDS);
    /** @param {MessageEvent<unknown>} event */
    const first = ({ data }) => {
      if (typeof data !== "string" || !/^mlpages:(ready|failed)/.test(data)) return;
      worker.removeEventListener("message", first);
      if (data !== "mlpages:ready") return fail(data.replace("mlpages:failed ", ""));
      settle();
      worker.onerror = (event) => {
        event.preventDefault(); // told here, in words, and not by the page once more
        const error = new Error(`The engine has stopped (${event.message}). Reload the page.`);
        refuseCalls(worker, calls, error.message);
        onCrash(error);
      };
      const calls = followCalls(worker);
      resolve(/** @type {Remote<T>} */ (/** @type {unknown} */ (wrap(worker))));
    };
    worker.addEventListener("message", first);
    worker.onerror = (event) => {
      event.preventDefault();
      fail(event.message ?? "blocked");
    };
  });
}

/**
 * The calls that a worker has not answered yet.
 *
 * @param {Worker} worker
 * @returns {Set<string>} comlink's ids of them
 */
function followCalls(worker) {
  /** @type {Set<string>} */
  const calls = new Set();
  const post = worker.postMessage;
  /** @type {typeof post} */
  worker.postMessage = (/** @type {any} */ message, /** @type {any} */ options) => {
    if (message.id) calls.add(message.id);
    post.call(worker, message, options);
  };
  worker.addEventListener("message", ({ data }) => calls.delete(data.id));
  return calls;
}

/**
 * A worker that has stopped answers no more: fail what is asked of it, now and later, so that
 * nobody waits and what the page itself holds can still be used.
 *
 * @param {Worker} worker
 * @param {Set<string>} calls
 * @param {string} message
 */
function refuseCalls(worker, calls, message) {
  worker.terminate();
  /** @param {string} id */
  const refuse = (id) => {
    const value = { isError: true, value: { name: "Error", message, stack: "" } };
    const data = { id, type: "HANDLER", name: "throw", value }; // as comlink's own workers fail
    worker.dispatchEvent(new MessageEvent("message", { data }));
  };
  worker.postMessage = (/** @type {{id: string}} */ { id }) => queueMicrotask(() => refuse(id));
  for (const id of [...calls]) refuse(id);
}

/**
 * A worker that imports a module and says "mlpages:ready", or "mlpages:failed" and why.
 *
 * @param {string} module absolute URL
 * @param {string} name
 * @param {Record<string, string>} promised what the files that it fetches have to be
 * @returns {Worker}
 */
function startModule(module, name, promised) {
  // Half a script may be a whole one that answers nothing: what is imported is fetched, too, mostly
  // from the browser's cache, for its hash.
  const tell = "(word, url) => postMessage(`mlpages:${word} ${url}`)";
  const source = `(${keepPromises})(${JSON.stringify(promised)}, ${tell});
    const module = ${JSON.stringify(module)};
    Promise.all([import(module), ${module in promised} && fetch(module)]).then(
    () => postMessage("mlpages:ready"),
    (error) => postMessage("mlpages:failed " + error.message));`;
  return startBlob(new Blob([source], { type: "text/javascript" }), { type: "module", name });
}

/**
 * @param {Blob} script
 * @param {WorkerOptions} options
 * @returns {Worker}
 */
export function startBlob(script, options) {
  const url = URL.createObjectURL(script);
  const worker = new Worker(url, options);
  // With its first sign of life it has been read.
  const revoke = () => URL.revokeObjectURL(url);
  for (const type of ["message", "error"]) worker.addEventListener(type, revoke, { once: true });
  return worker;
}
