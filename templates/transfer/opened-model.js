/**
 * A Teachable Machine image model at work: prepared pictures in, probabilities out. A chunk of its
 * own: it needs TF.js' layers, which are loaded when a model is opened.
 *
 * @import { Tensor } from "@tensorflow/tfjs-core"
 * @import { LayersModel } from "@tensorflow/tfjs-layers"
 * @import { ModelParts } from "../shared/layers-model.js"
 * @import { TeachableModel } from "./teachable.js"
 */
import { engine, tensor4d, tidy } from "@tensorflow/tfjs-core";
import { openLayersModel } from "../shared/layers-model.js";
import { resample } from "../shared/resample.js";
import { SIDE } from "../shared/square.js";

const CHANNELS = 3;
/** Teachable Machine divides by 127 and subtracts 1: pixels from 0 to 255 become -1 to 1.008. */
const [SCALE, OFFSET] = [1 / 127, -1];
/** How far from 1 probabilities may add up. */
const TOLERANCE = 1e-3;

export class OpenedModel {
  /**
   * @param {LayersModel} model
   * @param {number} size pixels a side that it sees
   */
  constructor(model, size) {
    this.model = model;
    this.size = size;
  }

  /**
   * Build the model and ask it once.
   *
   * @param {TeachableModel} file
   * @returns {Promise<OpenedModel>} throws one sentence when it cannot answer pictures
   */
  static async open({ parts, classes, size }) {
    const model = await build(parts);
    try {
      const opened = new OpenedModel(model, sizeOf(model, size));
      checkAnswers(model, classes);
      checkSums(opened.predict(new Uint8Array(SIDE * SIDE * CHANNELS).fill(128)));
      return opened;
    } catch (error) {
      disposeWhole(model);
      throw error;
    }
  }

  /**
   * @param {Uint8Array} pixels one picture, SIDE × SIDE, red, green, blue
   * @returns {Float32Array} a probability for each class
   */
  predict(pixels) {
    const { size } = this;
    const picture = { pixels, width: SIDE, height: SIDE, channels: CHANNELS };
    const seen = resample(picture, { x: 0, y: 0, width: SIDE, height: SIDE }, size, size).pixels;
    const values = Float32Array.from(seen, (value) => value * SCALE + OFFSET);
    return tidy(() => {
      const output = this.model.predict(tensor4d(values, [1, size, size, CHANNELS]));
      return /** @type {Float32Array} */ (/** @type {Tensor} */ (output).dataSync());
    });
  }

  dispose() {
    disposeWhole(this.model);
  }
}

/**
 * @param {ModelParts} parts
 * @returns {Promise<LayersModel>} nothing is left of one that cannot be built
 */
async function build(parts) {
  const { registeredVariables } = engine().state;
  const before = new Set(Object.keys(registeredVariables));
  try {
    return await openLayersModel(parts);
  } catch (cause) {
    for (const [name, variable] of Object.entries(registeredVariables)) {
      if (!before.has(name)) variable.dispose();
    }
    const why = cause instanceof Error ? cause.message : cause;
    throw new Error(`TensorFlow.js cannot build this model: ${why}`, { cause });
  }
}

/**
 * A model that is nested in another has two owners, and TF.js lets one of them go: what is left is
 * released here.
 *
 * @param {LayersModel} model
 */
function disposeWhole(model) {
  const weights = model.getWeights();
  model.dispose();
  for (const weight of weights) if (!weight.isDisposed) weight.dispose();
}

/**
 * @param {LayersModel} model
 * @param {number | null} named in metadata.json
 */
function sizeOf({ inputs }, named) {
  const shape = inputs[0].shape;
  const [, height, width, channels] = shape;
  if (inputs.length !== 1 || shape.length !== 4 || channels !== CHANNELS || height !== width) {
    throw new Error(
      `This model takes ${inputs.map(({ shape }) => wordsOf(shape)).join(" and ")}, and this page ` +
        `gives square colour pictures, ${wordsOf([null, SIDE, SIDE, CHANNELS])}.`,
    );
  }
  if (named && height && named !== height) {
    throw new Error(
      `metadata.json says pictures of ${named} pixels a side and the model takes ${height}: the ` +
        "files are of different models.",
    );
  }
  const size = height ?? named;
  if (!size) throw new Error("metadata.json does not say how large pictures are (imageSize).");
  if (size > SIDE) {
    throw new Error(
      `This model takes pictures of ${size} pixels a side, and this page prepares ${SIDE}.`,
    );
  }
  return size;
}

/** @param {(number | null)[]} shape with the batch */
function wordsOf(shape) {
  return `[${shape.slice(1).map((side) => side ?? "any").join(", ")}]`;
}

/**
 * @param {LayersModel} model
 * @param {string[]} classes
 */
function checkAnswers({ outputs }, classes) {
  const [, count, ...more] = outputs[0].shape;
  if (outputs.length !== 1 || !count || more.length) {
    const found = outputs.map(({ shape }) => wordsOf(shape)).join(" and ");
    throw new Error(`This model gives ${found} where one probability for each class belongs.`);
  }
  if (count !== classes.length) {
    throw new Error(
      `This model tells ${count} classes apart and metadata.json names ${classes.length} ` +
        `(${classes.slice(0, 5).join(", ")}${classes.length > 5 ? " …" : ""}): the files are of ` +
        "different models.",
    );
  }
}

/** @param {Float32Array} answers */
function checkSums(answers) {
  const sum = answers.reduce((total, value) => total + value, 0);
  if (Math.abs(sum - 1) <= TOLERANCE) return;
  throw new Error(
    `This model's answers to a grey picture add up to ${sum.toPrecision(3)} where probabilities ` +
      "add up to 1: its weights are damaged, or its last layer is no softmax.",
  );
}
