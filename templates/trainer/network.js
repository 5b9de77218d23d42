/**
 * A network under training: its layers, its optimiser, what it is a network of.
 *
 * Owns its tensors: `dispose` gives all of them back.
 *
 * @import { LayersModel } from "@tensorflow/tfjs-layers"
 * @import { AdamOptimizer, Tensor2D } from "@tensorflow/tfjs-core"
 * @import { Metadata, ModelFile } from "../shared/manifest.js"
 */
import { memory, reshape, tidy } from "@tensorflow/tfjs-core";
import { loadLayersModel } from "@tensorflow/tfjs-layers";
import { adam, openLayersModel, saveLayersModel } from "../shared/layers-model.js";

/** @typedef {{name: string, kind: string, outputShape: number[], parameters: number}} LayerRow */

export class Network {
  epochsTrained = 0;

  /**
   * @param {LayersModel} model
   * @param {Metadata} metadata
   * @param {number} learningRate
   */
  constructor(model, metadata, learningRate) {
    this.model = model;
    this.metadata = metadata;
    /** @type {AdamOptimizer} */
    this.optimizer = adam(learningRate);
    model.compile({
      optimizer: this.optimizer,
      loss: "categoricalCrossentropy",
      metrics: ["accuracy"],
    });
  }

  /**
   * Fresh weights, drawn from the visitor's seed.
   *
   * @param {object} topology a Keras model as JSON
   * @param {number} seed
   * @param {Metadata} metadata
   * @param {number} learningRate
   */
  static async create(topology, seed, metadata, learningRate) {
    const modelTopology = reseed(topology, seed);
    const model = await loadLayersModel({ load: async () => ({ modelTopology }) });
    return new Network(model, metadata, learningRate);
  }

  /**
   * @param {ModelFile} file
   * @param {number} learningRate
   */
  static async open(file, learningRate) {
    const model = await openLayersModel(file);
    const network = new Network(model, file.metadata, learningRate);
    network.epochsTrained = file.epochsTrained;
    return network;
  }

  /** What the page's table of layers shows. */
  summary() {
    /** @type {LayerRow[]} */
    const layers = this.model.layers.map((layer) => ({
      name: layer.name,
      kind: layer.getClassName(),
      outputShape: /** @type {number[]} */ (layer.outputShape).slice(1),
      parameters: layer.countParams(),
    }));
    return { layers, parameters: this.model.countParams() };
  }

  /**
   * One step of gradient descent.
   *
   * @param {Tensor2D} xs [n, values]
   * @param {Tensor2D} labels [n, classes]
   * @returns {Promise<{loss: number, acc: number}>}
   */
  async step(xs, labels) {
    const images = reshape(xs, [-1, ...this.imageShape()]);
    const [loss, acc] = /** @type {number[]} */ (await this.model.trainOnBatch(images, labels));
    images.dispose();
    return { loss, acc };
  }

  /**
   * Class probabilities, [n * classes].
   *
   * @param {Tensor2D} xs [n, values]
   */
  async predict(xs) {
    const output = tidy(() => {
      const images = reshape(xs, [-1, ...this.imageShape()]);
      return /** @type {Tensor2D} */ (this.model.predict(images, { batchSize: xs.shape[0] }));
    });
    const probabilities = /** @type {Float32Array} */ (await output.data());
    output.dispose();
    return probabilities;
  }

  imageShape() {
    const { height, width, channels } = this.metadata.input;
    return [height, width, channels];
  }

  /** @returns {Promise<ModelFile>} */
  async save() {
    const parts = await saveLayersModel(this.model);
    return {
      format: "mlpages-saved-model",
      version: 1,
      metadata: this.metadata,
      ...parts,
      epochsTrained: this.epochsTrained,
    };
  }

  dispose() {
    this.model.dispose();
    this.optimizer.dispose();
  }
}

/**
 * A topology whose initialisers draw from one seed, each layer from its own part of it.
 *
 * @param {object} topology
 * @param {number} seed
 * @returns {object}
 */
function reseed(topology, seed) {
  let drawn = 0;
  return JSON.parse(
    JSON.stringify(topology, (key, value) => {
      if (key !== "kernel_initializer" || !value?.config) return value;
      return { ...value, config: { ...value.config, seed: seed * 1000 + drawn++ } };
    }),
  );
}

/** What TensorFlow.js holds: tensors, and their bytes. */
export function heldMemory() {
  const { numTensors, numBytes } = memory();
  return { tensors: numTensors, bytes: numBytes };
}
