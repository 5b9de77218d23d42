/**
 * How many bytes came over the wire, as the browser counts them.
 *
 * @import { Remote } from "comlink"
 * @import { PredictorCompute } from "./worker.js"
 */
import { byId, formatBytes } from "../shared/page.js";

/**
 * The page, what it loads, and what its worker loads; compressed files as they were sent.
 *
 * @param {Remote<PredictorCompute>} compute
 */
export async function bytesLoaded(compute) {
  const { fetched } = await compute.memory();
  const entries = ["navigation", "resource"].flatMap((kind) => performance.getEntriesByType(kind));
  return entries.reduce(
    (sum, entry) => sum + /** @type {PerformanceResourceTiming} */ (entry).encodedBodySize,
    fetched,
  );
}

/**
 * @param {string} id
 * @param {number} bytes
 */
export function showBytes(id, bytes) {
  byId(id, HTMLElement).textContent = formatBytes(bytes);
}
