/**
 * The page that the build opens to prove a conversion: test images from the sheets, through the
 * converted models, in the worker that the predictor page uses. It is not part of a site.
 *
 * @import { PredictorCompute } from "../predictor/worker.js"
 */
import { startCompute } from "../shared/compute.js";
import { fetchOrExplain } from "../shared/manifest.js";
import { absolute, readPageData, showError, showUncaughtErrors } from "../shared/page.js";

/** Images per message to the worker. */
const BATCH = 100;

showUncaughtErrors();
const page = readPageData();
const { model, data, pixels: exact } = page;
if (!model || !data) throw new Error("The parity page needs a model and data.");

/**
 * The class probabilities of the first `count` test images, image by image.
 *
 * @param {"graph" | "layers"} which
 * @param {number} count
 * @returns {Promise<number[]>}
 */
async function predictTest(which, count) {
  const manifest = absolute(/** @type {string} */ (data));
  /** @type {number[]} */
  const all = [];
  for (let start = 0; start < count; start += BATCH) {
    const end = Math.min(start + BATCH, count);
    const indices = Array.from({ length: end - start }, (_, i) => start + i);
    const pixels = given
      ? given.slice(start * size, end * size)
      : await compute.samples(manifest, "test", indices);
    const { probabilities } = await compute.predict(which, pixels);
    all.push(...probabilities);
  }
  return all;
}

/** @type {import("comlink").Remote<PredictorCompute>} */
const compute = await startCompute(page, showError);
await compute.start({ wasm: absolute(page.wasm) });
const { metadata } = await compute.loadGraph(absolute(model.graph));
const size = metadata.input.height * metadata.input.width * metadata.input.channels;
/** The test images where sheets hold them with losses. */
const given = exact
  ? new Uint8Array(await (await fetchOrExplain(absolute(exact))).arrayBuffer())
  : null;
if (model.layers) await compute.loadLayers(absolute(model.layers));
Object.assign(globalThis, { predictTest });
document.body.dataset.ready = "yes";
