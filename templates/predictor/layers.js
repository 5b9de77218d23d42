/**
 * What only layers models need, in a chunk that loads when one is opened: the graph model answers
 * first.
 *
 * @import { LayersModel } from "@tensorflow/tfjs-layers"
 * @import { ModelFile } from "../shared/manifest.js"
 */
import { io } from "@tensorflow/tfjs-core";
import { loadLayersModel } from "@tensorflow/tfjs-layers";

export { loadLayersModel };

/**
 * The layers model in a file that a visitor saved.
 *
 * @param {ModelFile} file
 * @returns {Promise<LayersModel>}
 */
export function layersModelFromFile({ topology, weights, weightData }) {
  return loadLayersModel(
    io.fromMemory({ modelTopology: topology, weightSpecs: weights, weightData }),
  );
}
