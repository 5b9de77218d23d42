/**
 * "Not sure" as an answer: below some probability the head keeps silent. Fewer pictures get an
 * answer then, and more of the answers are right.
 *
 * @typedef {{threshold: number, coverage: number, accuracy: number}} Point coverage: share of
 *   pictures that get an answer; accuracy: share of these answers that are right
 */
import { likeliest } from "./scores.js";

/** Of the answers given, so many should be right. */
export const WANTED = 0.95;

/**
 * Coverage and accuracy for every threshold that makes a difference, the least first.
 *
 * @param {Float32Array} probabilities one row a picture
 * @param {ArrayLike<number>} labels
 * @param {string[]} classes
 * @returns {Point[]}
 */
export function coverageCurve(probabilities, labels, classes) {
  const answers = Array.from(labels, (label, i) => {
    const row = probabilities.subarray(i * classes.length, (i + 1) * classes.length);
    const best = likeliest(row);
    return { sure: row[best], right: best === label };
  }).sort((a, b) => a.sure - b.sure);
  let right = answers.filter((answer) => answer.right).length;
  /** @type {Point[]} */
  const curve = [];
  answers.forEach((answer, i) => {
    if (i === 0 || answer.sure > answers[i - 1].sure) {
      const given = answers.length - i;
      const coverage = given / answers.length;
      curve.push({ threshold: i === 0 ? 0 : answer.sure, coverage, accuracy: right / given });
    }
    if (answer.right) right--;
  });
  return curve;
}

/**
 * The lowest threshold at which enough of the answers are right, so that as many pictures as
 * possible get one. If none reaches that, the one whose answers are best.
 *
 * @param {Point[]} curve not empty
 * @param {number} [wanted]
 * @returns {Point & {reached: boolean}}
 */
export function chooseThreshold(curve, wanted = WANTED) {
  const found = curve.find(({ accuracy }) => accuracy >= wanted);
  if (found) return { ...found, reached: true };
  const best = curve.reduce((a, b) => (b.accuracy > a.accuracy ? b : a));
  return { ...best, reached: false };
}

/**
 * The threshold that answers to pictures the head has not learned from speak for.
 *
 * @param {{probabilities: Float32Array, labels: ArrayLike<number>} | null | undefined} unseen
 * @param {string[]} classes
 * @returns {number | null} null when there are no such pictures
 */
export function thresholdFor(unseen, classes) {
  if (!unseen || unseen.labels.length === 0) return null;
  return chooseThreshold(coverageCurve(unseen.probabilities, unseen.labels, classes)).threshold;
}

/**
 * @param {ArrayLike<number>} row one picture's probabilities
 * @param {number | null} threshold
 */
export function isUnsure(row, threshold) {
  return threshold !== null && row[likeliest(row)] < threshold;
}
