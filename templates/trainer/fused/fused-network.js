/**
 * A planned network in the fused program's memory: its weights and Adam's moments live there while
 * it trains.
 *
 * @import { Step } from "./plan.js"
 * @import { Instance, Program } from "./program.js"
 *
 * @typedef {Float32Array[]} Arrays kernel and bias of each layer, in TensorFlow's order
 * @typedef {{values: Arrays, first: Arrays, second: Arrays, steps: number}} State weights, Adam's
 *   moments, and how many steps it has taken
 */
import { largest } from "../evaluate.js";
import { arrange, weightPlaces } from "./arrange.js";
import { reserve } from "./program.js";

/** Adam's, as in layers-model.js. */
const BETA1 = Math.fround(0.9);
const BETA2 = Math.fround(0.999);
/** What the loss of TensorFlow.js clips probabilities to. */
const LEAST = 1e-7;

export class FusedNetwork {
  steps = 0;
  /** Powers of the betas, rounded after each step, as TensorFlow.js has them. */
  powers = [BETA1, BETA2];

  /**
   * @param {Program} program
   * @param {Step[]} steps
   * @param {number} learningRate
   */
  constructor(program, steps, learningRate) {
    this.program = program;
    this.learningRate = learningRate;
    /** @type {Instance} */
    this.instance = program.take();
    this.place = arrange(steps, this.instance.start);
    this.places = this.place.sized.map(weightPlaces);
    const [height, width, channels] = steps[0].input;
    this.size = height * width * channels;
    this.classes = steps[steps.length - 1].output[2];
    reserve(this.instance, this.place.end);
    const { start, memory } = this.instance;
    new Uint8Array(memory.buffer, start, this.place.end - start).fill(0);
    const { network, layers, words } = this.place;
    new Uint32Array(memory.buffer, network, words.network.length).set(words.network);
    new Uint32Array(memory.buffer, layers, words.layers.length).set(words.layers);
  }

  /** @param {State} state */
  write({ values, first, second, steps }) {
    const { parameters } = this.place;
    this.scatter(parameters.values, values);
    this.scatter(parameters.first, first);
    this.scatter(parameters.second, second);
    this.steps = 0;
    this.powers = [BETA1, BETA2];
    while (this.steps < steps) this.count();
    this.instance.functions.pack(this.place.network);
  }

  /** @returns {State} */
  read() {
    const { parameters } = this.place;
    const [values, first, second] = [parameters.values, parameters.first, parameters.second].map(
      (start) => this.gather(start),
    );
    return { values, first, second, steps: this.steps };
  }

  /**
   * One step of gradient descent.
   *
   * @param {Uint8Array} pixels of n images
   * @param {ArrayLike<number>} labels their n classes
   * @returns {{loss: number, acc: number}} means over the batch
   */
  train(pixels, labels) {
    const { functions } = this.instance;
    const { network, labels: place } = this.place;
    const total = labels.length;
    let [loss, right] = [0, 0];
    this.blocks(pixels, (first, count, rows) => {
      const classes = new Uint16Array(this.instance.memory.buffer, place, count);
      for (let i = 0; i < count; i++) classes[i] = labels[first + i];
      functions.learn(network, count, total);
      rows.forEach((row, i) => {
        const probability = row[classes[i]];
        loss -= Math.log(Math.min(Math.max(probability, LEAST), 1 - LEAST));
        right += largest(row) === classes[i] ? 1 : 0;
      });
    });
    const [power1, power2] = this.powers;
    functions.update(network, this.learningRate, 1 - power1, 1 - power2);
    functions.pack(network);
    this.count();
    return { loss: loss / total, acc: right / total };
  }

  /**
   * Probabilities, [n * classes].
   *
   * @param {Uint8Array} pixels of n images
   */
  predict(pixels) {
    const { classes } = this;
    const out = new Float32Array((pixels.length / this.size) * classes);
    this.blocks(pixels, (first, count, rows) => {
      this.instance.functions.predict(this.place.network, count);
      rows.forEach((row, i) => out.set(row, (first + i) * classes));
    });
    return out;
  }

  /**
   * Some images at a time, as many as there is room for.
   *
   * @param {Uint8Array} pixels
   * @param {(first: number, count: number, rows: Float32Array[]) => void} compute rows: where each
   *   image's probabilities will be
   */
  blocks(pixels, compute) {
    const { block, pixels: place, output, width } = this.place;
    const { buffer } = this.instance.memory;
    const total = pixels.length / this.size;
    for (let first = 0; first < total; first += block) {
      const count = Math.min(block, total - first);
      const images = pixels.subarray(first * this.size, (first + count) * this.size);
      new Uint8Array(buffer, place, images.length).set(images);
      const rows = Array.from(
        { length: count },
        (_, i) => new Float32Array(buffer, output + i * width * 4, this.classes),
      );
      compute(first, count, rows);
    }
  }

  /** A step has been taken. */
  count() {
    this.steps += 1;
    this.powers = [
      Math.fround(this.powers[0] * BETA1),
      Math.fround(this.powers[1] * BETA2),
    ];
  }

  /**
   * @param {number} start of the parameters, or of one of their moments
   * @param {Arrays} arrays
   */
  scatter(start, arrays) {
    const to = new Float32Array(this.instance.memory.buffer, start, this.place.parameters.count);
    this.place.sized.forEach(({ weights, bias }, i) => {
      const [kernel, offsets] = arrays.slice(2 * i);
      this.places[i].forEach((place, k) => (to[weights + place] = kernel[k]));
      to.set(offsets, bias);
    });
  }

  /**
   * @param {number} start
   * @returns {Arrays}
   */
  gather(start) {
    const from = new Float32Array(this.instance.memory.buffer, start, this.place.parameters.count);
    return this.place.sized.flatMap(({ weights, bias, step }, i) => [
      Float32Array.from(this.places[i], (place) => from[weights + place]),
      from.slice(bias, bias + step.output[2]),
    ]);
  }

  /** Bytes of memory that it takes. */
  get bytes() {
    return this.place.end - this.instance.start;
  }

  /** Give the memory back; do not use this afterwards. */
  dispose() {
    this.program.release(this.instance);
  }
}
