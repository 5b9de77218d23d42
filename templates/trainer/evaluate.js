/**
 * How good a network is, on images that it was not trained on.
 *
 * @import { SheetData } from "../shared/data.js"
 * @import { SplitName } from "../shared/manifest.js"
 * @import { Network } from "./network.js"
 *
 * @typedef {{index: number, label: number, predicted: number, probability: number}} Misread
 */

/** Images in one go. */
const BATCH = 500;
/** Below it a probability counts as this in the loss, as Keras has it. */
const LEAST = 1e-7;

/**
 * Loss (categorical cross-entropy) and accuracy on the first images of a split.
 *
 * @param {Network} network
 * @param {SheetData} data whose sheets hold these images
 * @param {SplitName} split
 * @param {number} count
 * @param {() => Promise<void>} pause awaited between batches
 * @param {(index: number, label: number, probabilities: Float32Array) => void} [onImage]
 */
export async function score(network, data, split, count, pause, onImage) {
  const labels = data.sheets.labels(split);
  let [loss, right] = [0, 0];
  for (let start = 0; start < count; start += BATCH) {
    await pause();
    const size = Math.min(BATCH, count - start);
    const indices = Array.from({ length: size }, (_, i) => start + i);
    const all = await network.predict(data.take(split, indices).pixels);
    const classes = all.length / size;
    indices.forEach((index, i) => {
      const probabilities = all.subarray(i * classes, (i + 1) * classes);
      loss -= Math.log(Math.max(probabilities[labels[index]], LEAST)) / count;
      right += largest(probabilities) === labels[index] ? 1 : 0;
      onImage?.(index, labels[index], probabilities);
    });
  }
  return { loss, accuracy: right / count };
}

/**
 * Everything that the page shows of a network's mistakes, from one and the same sample.
 *
 * @param {Network} network
 * @param {SheetData} data
 * @param {number} count of test images
 * @param {() => Promise<void>} pause
 */
export async function evaluate(network, data, count, pause) {
  const { classes } = data.sheets.manifest;
  const confusion = classes.map(() => classes.map(() => 0));
  /** @type {Misread[]} */
  const misread = [];
  const { loss, accuracy } = await score(
    network,
    data,
    "test",
    count,
    pause,
    (index, label, probabilities) => {
      const predicted = largest(probabilities);
      confusion[label][predicted] += 1;
      const probability = probabilities[predicted];
      if (predicted !== label) misread.push({ index, label, predicted, probability });
    },
  );
  const perClass = classes.map((name, label) => ({
    name,
    right: confusion[label][label],
    total: confusion[label].reduce((sum, n) => sum + n, 0),
  }));
  return { images: count, accuracy, loss, perClass, confusion, misread };
}

/**
 * The index of the largest value, the first one of equals.
 *
 * @param {Float32Array} values
 */
export function largest(values) {
  return values.reduce((best, value, i) => (value > values[best] ? i : best), 0);
}
