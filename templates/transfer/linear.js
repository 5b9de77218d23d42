/**
 * A linear head: multinomial logistic regression on standardised features, with a penalty on
 * large weights. An epoch is one step over all pictures.
 *
 * @import { Matrix } from "./matrix.js"
 * @import { Epoch } from "./project.js"
 * @import { Scale } from "./standardise.js"
 *
 * @typedef {{
 *   kind: "linear", size: number, classes: number, weights: Float32Array, bias: Float32Array,
 *   mean: Float32Array
 * }} LinearHead logits = raw features · weights [size, classes] + bias
 * @typedef {{features: Matrix, labels: ArrayLike<number>}} Examples
 */
import { matMul, tensor2d, tidy } from "@tensorflow/tfjs-core";
import { Descent } from "./descent.js";
import { listening } from "./listening.js";
import { Features, read } from "./operators.js";
import { addBias, balance, measure, softmax } from "./softmax.js";
import { standardise, standardiser } from "./standardise.js";

/**
 * Train a head.
 *
 * @param {Examples & {classes: number, regularisation: number, epochs: number,
 *   validation?: Examples | null}} task
 * @param {(epoch: Epoch & {epochs: number}) => void | Promise<void>} [onEpoch]
 * @param {{stopped: boolean}} [signal]
 * @returns {Promise<{head: LinearHead, history: Epoch[], stopped: boolean}>} the history ends early
 *   when the best head is found
 */
export async function trainLinear(task, onEpoch, signal = { stopped: false }) {
  const { features, labels, classes, regularisation, epochs, validation } = task;
  const scale = standardiser(features);
  const operator = new Features(standardise(features, scale));
  const checks = validation?.features.count ? new Check(validation, scale, classes) : null;
  const listen = listening();
  try {
    const shares = balance(labels, classes);
    const descent = new Descent(operator, labels, shares, { classes, regularisation });
    /** @type {Epoch[]} */
    const history = [];
    while (history.length < epochs && !signal.stopped && !descent.converged) {
      const { loss, acc } = descent.next();
      const row = { epoch: history.length + 1, loss, acc, ...checks?.measure(descent) };
      history.push(row);
      await onEpoch?.({ ...row, epochs });
      await listen();
    }
    return { head: rawHead(descent, scale, classes), history, stopped: signal.stopped };
  } finally {
    operator.dispose();
    checks?.dispose();
  }
}

/**
 * Probabilities of some pictures.
 *
 * @param {Omit<LinearHead, "kind" | "mean">} head
 * @param {Matrix} features
 * @returns {Float32Array} count * classes
 */
export function predictLinear({ weights, bias, size, classes }, features) {
  if (features.size !== size) {
    throw new Error(`The head was trained on ${size} features a picture, not ${features.size}.`);
  }
  const logits = product(features, weights, classes);
  return softmax(addBias(logits, bias), classes);
}

/**
 * @param {Matrix} features
 * @param {Float32Array} weights [size, classes]
 * @param {number} classes
 */
function product({ values, count, size }, weights, classes) {
  if (count === 0) return new Float32Array(0);
  return tidy(() => {
    const rows = tensor2d(values, [count, size]);
    return read(matMul(rows, tensor2d(weights, [size, classes])));
  });
}

/** How a head under training does on pictures that it does not learn from. */
class Check {
  /**
   * @param {Examples} examples
   * @param {Scale} scale
   * @param {number} classes
   */
  constructor({ features, labels }, scale, classes) {
    this.operator = new Features(standardise(features, scale));
    this.labels = labels;
    this.classes = classes;
    this.shares = balance(labels, classes);
  }

  /** @param {Descent} descent */
  measure({ weights, bias }) {
    const logits = Float64Array.from(this.operator.forward(weights, this.classes));
    const answers = softmax(addBias(logits, bias), this.classes);
    const { loss, acc } = measure(answers, this.labels, this.shares);
    return { valLoss: loss, valAcc: acc };
  }

  dispose() {
    this.operator.dispose();
  }
}

/**
 * The head for raw features: standardising them is folded into its weights.
 *
 * @param {Descent} descent
 * @param {Scale} scale
 * @param {number} classes
 * @returns {LinearHead}
 */
function rawHead({ weights, bias }, { mean, deviation }, classes) {
  const size = mean.length;
  const raw = new Float32Array(size * classes);
  const shifted = Float64Array.from(bias);
  for (let j = 0, at = 0; j < size; j++) {
    const factor = 1 / (deviation[j] * Math.sqrt(size));
    for (let c = 0; c < classes; c++, at++) {
      raw[at] = weights[c * size + j] * factor;
      shifted[c] -= mean[j] * raw[at];
    }
  }
  const folded = { weights: raw, bias: Float32Array.from(shifted), mean };
  return { kind: "linear", size, classes, ...folded };
}
