/**
 * The data as a training loop wants it: the loader class of the classic MNIST tutorials, with
 * their three methods and meanings, on sheets that arrive while training runs.
 *
 * @import { Tensor2D } from "@tensorflow/tfjs-core"
 * @import { LoadProgress } from "./arrived.js"
 * @import { SplitName } from "./manifest.js"
 * @import { Sheets } from "./sheets.js"
 *
 * @typedef {{pixels: Uint8Array, labels: Uint16Array}} Batch images, one after the other, and the
 *   class of each
 */
import { tensor2d } from "@tensorflow/tfjs-core";
import { seededRandom, shuffle } from "./random.js";

/** Images of one split in a shuffled order, without repeats until an epoch is used up. */
class Draw {
  /**
   * @param {number} count images of an epoch
   * @param {number[]} ends where the sheets end: the first epoch shuffles within each of them
   * @param {number} seed
   */
  constructor(count, ends, seed) {
    this.random = seededRandom(seed);
    this.order = Uint32Array.from({ length: count }, (_, i) => i);
    this.position = 0;
    // In the first epoch the images are still arriving, sheet by sheet: shuffling within each
    // sheet lets training start on the first one and still draws the same for the same seed.
    ends.forEach((end, i) => {
      shuffle(this.order, this.random, ends[i - 1] ?? 0, Math.min(end, count));
    });
  }

  /** @param {number} n */
  next(n) {
    const indices = new Uint32Array(n);
    for (let i = 0; i < n; i++) {
      if (this.position === this.order.length) {
        shuffle(this.order, this.random);
        this.position = 0;
      }
      indices[i] = this.order[this.position++];
    }
    return indices;
  }

  /**
   * The highest image that the next n draws need, plus one.
   *
   * @param {number} n
   */
  needs(n) {
    const end = this.position + n;
    if (end > this.order.length) return this.order.length;
    let highest = 0;
    for (let i = this.position; i < end; i++) highest = Math.max(highest, this.order[i] + 1);
    return highest;
  }
}

export class SheetData {
  /**
   * @param {Sheets} sheets
   * @param {{train: number, test?: number, seed: number}} options how many images of the training
   *   split (and of the test split) are used, and the seed of the shuffling
   */
  constructor(sheets, { train, test = sheets.manifest.splits.test.count, seed }) {
    this.sheets = sheets;
    const { splits } = sheets.manifest;
    // An image that no sheet holds would be waited for without end.
    this.counts = {
      train: Math.min(train, splits.train.count),
      test: Math.min(test, splits.test.count),
    };
    this.draws = {
      train: new Draw(this.counts.train, endsOf(splits.train.sheets), seed),
      test: new Draw(this.counts.test, endsOf(splits.test.sheets), seed + 1),
    };
  }

  /**
   * Fetch all images that the run needs. Training need not wait for it: `available` does.
   *
   * @param {(progress: LoadProgress) => void} [onProgress]
   */
  async load(onProgress) {
    await this.sheets.load("train", this.counts.train, onProgress);
    await this.sheets.load("test", this.counts.test, onProgress);
  }

  /**
   * Fetch the images of the next `n` draws, and no others.
   *
   * @param {"train" | "test"} split
   * @param {number} n
   */
  async loadNext(split, n) {
    await this.sheets.load(split, this.draws[split].needs(n));
  }

  /**
   * Resolve when the images of the next `n` draws have arrived.
   *
   * @param {"train" | "test"} split
   * @param {number} n
   */
  async available(split, n) {
    await this.sheets.waitFor(split, this.draws[split].needs(n));
  }

  /**
   * The next `n` images of a split, shuffled.
   *
   * @param {"train" | "test"} split
   * @param {number} n
   * @returns {Batch}
   */
  next(split, n) {
    return this.take(split, this.draws[split].next(n));
  }

  /**
   * Chosen images.
   *
   * @param {SplitName} split
   * @param {ArrayLike<number>} indices
   * @returns {Batch}
   */
  take(split, indices) {
    const labels = this.sheets.labels(split);
    return {
      pixels: this.sheets.images(split, indices),
      labels: Uint16Array.from(indices, (index) => labels[index]),
    };
  }

  /**
   * The next `n` training images, shuffled: `xs` [n, 784] in 0..1 and one-hot `labels` [n, 10]
   * for MNIST. The caller disposes both.
   *
   * @param {number} n
   * @returns {{xs: Tensor2D, labels: Tensor2D}}
   */
  nextTrainBatch(n) {
    return this.tensors(this.next("train", n));
  }

  /**
   * The next `n` test images, in the same form. Never trained on, and not used for choices.
   *
   * @param {number} n
   * @returns {{xs: Tensor2D, labels: Tensor2D}}
   */
  nextTestBatch(n) {
    return this.tensors(this.next("test", n));
  }

  /**
   * @param {Batch} batch
   * @returns {{xs: Tensor2D, labels: Tensor2D}}
   */
  tensors({ pixels, labels }) {
    const xs = Float32Array.from(pixels, (value) => value / 255);
    return {
      xs: tensor2d(xs, [labels.length, this.sheets.size]),
      labels: oneHot(labels, this.sheets.manifest.classes.length),
    };
  }
}

/** @param {{count: number}[]} sheets */
function endsOf(sheets) {
  let end = 0;
  return sheets.map(({ count }) => (end += count));
}

/**
 * [n, classes]. Made here, as tf.oneHot writes whole numbers into a float32 tensor on WASM.
 *
 * @param {Uint16Array} labels
 * @param {number} classes
 */
export function oneHot(labels, classes) {
  const rows = new Float32Array(labels.length * classes);
  labels.forEach((label, i) => (rows[i * classes + label] = 1));
  return tensor2d(rows, [labels.length, classes]);
}
