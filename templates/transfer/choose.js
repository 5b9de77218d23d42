/**
 * Which layers of the backbone serve the visitor's classes, and how much large weights are
 * punished: found out by cross-validation on the training pictures alone.
 *
 * Features are standardised over all pictures that take part, once, not anew in each round. That
 * does no harm: it uses no label; the mean makes no difference at all, since the bias is free and
 * takes up any shift; and a deviation hardly depends on the pictures left out.
 *
 * @import { Matrix } from "./matrix.js"
 *
 * @typedef {{taps: string[], regularisation: number, accuracy: number, loss: number}} Candidate
 * @typedef {{probabilities: Float32Array, indices: Int32Array, labels: number[]}} HeldOut answers
 *   about pictures by heads that did not learn from them, row by row; indices: which pictures
 * @typedef {{
 *   taps: string[], regularisation: number, method: "leave-one-out" | "k-fold" | "fixed",
 *   folds: number, pictures: number, candidates: Candidate[], why: string,
 *   heldOut: HeldOut | null
 * }} Choice
 * @typedef {{tap: string, size: number, products: Float32Array}} Gram products: between all rows
 */
import { byClass, pickRows } from "./batches.js";
import { leaveOut, makeFolds, sample } from "./folds.js";
import { listening } from "./listening.js";
import { gram } from "./operators.js";
import { balance, measure } from "./softmax.js";
import { standardise, standardiser } from "./standardise.js";

/**
 * Penalties that are tried: rows of features have a length of 1, so these span weak to strong. On
 * drawn faces weaker ones changed nothing and stronger ones were worse, for 1 to 40 a class.
 */
const REGULARISATIONS = [1e-5, 1e-4, 1e-3, 1e-2];
/** Without pictures to spare for trying. */
const FIXED = 1e-3;
/** More pictures would change the choice no more, and take longer. */
const MOST_PICTURES = 200;

/** What the taps are called on the page. */
const NAMES = /** @type {Record<string, string>} */ ({
  middle: "the middle layer",
  last: "the last layer",
  "middle last": "both together",
  pixels: "bare pixels",
  classic: "the last map",
});

/**
 * @param {{taps: Record<string, Matrix>, labels: number[], classes: number, seed?: number,
 *   sets?: string[][], regularisations?: number[]}} task rows of all matrices belong to the same
 *   pictures; sets: of taps that may be chosen, unless it is each by itself and all together
 * @param {(done: number, total: number) => void} [onProgress]
 * @param {{stopped: boolean}} [signal]
 * @returns {Promise<Choice>}
 */
export async function chooseFeatures(task, onProgress, signal = { stopped: false }) {
  const { classes, labels, taps, seed = 0, regularisations = REGULARISATIONS } = task;
  const sets = task.sets ?? tapSets(Object.keys(taps));
  const fixed = (/** @type {string} */ because) =>
    fixedChoice({ sets, regularisations, pictures: labels.length }, because);
  const lone = byClass([...labels.keys()], labels).some((own) => own.length < 2);
  if (lone) return fixed("a class has a single picture to learn from");
  const rows = sample(labels, MOST_PICTURES, seed);
  const kept = rows.map((row) => labels[row]);
  const folds = makeFolds(kept, seed);
  const grams = Object.entries(taps).map(([tap, matrix]) => gramOf(tap, pickRows(matrix, rows)));
  const trial = { sets, grams, labels: kept, folds, classes, regularisations };
  const results = await tryAll(trial, onProgress, signal);
  if (!results) return fixed("trying was stopped");
  const best = pickBest(results);
  return {
    taps: best.taps,
    regularisation: best.regularisation,
    method: folds.length === kept.length ? "leave-one-out" : "k-fold",
    folds: folds.length,
    pictures: kept.length,
    candidates: results.map(({ probabilities: _, ...candidate }) => candidate),
    why: explain(best, results, { folds: folds.length, tried: kept.length, all: labels.length }),
    heldOut: {
      probabilities: best.probabilities,
      indices: Int32Array.from(rows),
      labels: kept,
    },
  };
}

/**
 * @param {{sets: string[][], grams: Gram[], labels: number[], folds: number[][],
 *   classes: number, regularisations: number[]}} trial
 * @param {((done: number, total: number) => void) | undefined} onProgress
 * @param {{stopped: boolean}} signal
 * @returns {Promise<(Candidate & {probabilities: Float32Array})[] | null>} null when it is stopped
 */
async function tryAll(trial, onProgress, signal) {
  const { sets, grams, labels, folds, classes, regularisations } = trial;
  const shares = balance(labels, classes);
  const total = sets.length * folds.length * regularisations.length;
  const listen = listening();
  const results = [];
  let done = 0;
  for (const taps of sets) {
    const products = blend(grams.filter(({ tap }) => taps.includes(tap)));
    const rounds = leaveOut(products, labels, folds, trial);
    try {
      let round = rounds.next();
      for (; !round.done; round = rounds.next()) {
        onProgress?.(++done, total);
        await listen();
        if (signal.stopped) return null;
      }
      for (const [k, probabilities] of round.value.entries()) {
        const { loss, acc: accuracy } = measure(probabilities, labels, shares);
        results.push({ taps, regularisation: regularisations[k], accuracy, loss, probabilities });
      }
    } finally {
      rounds.return([]); // gives its tensors back, wherever it was stopped
    }
  }
  return results;
}

/**
 * Each tap by itself, and all together.
 *
 * @param {string[]} taps
 */
function tapSets(taps) {
  const single = taps.map((tap) => [tap]);
  return taps.length > 1 ? [...single, taps] : single;
}

/**
 * What is taken when nothing can be tried: the largest set. Faces live in the middle layer and
 * objects in the last; a head on both does nearly as well as one on the better of them.
 *
 * @param {{sets: string[][], regularisations: number[], pictures: number}} asked
 * @param {string} because
 * @returns {Choice}
 */
function fixedChoice({ sets, regularisations, pictures }, because) {
  const taps = sets.reduce((most, set) => (set.length > most.length ? set : most));
  const why =
    `It looks at ${nameOf(taps)}. That is a fixed rule, because ${because}: with two pictures or ` +
    "more of each class it tries what serves best.";
  const regularisation = regularisations.length === 1 ? regularisations[0] : FIXED;
  const none = { folds: 0, pictures, candidates: [], heldOut: null };
  return { taps, regularisation, method: "fixed", why, ...none };
}

/**
 * @param {string} tap
 * @param {Matrix} features
 * @returns {Gram}
 */
function gramOf(tap, features) {
  const products = gram(standardise(features, standardiser(features)));
  return { tap, size: features.size, products };
}

/**
 * The products of features side by side, scaled as those of one tap are.
 *
 * @param {Gram[]} parts
 */
function blend(parts) {
  const total = parts.reduce((sum, { size }) => sum + size, 0);
  const blended = new Float64Array(parts[0].products.length);
  for (const { size, products } of parts) {
    for (let i = 0; i < products.length; i++) blended[i] += (products[i] * size) / total;
  }
  return blended;
}

/**
 * Most answers right; of equals the one that was surer of them; of these the fewest layers.
 *
 * @template {Candidate} T
 * @param {T[]} candidates
 * @returns {T}
 */
export function pickBest(candidates) {
  return candidates.toSorted(
    (a, b) => b.accuracy - a.accuracy || a.loss - b.loss || a.taps.length - b.taps.length,
  )[0];
}

/**
 * @param {Candidate} best
 * @param {Candidate[]} candidates
 * @param {{folds: number, tried: number, all: number}} counts
 */
function explain(best, candidates, { folds, tried, all }) {
  /** @type {Map<string, number>} */
  const reached = new Map();
  for (const { taps, accuracy } of candidates) {
    const name = nameOf(taps);
    reached.set(name, Math.max(accuracy, reached.get(name) ?? 0));
  }
  const chosen = nameOf(best.taps);
  const others = [...reached]
    .filter(([name]) => name !== chosen)
    .map(([name, share]) => `${name} ${percent(share)}`);
  const pictures = tried === all ? `${all}` : `${tried} of ${all}`;
  const how = folds === tried ? "one at a time" : `in ${folds} rounds`;
  const versus = others.length ? ` (${others.join(", ")})` : "";
  return (
    `It looks at ${chosen}: of ${pictures} training pictures, left out ${how}, it named ` +
    `${percent(best.accuracy)} right${versus}.`
  );
}

/** @param {string[]} taps */
function nameOf(taps) {
  return NAMES[taps.join(" ")] ?? taps.join(" and ");
}

/** @param {number} share */
function percent(share) {
  return `${Math.round(share * 100)}%`;
}
