/**
 * The page that the build opens to prove a backbone: its pictures, through the converted parts, in
 * the worker that the transfer page uses. It is not part of a site.
 *
 * @import { Remote } from "comlink"
 * @import { TransferCompute } from "../transfer/worker.js"
 */
import { startCompute } from "../shared/compute.js";
import { fetchOrExplain } from "../shared/manifest.js";
import { absolute, readPageData, showError, showUncaughtErrors } from "../shared/page.js";
import { withAbsoluteUrls } from "../transfer/urls.js";

showUncaughtErrors();
const page = readPageData();
if (!page.transfer) throw new Error("The proof needs a backbone.");
const [backbone] = page.transfer.backbones.map(withAbsoluteUrls);

/**
 * The values at a tap, or ImageNet's probabilities, for all pictures, one after another.
 *
 * @param {string} tap
 * @returns {Promise<number[]>}
 */
async function valuesAt(tap) {
  if (tap !== "probabilities") return Array.from(await compute.values(pictures, tap));
  const size = backbone.size ** 2 * 3;
  /** @type {number[]} */
  const all = [];
  for (let start = 0; start < pictures.length; start += size) {
    all.push(...(await compute.probabilities(pictures.slice(start, start + size))));
  }
  return all;
}

const pictures = new Uint8Array(
  await (await fetchOrExplain(absolute("pictures.bin"))).arrayBuffer(),
);
/** @type {Remote<TransferCompute>} */
const compute = await startCompute(page, showError);
await compute.start({ wasm: absolute(page.wasm), backbones: [backbone] });
await compute.useBackbone(backbone.name);
await compute.loadPart("last");
await compute.loadPart("imagenet");
Object.assign(globalThis, { valuesAt });
document.body.dataset.ready = "yes";
