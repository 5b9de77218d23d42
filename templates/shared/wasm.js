/**
 * Start TensorFlow.js on its WASM backend, SIMD and one thread: it runs everywhere alike.
 *
 * Threads gain nothing on small machines and need headers that static hosts do not send.
 */
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { env, ready, setBackend } from "@tensorflow/tfjs-core";
import { fetchOrExplain } from "./manifest.js";

/**
 * @param {string} url absolute URL of the SIMD binary
 * @returns {Promise<void>}
 */
export async function startWasm(url) {
  // All three names must be given; where there is no SIMD the binary fails, and we say why.
  const names = ["wasm", "wasm-simd", "wasm-threaded-simd"];
  const paths = names.map((name) => [`tfjs-backend-${name}.wasm`, url]);
  setWasmPaths(Object.fromEntries(paths), true);
  // In an isolated page TensorFlow.js would take its threaded program, which is not in the bundle.
  env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
  const watching = new AbortController();
  const started = await Promise.race([setBackend("wasm"), firstRejection(watching.signal)]);
  watching.abort();
  if (started) return ready();
  // TensorFlow.js says no more than that it failed: find out why.
  const binary = await (await fetchOrExplain(url)).arrayBuffer();
  if (!WebAssembly.validate(binary)) {
    throw new Error(
      `${url} is damaged, or this browser knows no WebAssembly SIMD (Chrome 91, Firefox 89 and ` +
        "Safari 16.4 are the first that do). Reload the page, or use a newer browser.",
    );
  }
  throw new Error(`${url} could not be started. Reload the page.`);
}

/**
 * TensorFlow.js waits for ever for a binary that does not arrive; all that it leaves behind is a
 * rejected promise that nobody handles.
 *
 * @param {AbortSignal} signal ends the watch
 * @returns {Promise<false>}
 */
function firstRejection(signal) {
  return new Promise((resolve) => {
    /** @param {PromiseRejectionEvent} event */
    const fail = (event) => {
      event.preventDefault();
      resolve(false);
    };
    self.addEventListener("unhandledrejection", fail, { signal });
  });
}
