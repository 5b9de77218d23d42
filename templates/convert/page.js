/**
 * The page that proves a conversion: Python asks, the worker runs the converted model. It is not
 * part of a site.
 *
 * @import { Remote } from "comlink"
 * @import { ConvertCompute, ModelSpec } from "./worker.js"
 */
import { startCompute } from "../shared/compute.js";
import { absolute, readPageData, showError, showUncaughtErrors } from "../shared/page.js";

showUncaughtErrors();
const page = readPageData();

/**
 * @param {Omit<ModelSpec, "url"> & {folder: string}} spec the folder, relative to the page, has the
 *   model and inputs.json, its input tensors
 */
async function runModel({ kind, folder, outputs }) {
  const values = await (await fetch(absolute(`${folder}inputs.json`))).json();
  return compute.run({ kind, url: absolute(`${folder}model.json`), outputs }, values);
}

/** @type {Remote<ConvertCompute>} */
const compute = await startCompute(page, showError);
await compute.start({ wasm: absolute(page.wasm) });
Object.assign(globalThis, { runModel });
document.body.dataset.ready = "yes";
