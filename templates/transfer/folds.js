/**
 * Cross-validation: some pictures are left out, a head learns from the rest and is asked for those
 * left out; then others are left out, until each has been.
 *
 * With n pictures a head's weights are sums of n rows of features, so all of it is done on the
 * n × n products between rows (the Gram matrix), which are computed once for all rounds.
 */
import { byClass, shuffled } from "./batches.js";
import { Descent } from "./descent.js";
import { fewFeatures } from "./operators.js";
import { addBias, balance, softmax } from "./softmax.js";

/** Up to so many pictures, each is left out once by itself. */
const ONE_BY_ONE = 40;
const FOLDS = 5;
/** Steps of one descent; few need as many. */
const MOST_STEPS = 60;
/** Close enough to the best head to tell which answers it gives. */
const CLOSE = 1e-3;

/**
 * So many pictures, every class its share and at least two.
 *
 * @param {ArrayLike<number>} labels
 * @param {number} most
 * @param {number} seed
 * @returns {number[]} rows, ascending
 */
export function sample(labels, most, seed) {
  const rows = shuffled(labels.length, seed);
  const share = Math.min(1, most / labels.length);
  return byClass(rows, labels)
    .flatMap((own) => own.slice(0, Math.max(2, Math.round(own.length * share))))
    .sort((a, b) => a - b);
}

/**
 * Rounds: which pictures are left out in each. Every class is spread evenly over them, so one of
 * two pictures or more is never left out whole.
 *
 * @param {ArrayLike<number>} labels
 * @param {number} seed
 * @returns {number[][]}
 */
export function makeFolds(labels, seed) {
  if (labels.length <= ONE_BY_ONE) return Array.from(labels, (_, row) => [row]);
  /** @type {number[][]} */
  const folds = Array.from({ length: FOLDS }, () => []);
  const order = byClass(shuffled(labels.length, seed + 1), labels).flat();
  order.forEach((row, i) => folds[i % FOLDS].push(row));
  return folds;
}

/**
 * What heads that did not learn from a picture say about it: one for each penalty, round by round.
 * A head begins where that of the next stronger penalty arrived, never where one arrived that has
 * seen the pictures left out.
 *
 * @param {ArrayLike<number>} products [n, n]
 * @param {ArrayLike<number>} labels
 * @param {number[][]} folds
 * @param {{classes: number, regularisations: number[]}} settings
 * @returns {Generator<void, Float32Array[]>} yields after each head; at last the probabilities
 *   [n, classes] for each penalty
 */
export function* leaveOut(products, labels, folds, { classes, regularisations }) {
  const operator = fewFeatures(products, labels.length, classes);
  const answers = regularisations.map(() => new Float32Array(labels.length * classes));
  const falling = [...regularisations.keys()].sort(
    (a, b) => regularisations[b] - regularisations[a],
  );
  try {
    for (const fold of folds) {
      const shares = balance(labels, classes, new Set(fold));
      const settings = { classes, regularisation: regularisations[falling[0]], close: CLOSE };
      const descent = new Descent(operator, labels, shares, settings);
      for (const k of falling) {
        descent.aim(regularisations[k]);
        for (let step = 0; step < MOST_STEPS && !descent.converged; step++) descent.next();
        const logits = Float64Array.from(operator.forward(descent.weights, classes));
        softmax(addBias(logits, descent.bias), classes);
        for (const row of fold) {
          answers[k].set(logits.subarray(row * classes, (row + 1) * classes), row * classes);
        }
        yield;
      }
    }
  } finally {
    operator.dispose();
  }
  return answers;
}
