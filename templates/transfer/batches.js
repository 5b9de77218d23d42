/**
 * Orders and batches of examples, seeded.
 *
 * @import { Matrix } from "./matrix.js"
 */
import { seededRandom, shuffle } from "../shared/random.js";

/**
 * 0 to count - 1 in another order.
 *
 * @param {number} count
 * @param {number} seed
 * @returns {number[]}
 */
export function shuffled(count, seed) {
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  shuffle(order, seededRandom(seed));
  return [...order];
}

/**
 * The rows of each class that has some, by class.
 *
 * @param {number[]} rows
 * @param {ArrayLike<number>} labels
 * @returns {number[][]}
 */
export function byClass(rows, labels) {
  /** @type {Map<number, number[]>} */
  const groups = new Map();
  for (const row of rows) {
    const group = groups.get(labels[row]);
    if (group) group.push(row);
    else groups.set(labels[row], [row]);
  }
  return [...groups.keys()].sort((a, b) => a - b).map((label) => groups.get(label) ?? []);
}

/**
 * One epoch of batches in which every class is there equally often: once around the largest class,
 * the smaller ones begin again when they are used up.
 *
 * @param {number[]} labels
 * @param {number} batchSize
 * @param {number} seed another one for each epoch
 * @returns {Generator<number[]>} rows
 */
export function* balancedBatches(labels, batchSize, seed) {
  const groups = byClass(shuffled(labels.length, seed), labels);
  const longest = Math.max(...groups.map((group) => group.length));
  const order = Array.from({ length: longest }, (_, i) =>
    groups.map((group) => group[i % group.length]),
  ).flat();
  for (let start = 0; start < order.length; start += batchSize) {
    yield order.slice(start, start + batchSize);
  }
}

/**
 * Some rows of a matrix, in the order asked for.
 *
 * @param {Matrix} matrix
 * @param {number[]} rows
 * @returns {Matrix}
 */
export function pickRows({ values, size }, rows) {
  const picked = new Float32Array(rows.length * size);
  rows.forEach((row, i) => picked.set(values.subarray(row * size, (row + 1) * size), i * size));
  return { values: picked, count: rows.length, size };
}
