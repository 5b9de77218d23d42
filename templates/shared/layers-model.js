/**
 * TensorFlow.js layers models as this site keeps them.
 *
 * @import { LayersModel } from "@tensorflow/tfjs-layers"
 * @import { ModelFile } from "./manifest.js"
 *
 * @typedef {Pick<ModelFile, "topology" | "weights" | "weightData">} ModelParts
 */
import { io, train } from "@tensorflow/tfjs-core";
import { loadLayersModel } from "@tensorflow/tfjs-layers";

/** Adam's classic settings. The backends have different epsilons: without this, so have runs. */
const ADAM = { beta1: 0.9, beta2: 0.999, epsilon: 1e-7 };

/** @param {number} learningRate */
export function adam(learningRate) {
  return train.adam(learningRate, ADAM.beta1, ADAM.beta2, ADAM.epsilon);
}

/** @param {ModelParts} parts */
export function openLayersModel({ topology, weights, weightData }) {
  return loadLayersModel(
    io.fromMemory({ modelTopology: topology, weightSpecs: weights, weightData }),
  );
}

/**
 * @param {LayersModel} model
 * @returns {Promise<ModelParts>}
 */
export async function saveLayersModel(model) {
  /** @type {io.ModelArtifacts | null} */
  let saved = null;
  await model.save(
    io.withSaveHandler(async (artifacts) => {
      saved = artifacts;
      const dateSaved = new Date();
      return { modelArtifactsInfo: { dateSaved, modelTopologyType: "JSON" } };
    }),
  );
  const { modelTopology, weightSpecs, weightData } = /** @type {io.ModelArtifacts} */ (
    /** @type {unknown} */ (saved)
  );
  return {
    topology: /** @type {object} */ (modelTopology),
    weights: /** @type {ModelFile["weights"]} */ (
      weightSpecs?.map(({ name, shape, dtype }) => ({ name, shape, dtype }))
    ),
    weightData: io.CompositeArrayBuffer.join(weightData),
  };
}
