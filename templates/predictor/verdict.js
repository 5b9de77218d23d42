/**
 * What to say of a model's probabilities. Pure functions: Node runs their tests.
 */
import { formatShare } from "../shared/words.js";

/** From here on the page is sure, and names no other class. */
const SURE = 0.9;

/**
 * @param {ArrayLike<number>} probabilities
 * @param {string[]} classes
 * @param {{unsure: number, ranked: boolean}} rule unsure: the page is not sure below it; ranked:
 *   the list begins with the likeliest classes, so that the line need not name two
 * @returns {{name: string, sentence: string, isSure: boolean}}
 */
export function verdict(probabilities, classes, { unsure, ranked }) {
  const [best, second] = rank(probabilities);
  const share = formatShare(probabilities[best]);
  const name = classes[best];
  const runnerUp = classes[second];
  if (probabilities[best] < unsure) {
    const sentence = ranked ? `Not sure: ${name} at ${share}` : `Not sure: ${name} or ${runnerUp}?`;
    return { name, sentence, isSure: false };
  }
  const isClear = probabilities[best] >= SURE || runnerUp === undefined;
  return { name, sentence: `${share} sure${isClear ? "" : `, else ${runnerUp}`}`, isSure: true };
}

/**
 * Class indices, the likeliest first; equals in the classes' own order.
 *
 * @param {ArrayLike<number>} probabilities
 */
export function rank(probabilities) {
  return Array.from(probabilities, (_, i) => i).sort((a, b) => probabilities[b] - probabilities[a]);
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

/**
 * The middle one of some times, no finer than the clock: Firefox's counts whole milliseconds, and
 * larger steps yet where it is set to hide what would tell visitors apart.
 *
 * @param {number[]} times in milliseconds
 * @returns {string} such as "1.4 ms", "2 ms" or "≈ 0 ms"
 */
export function formatMiddle(times) {
  const middle = median(times);
  if (middle === 0) return "≈ 0 ms";
  return times.every(Number.isInteger) ? `${middle} ms` : `${middle.toFixed(1)} ms`;
}
