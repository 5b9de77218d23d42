/**
 * The data as a training loop wants it: the loader class of the classic MNIST tutorials, with
 * their three methods and meanings, on sheets that arrive while training runs.
 *
 * @import { Tensor2D } from "@tensorflow/tfjs-core"
 * @import { LoadProgress } from "./arrived.js"
 * @import { SplitName } from "./manifest.js"
 * @import { Sheets } from "./sheets.js"
 */
import { tensor2d } from "@tensorflow/tfjs-core";
import { seededRandom, shuffle } from "./random.js";

/** Images of one split in a shuffled order, without repeats until an epoch is used up. */
class Draw {
  /**
   * @param {number} count images of an epoch
   * @param {number} window the first epoch shuffles within windows of this many images
   * @param {number} seed
   */
  constructor(count, window, seed) {
    this.random = seededRandom(seed);
    this.order = Uint32Array.from({ length: count }, (_, i) => i);
    this.position = 0;
    // In the first epoch the images are still arriving, sheet by sheet: shuffling within each
    // sheet lets training start on the first one and still draws the same for the same seed.
    for (let at = 0; at < count; at += window) {
      shuffle(this.order, this.random, at, Math.min(at + window, count));
    }
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
    const window = splits.train.sheets[0].count;
    this.draws = {
      train: new Draw(this.counts.train, window, seed),
      test: new Draw(this.counts.test, window, seed + 1),
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
   * Resolve when the images of the next `n` draws have arrived.
   *
   * @param {"train" | "test"} split
   * @param {number} n
   */
  async available(split, n) {
    await this.sheets.waitFor(split, this.draws[split].needs(n));
  }

  /**
   * The next `n` training images, shuffled: `xs` [n, 784] in 0..1 and one-hot `labels` [n, 10]
   * for MNIST. The caller disposes both.
   *
   * @param {number} n
   * @returns {{xs: Tensor2D, labels: Tensor2D}}
   */
  nextTrainBatch(n) {
    return this.batch("train", this.draws.train.next(n));
  }

  /**
   * The next `n` test images, in the same form. Never trained on, and not used for choices.
   *
   * @param {number} n
   * @returns {{xs: Tensor2D, labels: Tensor2D}}
   */
  nextTestBatch(n) {
    return this.batch("test", this.draws.test.next(n));
  }

  /**
   * Chosen images as tensors.
   *
   * @param {SplitName} split
   * @param {ArrayLike<number>} indices
   * @returns {{xs: Tensor2D, labels: Tensor2D}}
   */
  batch(split, indices) {
    const { size, manifest } = this.sheets;
    const bytes = this.sheets.images(split, indices);
    const values = new Float32Array(bytes.length);
    for (let i = 0; i < bytes.length; i++) values[i] = bytes[i] / 255;
    // Made here, as tf.oneHot writes whole numbers into a float32 tensor on WASM.
    const labels = this.sheets.labels(split);
    const classes = manifest.classes.length;
    const oneHot = new Float32Array(indices.length * classes);
    for (let i = 0; i < indices.length; i++) oneHot[i * classes + labels[indices[i]]] = 1;
    return {
      xs: tensor2d(values, [indices.length, size]),
      labels: tensor2d(oneHot, [indices.length, classes]),
    };
  }
}
