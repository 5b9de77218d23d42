/**
 * A network under training: its layers, its optimiser, what it is a network of. TensorFlow.js
 * computes, or the fused program where it covers the network.
 *
 * Owns its tensors: `dispose` gives all of them back.
 *
 * @import { LayersModel } from "@tensorflow/tfjs-layers"
 * @import { AdamOptimizer, Tensor2D, Tensor4D } from "@tensorflow/tfjs-core"
 * @import { Batch } from "../shared/data.js"
 * @import { Metadata, ModelFile } from "../shared/manifest.js"
 * @import { Plan } from "./fused/plan.js"
 * @import { Program } from "./fused/program.js"
 *
 * @typedef {{fused: "baseline" | "relaxed" | null, why: string}} Computing the fused program's
 *   build, or null for TensorFlow.js; why the program does not cover this network
 */
import { memory, tensor4d } from "@tensorflow/tfjs-core";
import { loadLayersModel } from "@tensorflow/tfjs-layers";
import { oneHot } from "../shared/data.js";
import { adam, openLayersModel, saveLayersModel } from "../shared/layers-model.js";
import { FusedNetwork } from "./fused/fused-network.js";
import { readState, writeState, writeWeights } from "./fused/handover.js";
import { planModel } from "./fused/plan.js";

/** @typedef {{name: string, kind: string, outputShape: number[], parameters: number}} LayerRow */

export class Network {
  epochsTrained = 0;
  /** @type {FusedNetwork | null} what computes in the place of TensorFlow.js */
  fused = null;

  /**
   * @param {LayersModel} model
   * @param {Metadata} metadata
   * @param {number} learningRate
   */
  constructor(model, metadata, learningRate) {
    this.model = model;
    this.metadata = metadata;
    this.learningRate = learningRate;
    /** @type {Plan} */
    this.plan = planModel(model, metadata.input);
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
   * Let the fused program compute if it covers this network, or TensorFlow.js. What was learned,
   * the optimiser's moments too, goes along.
   *
   * @param {Program | null} program null: TensorFlow.js shall
   */
  async computeWith(program) {
    const { model, optimizer, fused } = this;
    if (program && this.plan.steps && !fused) {
      const state = await readState(model, optimizer);
      this.fused = new FusedNetwork(program, this.plan.steps, this.learningRate);
      this.fused.write(state);
    } else if (!program && fused) {
      await writeState(model, optimizer, fused.read());
      this.fused = null;
      fused.dispose();
    }
  }

  /** @returns {Computing} */
  computing() {
    return { fused: this.fused ? this.fused.program.build : null, why: this.plan.why };
  }

  /**
   * One step of gradient descent.
   *
   * @param {Batch} batch
   * @returns {Promise<{loss: number, acc: number}>}
   */
  async step({ pixels, labels }) {
    if (this.fused) return this.fused.train(pixels, labels);
    const images = this.tensor(pixels);
    const wanted = oneHot(labels, this.metadata.classes.length);
    const [loss, acc] = /** @type {number[]} */ (await this.model.trainOnBatch(images, wanted));
    images.dispose();
    wanted.dispose();
    return { loss, acc };
  }

  /**
   * Class probabilities, [n * classes].
   *
   * @param {Uint8Array} pixels of n images, 0 to 255
   * @returns {Promise<Float32Array>}
   */
  async predict(pixels) {
    if (this.fused) return this.fused.predict(pixels);
    const images = this.tensor(pixels);
    const output = /** @type {Tensor2D} */ (
      this.model.predict(images, { batchSize: images.shape[0] })
    );
    images.dispose();
    const probabilities = /** @type {Float32Array} */ (await output.data());
    output.dispose();
    return probabilities;
  }

  /**
   * @param {Uint8Array} pixels
   * @returns {Tensor4D} [n, height, width, channels]
   */
  tensor(pixels) {
    const { height, width, channels, scale, offset } = this.metadata.input;
    const values = Float32Array.from(pixels, (value) => value * scale + offset);
    return tensor4d(values, [pixels.length / (height * width * channels), height, width, channels]);
  }

  imageShape() {
    const { height, width, channels } = this.metadata.input;
    return [height, width, channels];
  }

  /** @returns {Promise<ModelFile>} */
  async save() {
    if (this.fused) writeWeights(this.model, this.fused.read().values);
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
    this.fused?.dispose();
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
