/**
 * Features on a common scale, learned from the training pictures.
 *
 * @import { Matrix } from "./matrix.js"
 *
 * @typedef {{mean: Float32Array, deviation: Float32Array}} Scale
 */

/** Deviations below this share of the largest one are noise of a feature that says nothing. */
const LEAST_DEVIATION = 1e-3;

/**
 * Means and deviations of each feature over the training pictures.
 *
 * @param {Matrix} features
 * @returns {Scale}
 */
export function standardiser({ values, count, size }) {
  const mean = new Float64Array(size);
  const square = new Float64Array(size);
  for (let i = 0, at = 0; i < count; i++) {
    for (let j = 0; j < size; j++, at++) mean[j] += values[at] / count;
  }
  for (let i = 0, at = 0; i < count; i++) {
    for (let j = 0; j < size; j++, at++) square[j] += (values[at] - mean[j]) ** 2 / count;
  }
  const deviation = Float32Array.from(square, Math.sqrt);
  const least = Math.max(LEAST_DEVIATION * deviation.reduce((a, b) => Math.max(a, b), 0), 1e-6);
  return { mean: Float32Array.from(mean), deviation: deviation.map((d) => Math.max(d, least)) };
}

/**
 * Features with mean 0 and equal deviations, scaled so that a picture's row has a length of about
 * 1 whatever its size: one penalty then means the same for 1,280 features and for 3,072.
 *
 * @param {Matrix} features
 * @param {Scale} scale
 * @returns {Matrix}
 */
export function standardise({ values, count, size }, { mean, deviation }) {
  const scaled = new Float32Array(values.length);
  const factor = deviation.map((d) => 1 / (d * Math.sqrt(size)));
  for (let i = 0, at = 0; i < count; i++) {
    for (let j = 0; j < size; j++, at++) scaled[at] = (values[at] - mean[j]) * factor[j];
  }
  return { values: scaled, count, size };
}
