/**
 * A trained head at work: features in, probabilities out, linear or classic alike.
 *
 * @import { Matrix } from "./matrix.js"
 * @import { ClassicHead } from "./classic.js"
 * @import { LinearHead } from "./linear.js"
 * @import { TrainedHead } from "./project.js"
 */
import { layersToLinear } from "./layers-file.js";
import { predictLinear } from "./linear.js";

export class Head {
  /**
   * @param {TrainedHead} trained
   * @param {ClassicHead | null} classic
   */
  constructor(trained, classic) {
    this.trained = trained;
    this.classic = classic;
    /** @type {LinearHead | null} */
    this.linear = classic
      ? null
      : { kind: "linear", mean: trained.mean, ...layersToLinear(trained.file) };
  }

  /** @param {TrainedHead} trained */
  static async open(trained) {
    if (trained.kind === "linear") return new Head(trained, null);
    const { ClassicHead } = await import("./classic.js");
    return new Head(trained, await ClassicHead.open(trained.file));
  }

  /**
   * @param {Matrix} features those of the head's taps, side by side
   * @returns {Promise<Float32Array>} probabilities, one row a picture
   */
  async predict(features) {
    if (this.linear) return predictLinear(this.linear, features);
    return /** @type {ClassicHead} */ (this.classic).predict(features);
  }

  dispose() {
    this.classic?.dispose();
  }
}
