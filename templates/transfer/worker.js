/**
 * The transfer page's compute worker: embeds pictures, trains heads on the embeddings, answers.
 *
 * @import { Heat } from "./heat.js"
 * @import { OpenedModel } from "./opened-model.js"
 * @import { TrainedHead } from "./project.js"
 * @import { TrainEvent, TrainRequest, TrainResult } from "./session.js"
 * @import { TeachableModel } from "./teachable.js"
 */
import { memory } from "@tensorflow/tfjs-core";
import { expose } from "comlink";
import { EmbeddingCompute } from "./embedding-compute.js";
import { Head } from "./head.js";
import { addHeats, contributions, heatOfGrid, heatOfMap } from "./heat.js";
import { sideBySide } from "./matrix.js";
import { Training } from "./training.js";

export class TransferCompute extends EmbeddingCompute {
  /** @type {Training | null} the run under way */
  training = null;
  /** @type {Head | null} */
  head = null;
  /** @type {OpenedModel | null} a model that was made elsewhere */
  opened = null;

  /**
   * Load the first part of a backbone; the head that there was answers no more.
   *
   * @param {string} name
   */
  async useBackbone(name) {
    const loaded = await super.useBackbone(name);
    await this.useHead(null);
    return loaded;
  }

  /**
   * Train a head on pictures that are embedded; it is the one that answers from then on.
   *
   * @param {TrainRequest} request
   * @param {(event: TrainEvent) => void} onEvent
   * @returns {Promise<TrainResult>}
   */
  async train(request, onEvent) {
    if (this.training) throw new Error("A head is being trained already. Stop it first.");
    this.training = new Training(this.embedded, this.ready().backbone.name, request, onEvent);
    try {
      const { result, head } = await this.training.run();
      this.head?.dispose();
      this.head = head;
      return result;
    } finally {
      this.training = null;
    }
  }

  stop() {
    this.training?.stop();
  }

  /** @param {TrainedHead | null} trained a head that was kept; null for none */
  async useHead(trained) {
    const head = trained && (await Head.open(trained));
    this.head?.dispose();
    this.head = head;
  }

  answering() {
    if (!this.head) throw new Error("There is no head yet: train one, or open one.");
    return this.head;
  }

  /**
   * Probabilities of pictures that are embedded.
   *
   * @param {number[]} ids
   * @returns {Promise<Float32Array>} one row a picture
   */
  async predict(ids) {
    const head = this.answering();
    const parts = head.trained.taps.map((tap) => this.embedded.matrix(tap, ids));
    return head.predict(sideBySide(parts));
  }

  /**
   * Probabilities of pictures that are not kept.
   *
   * @param {Uint8Array} pixels one prepared picture after another
   * @returns {Promise<{probabilities: Float32Array, milliseconds: number}>}
   */
  async predictPixels(pixels) {
    const start = performance.now();
    const { probabilities } = await this.answer(pixels, []);
    return { probabilities, milliseconds: performance.now() - start };
  }

  /**
   * @param {Uint8Array} pixels
   * @param {string[]} more taps besides the head's
   */
  async answer(pixels, more) {
    const head = this.answering();
    const { taps } = head.trained;
    const embedder = this.ready();
    if (taps.some((tap) => !embedder.has(tap))) await embedder.load("last");
    const values = embedder.embed(pixels, [...new Set([...taps, ...more])]);
    const { size } = embedder.backbone;
    const count = pixels.length / (size * size * 3);
    const parts = taps.map((tap) => ({
      values: values[tap],
      count,
      size: values[tap].length / count,
    }));
    const features = sideBySide(parts);
    return { probabilities: await head.predict(features), features, values };
  }

  /**
   * Open a model that was made elsewhere; the one before stays if this one cannot be used.
   *
   * @param {TeachableModel} file
   * @returns {Promise<{size: number}>} pixels a side that it sees
   */
  async openModel(file) {
    const { OpenedModel } = await import("./opened-model.js");
    const opened = await OpenedModel.open(file);
    this.closeModel();
    this.opened = opened;
    return { size: opened.size };
  }

  closeModel() {
    this.opened?.dispose();
    this.opened = null;
  }

  /**
   * The opened model's answer.
   *
   * @param {Uint8Array} pixels of one prepared picture
   * @returns {{probabilities: Float32Array, milliseconds: number}}
   */
  askModel(pixels) {
    if (!this.opened) throw new Error("No model is open any more.");
    const start = performance.now();
    const probabilities = this.opened.predict(pixels);
    return { probabilities, milliseconds: performance.now() - start };
  }

  /**
   * Where in a picture something spoke for a class.
   *
   * @param {Uint8Array} pixels one prepared picture
   * @param {number} target class
   * @returns {Promise<Heat | null>} null for a head whose layers hide it
   */
  async heat(pixels, target) {
    const { linear, trained } = this.answering();
    if (!linear) return null;
    const last = trained.taps.includes("last");
    const { features, values } = await this.answer(pixels, last ? ["map"] : []);
    const { taps } = this.ready().backbone;
    const parts = contributions(linear, features.values, target);
    let offset = 0;
    const heats = trained.taps.map((tap) => {
      const from = offset;
      offset += values[tap].length;
      if (tap === "last") {
        const [rows, columns, channels] = taps.map.shape;
        return heatOfMap(linear, values.map, from, { rows, columns, channels }, target);
      }
      const { grid = 1, shape } = taps[tap];
      return heatOfGrid(parts, from, { rows: grid, columns: grid, channels: shape[2] });
    });
    return addHeats(heats);
  }

  /**
   * What ImageNet's own head sees in a picture; loads it when it is asked for the first time.
   *
   * @param {Uint8Array} pixels
   * @returns {Promise<Float32Array>} probabilities of the 1,000 classes
   */
  async probabilities(pixels) {
    const embedder = this.ready();
    await Promise.all([embedder.load("last"), embedder.load("imagenet")]);
    return embedder.imagenet(pixels);
  }

  /**
   * @param {Uint8Array} pixels
   * @returns {Promise<{index: number, probability: number}[]>} the five likeliest of 1,000
   */
  async imagenet(pixels) {
    const all = await this.probabilities(pixels);
    return Array.from(all, (probability, index) => ({ index, probability }))
      .sort((a, b) => b.probability - a.probability)
      .slice(0, 5);
  }

  /** What TensorFlow.js holds, and the bytes of all embeddings. */
  memory() {
    const { numTensors, numBytes } = memory();
    return { tensors: numTensors, bytes: numBytes, embeddings: this.embedded.bytes };
  }
}

expose(new TransferCompute());
