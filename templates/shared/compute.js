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

/**
 * @template T the class that the worker exposes
 * @param {PageData} page
 * @param {(error: Error) => void} onCrash called when the worker dies later on
 * @param {string} [file] the worker's module, relative to the page
 * @returns {Promise<Remote<T>>}
 */
export function startCompute(page, onCrash, file = page.worker) {
  const module = absolute(file);
  const source = `import(${JSON.stringify(module)}).then(
    () => postMessage("mlpages:ready"),
    (error) => postMessage("mlpages:failed " + error.message));`;
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const worker = new Worker(url, { type: "module", name: page.slug });
  return new Promise((resolve, reject) => {
    /** @param {string} why */
    const fail = (why) => {
      clearTimeout(timer);
      URL.revokeObjectURL(url);
      worker.terminate();
      reject(new Error(`${module} could not be started (${why}). Reload the page.`));
    };
    const timer = setTimeout(() => fail("no answer"), START_MILLISECONDS);
    /** @param {MessageEvent<unknown>} event */
    const first = ({ data }) => {
      if (typeof data !== "string" || !data.startsWith("mlpages:")) return;
      worker.removeEventListener("message", first);
      if (data !== "mlpages:ready") return fail(data.replace("mlpages:failed ", ""));
      clearTimeout(timer);
      URL.revokeObjectURL(url);
      worker.onerror = (event) => {
        onCrash(new Error(`The compute worker stopped (${event.message}). Reload the page.`));
      };
      resolve(/** @type {Remote<T>} */ (/** @type {unknown} */ (wrap(worker))));
    };
    worker.addEventListener("message", first);
    worker.onerror = (event) => fail(event.message ?? "blocked");
  });
}
