/**
 * Who answers new pictures: the head that was taught here or, while one is open, a model that was
 * made elsewhere. What came last answers. Whoever shows answers listens for "change".
 *
 * @import { Remote } from "comlink"
 * @import { Project } from "./project.js"
 * @import { TeachableModel } from "./teachable.js"
 * @import { TransferCompute } from "./worker.js"
 *
 * @typedef {{title: string, classes: string[], size: number, threshold: null}} ModelInfo size:
 *   pixels a side that it sees; threshold: it always answers
 */
import { transfer } from "comlink";

export class Answerer extends EventTarget {
  /** @type {ModelInfo | null} the opened model, while it answers */
  model = null;

  /**
   * @param {Project} project
   * @param {Pick<Remote<TransferCompute>, "openModel" | "closeModel" | "askModel" |
   *   "predictPixels">} compute
   */
  constructor(project, compute) {
    super();
    this.project = project;
    this.compute = compute;
    project.addEventListener("head", () => this.follow());
  }

  /** Who answers, with its classes and the least probability that counts; null: nobody. */
  get current() {
    return this.model ?? this.project.head;
  }

  /**
   * Let a model answer in place of the head, which stays.
   *
   * @param {TeachableModel} file its weights move to the worker
   */
  async open(file) {
    const { size } = await this.compute.openModel(transfer(file, [file.parts.weightData]));
    this.model = { title: file.title, classes: file.classes, size, threshold: null };
    this.dispatchEvent(new Event("change"));
  }

  /** Take the opened model away: the head answers again, if there is one. */
  async close() {
    if (!this.model) return;
    this.model = null;
    this.dispatchEvent(new Event("change"));
    await this.compute.closeModel();
  }

  /** There is another head, which takes the opened model's place, or none. */
  follow() {
    if (this.project.head && this.model) {
      this.model = null;
      this.compute.closeModel();
    }
    this.dispatchEvent(new Event("change"));
  }

  /**
   * @param {Uint8Array} pixels of one prepared picture
   * @returns {Promise<{probabilities: Float32Array, milliseconds: number}>} of `current`
   */
  predict(pixels) {
    return this.model ? this.compute.askModel(pixels) : this.compute.predictPixels(pixels);
  }
}
