/**
 * The worker behind the proof of a conversion: runs a converted model of any kind on tensors that
 * Python made. It is not part of a site.
 *
 * @import { GraphModel } from "@tensorflow/tfjs-converter"
 * @import { Tensor } from "@tensorflow/tfjs-core"
 * @import { LayersModel } from "@tensorflow/tfjs-layers"
 *
 * @typedef {{name: string, shape: number[], dtype: "float32" | "int32" | "bool", data: number[]}} Values
 * @typedef {{kind: "graph" | "layers", url: string, outputs: string[]}} ModelSpec outputs: the
 *   tensors to ask a graph model for
 */
import "@tensorflow/tfjs-backend-cpu";
import { loadGraphModel } from "@tensorflow/tfjs-converter";
import { ready, setBackend, tensor, dispose } from "@tensorflow/tfjs-core";
import { loadLayersModel } from "@tensorflow/tfjs-layers";
import { expose } from "comlink";
import { startWasm } from "../shared/wasm.js";

/** What TensorFlow.js says where WebAssembly has no code for an operation. */
const NO_KERNEL = /Kernel '(\w+)' not registered/;

export class ConvertCompute {
  /** @param {{wasm: string}} options absolute URL of the SIMD binary */
  async start({ wasm }) {
    await startWasm(wasm);
  }

  /**
   * A model's outputs, on WebAssembly or, where it lacks an operation, in plain JavaScript.
   *
   * @param {ModelSpec} spec
   * @param {Values[]} inputs
   * @returns {Promise<{missing: string, outputs: {shape: number[], data: number[]}[]}>} missing:
   *   the operation that WebAssembly lacks, or ""
   */
  async run(spec, inputs) {
    try {
      return { missing: "", outputs: await runOnce(spec, inputs) };
    } catch (error) {
      const missing = NO_KERNEL.exec(String(error))?.[1];
      if (!missing) throw error;
      await setBackend("cpu");
      await ready();
      try {
        return { missing, outputs: await runOnce(spec, inputs) };
      } finally {
        await setBackend("wasm");
      }
    }
  }
}

/**
 * @param {ModelSpec} spec
 * @param {Values[]} inputs
 */
async function runOnce(spec, inputs) {
  const tensors = inputs.map(({ data, shape, dtype }) => tensor(data, shape, dtype));
  const model =
    spec.kind === "graph" ? await loadGraphModel(spec.url) : await loadLayersModel(spec.url);
  try {
    const found =
      spec.kind === "graph"
        ? await runGraph(/** @type {GraphModel} */ (model), spec.outputs, inputs, tensors)
        : /** @type {LayersModel} */ (model).predict(tensors.length === 1 ? tensors[0] : tensors);
    const all = Array.isArray(found) ? found : [found];
    const outputs = [];
    for (const output of all) {
      outputs.push({ shape: output.shape, data: Array.from(await output.data()) });
    }
    dispose(all);
    return outputs;
  } finally {
    dispose(tensors);
    model.dispose();
  }
}

/**
 * @param {GraphModel} model
 * @param {string[]} outputs
 * @param {Values[]} inputs
 * @param {Tensor[]} tensors
 * @returns {Promise<Tensor[]>}
 */
async function runGraph(model, outputs, inputs, tensors) {
  const named = Object.fromEntries(inputs.map(({ name }, i) => [name, tensors[i]]));
  /** @type {Tensor | Tensor[]} */
  let found;
  try {
    found = model.execute(named, outputs);
  } catch (error) {
    // Loops (recurrent layers) run step by step.
    if (!String(error).includes("executeAsync")) throw error;
    found = await model.executeAsync(named, outputs);
  }
  return Array.isArray(found) ? found : [found];
}

expose(new ConvertCompute());
