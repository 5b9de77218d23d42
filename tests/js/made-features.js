/**
 * Made features for the tests of heads: noise, and something that differs between classes.
 *
 * @import { Matrix } from "../../templates/transfer/matrix.js"
 */
import { seededRandom } from "../../templates/shared/random.js";

/**
 * @param {{counts: number[], size: number, signal: number, seed: number}} wanted counts: pictures
 *   of each class; signal: how far classes are apart, beside the noise
 * @returns {{features: Matrix, labels: number[]}} the same signal whatever the seed
 */
export function makeExamples({ counts, size, signal, seed }) {
  const random = seededRandom(seed);
  const centres = seededRandom(size);
  const towards = counts.map(() => Float32Array.from({ length: size }, () => bell(centres)));
  const labels = counts.flatMap((count, label) => new Array(count).fill(label));
  const values = new Float32Array(labels.length * size);
  labels.forEach((label, i) => {
    for (let j = 0; j < size; j++) {
      // Each feature has a place and a spread of its own, as those of a network do.
      const spread = 1 + (j % 7);
      values[i * size + j] = spread * (3 + bell(random) + signal * towards[label][j]);
    }
  });
  return { features: { values, count: labels.length, size }, labels };
}

/**
 * A normally distributed number (Box and Muller).
 *
 * @param {() => number} random
 */
function bell(random) {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/**
 * @param {Float32Array} probabilities
 * @param {ArrayLike<number>} expected
 */
export function farthest(probabilities, expected) {
  return probabilities.reduce((far, value, i) => Math.max(far, Math.abs(value - expected[i])), 0);
}
