/**
 * What a network has learned, on its way between TensorFlow.js and the fused program: weights,
 * Adam's moments, and how many steps it has taken. Nothing starts anew when the visitor chooses
 * another backend in the middle of a run.
 *
 * @import { LayersModel } from "@tensorflow/tfjs-layers"
 * @import { AdamOptimizer, Tensor } from "@tensorflow/tfjs-core"
 * @import { Arrays, State } from "./fused-network.js"
 */
import { dispose, tensor } from "@tensorflow/tfjs-core";

/**
 * @param {LayersModel} model all of whose weights are trained
 * @param {AdamOptimizer} optimizer
 * @returns {Promise<State>}
 */
export async function readState(model, optimizer) {
  const values = await arraysOf(model.getWeights());
  const [steps, ...moments] = await optimizer.getWeights();
  steps.tensor.dispose();
  const arrays = await arraysOf(moments.map((moment) => moment.tensor));
  const zeros = values.map((array) => new Float32Array(array.length));
  return {
    values,
    first: arrays.length ? arrays.slice(0, values.length) : zeros,
    second: arrays.length ? arrays.slice(values.length) : zeros,
    steps: optimizer.iterations,
  };
}

/**
 * @param {LayersModel} model
 * @param {Arrays} values
 */
export function writeWeights(model, values) {
  const tensors = tensorsLike(model.getWeights(), values);
  model.setWeights(tensors);
  dispose(tensors);
}

/**
 * @param {LayersModel} model
 * @param {AdamOptimizer} optimizer
 * @param {State} state
 */
export async function writeState(model, optimizer, { values, first, second, steps }) {
  writeWeights(model, values);
  const [count, ...old] = await optimizer.getWeights();
  const weights = model.getWeights();
  /** @param {Arrays} arrays @param {string} name */
  const named = (arrays, name) =>
    tensorsLike(weights, arrays).map((tensor, i) => ({ name: `${name}${i}`, tensor }));
  const now = [
    { name: count.name, tensor: tensor(steps, [], "int32") },
    ...named(first, "m"),
    ...named(second, "v"),
  ];
  await optimizer.setWeights(now); // it keeps copies, and forgets the old ones
  dispose([count, ...old, ...now].map((weight) => weight.tensor));
}

/**
 * @param {Tensor[]} tensors
 * @returns {Promise<Arrays>}
 */
function arraysOf(tensors) {
  return Promise.all(
    tensors.map(async (tensor) => /** @type {Float32Array} */ (await tensor.data())),
  );
}

/**
 * @param {Tensor[]} models whose shapes they get
 * @param {Arrays} arrays
 */
function tensorsLike(models, arrays) {
  return arrays.map((array, i) => tensor(array, models[i].shape));
}
