/**
 * A copy of the model on the page's side, as a recent epoch left it. The model itself lives in the
 * worker, which may be lost: its memory may run out, or the graphics card go to sleep.
 *
 * @import { Remote } from "comlink"
 * @import { ModelFile } from "../shared/manifest.js"
 * @import { TrainerCompute } from "./worker.js"
 */

/** Milliseconds between two copies: they cost the training nothing that anyone would notice. */
const PAUSE = 5_000;

export class SafeCopy {
  /** @type {ModelFile | null} */
  file = null;
  copied = -Infinity;
  isCopying = false;
  /** Is the worker gone? Then this copy is the model. */
  isLost = false;

  /** @param {Remote<TrainerCompute>} compute */
  constructor(compute) {
    this.compute = compute;
  }

  /** An epoch is over. */
  async renew() {
    if (this.isCopying || performance.now() < this.copied + PAUSE) return;
    this.isCopying = true;
    try {
      this.file = (await this.compute.save()).artifacts;
      this.copied = performance.now();
    } catch {
      // The model was discarded meanwhile, or the worker is lost, which is told elsewhere.
    } finally {
      this.isCopying = false;
    }
  }

  /** There is another model, or none. */
  clear() {
    this.file = null;
    this.copied = -Infinity;
  }

  /**
   * The model: the worker's or, when that is lost, this one.
   *
   * @returns {Promise<ModelFile>}
   */
  async take() {
    if (this.isLost && this.file) return this.file;
    return (await this.compute.save()).artifacts;
  }
}
