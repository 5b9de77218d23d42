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
import { absolute } from "./page.js";

/** A worker that has not answered by then never will (its module is missing or broken). */
const START_MILLISECONDS = 60_000;

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
  const worker = launcher.start(url, page.slug);
  return new Promise((resolve, reject) => {
    /** @param {string} why */
    const fail = (why) => {
      clearTimeout(timer);
      worker.terminate();
      reject(new Error(`${url} could not be started (${why}). Reload the page.`));
    };
    const timer = setTimeout(() => fail("no answer"), START_MILLISECONDS);
    /** @param {MessageEvent<unknown>} event */
    const first = ({ data }) => {
      if (typeof data !== "string" || !data.startsWith("mlpages:")) return;
      worker.removeEventListener("message", first);
      if (data !== "mlpages:ready") return fail(data.replace("mlpages:failed ", ""));
      clearTimeout(timer);
      worker.onerror = (event) => {
        onCrash(new Error(`The compute worker stopped (${event.message}). Reload the page.`));
      };
      resolve(/** @type {Remote<T>} */ (/** @type {unknown} */ (wrap(worker))));
    };
    worker.addEventListener("message", first);
    worker.onerror = (event) => fail(event.message ?? "blocked");
  });
}

/**
 * A worker that imports a module and says "mlpages:ready", or "mlpages:failed" and why.
 *
 * @param {string} module absolute URL
 * @param {string} name
 * @returns {Worker}
 */
function startModule(module, name) {
  const source = `import(${JSON.stringify(module)}).then(
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
