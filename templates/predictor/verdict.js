/**
 * What to say of a model's probabilities. Pure functions: Node runs their tests.
 */
import { formatShare } from "../shared/words.js";

/** From here on the page is sure; below the second, it is not. */
const SURE = 0.9;
const UNSURE = 0.5;

/**
 * @param {ArrayLike<number>} probabilities
 * @param {string[]} classes
 * @returns {{name: string, best: number, sentence: string}} `best` is the index of the class
 */
export function verdict(probabilities, classes) {
  const order = classes.map((_, i) => i).sort((a, b) => probabilities[b] - probabilities[a]);
  const [best, second] = order;
  const share = formatShare(probabilities[best]);
  const runnerUp = second === undefined ? "" : classes[second];
  let sentence = `${share} sure`;
  if (probabilities[best] < UNSURE) sentence = `Not sure: ${classes[best]} or ${runnerUp}?`;
  else if (probabilities[best] < SURE) sentence = `${share} sure, else ${runnerUp}`;
  return { name: classes[best], best, sentence };
}

/**
 * Do two models say the same?
 *
 * @param {ArrayLike<number>} a probabilities
 * @param {ArrayLike<number>} b
 * @returns {{agree: boolean, difference: number}} whether both find the same class most likely,
 *   and the largest difference of a probability
 */
export function compare(a, b) {
  const pairs = Array.from(a, (value, i) => Math.abs(value - b[i]));
  return { agree: argmax(a) === argmax(b), difference: Math.max(...pairs) };
}

/** @param {ArrayLike<number>} values */
export function argmax(values) {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
  return best;
}

/**
 * @param {ArrayLike<number>} values
 * @returns {number} NaN when there are none
 */
export function median(values) {
  const sorted = Array.from(values).sort((a, b) => a - b);
  return sorted.length ? sorted[sorted.length >> 1] : NaN;
}

/**
 * @param {number} difference from 0 to 1
 * @returns {string} such as "0.00003"
 */
export function formatDifference(difference) {
  return difference > 0 && difference < 1e-6 ? "< 0.000001" : difference.toFixed(6);
}
