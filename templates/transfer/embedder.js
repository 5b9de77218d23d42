/**
 * A backbone at work: pictures in, values at its taps out.
 *
 * It comes in parts that run one after another. The first reaches the middle of the network,
 * where faces are told apart; the last, and the head that knows ImageNet's 1,000 classes, are
 * loaded when they are wanted.
 *
 * @import { GraphModel } from "@tensorflow/tfjs-converter"
 * @import { Tensor } from "@tensorflow/tfjs-core"
 * @import { BackboneData, PartName, TapData } from "./session.js"
 */
import { loadGraphModel } from "@tensorflow/tfjs-converter";
import { tensor, tidy } from "@tensorflow/tfjs-core";
import { fetchOrExplain } from "../shared/manifest.js";
import { gridAverage, smallPixels } from "./grid.js";

/** The tap that needs no network: the picture itself, small. */
export const PIXELS = "pixels";

export class Embedder {
  /** @type {Map<PartName, GraphModel>} */
  parts = new Map();
  /** @type {Map<PartName, Promise<void>>} */
  loading = new Map();

  /** @param {BackboneData} backbone with absolute URLs */
  constructor(backbone) {
    this.backbone = backbone;
  }

  /** @param {PartName} part */
  load(part) {
    const loading = this.loading.get(part) ?? this.fetch(part);
    this.loading.set(part, loading);
    loading.catch(() => this.loading.delete(part));
    return loading;
  }

  /** @param {PartName} part */
  async fetch(part) {
    const { url } = this.backbone.parts[part];
    const model = await loadGraphModel(url).catch(async (cause) => {
      await fetchOrExplain(url);
      throw new Error(
        `${this.backbone.title} at ${url} cannot be read: a weight file is missing, truncated or ` +
          `from another version of the site. Reload the page. (${cause.message})`,
        { cause },
      );
    });
    this.parts.set(part, model);
  }

  /** @param {string} tap */
  has(tap) {
    return tap === PIXELS || this.parts.has(this.backbone.taps[tap]?.part);
  }

  /**
   * The values of some pictures at some taps.
   *
   * @param {Uint8Array} pixels n * size * size * 3, red, green, blue
   * @param {string[]} taps
   * @returns {Record<string, Float32Array>} by tap, one row a picture
   */
  embed(pixels, taps) {
    const { size } = this.backbone;
    const count = pixels.length / (size * size * 3);
    /** @type {Record<string, Float32Array>} */
    const found = {};
    if (taps.includes(PIXELS)) found[PIXELS] = smallPixels(pixels, size);
    tidy(() => {
      const outputs = this.run(pixels, count, taps.filter((tap) => tap !== PIXELS));
      for (const [tap, output] of Object.entries(outputs)) {
        const { grid, shape } = this.backbone.taps[tap];
        const values = /** @type {Float32Array} */ (output.dataSync());
        found[tap] = grid ? gridAverage(values, shape, grid) : values.slice();
      }
    });
    return found;
  }

  /**
   * @param {Uint8Array} pixels
   * @param {number} count
   * @param {string[]} taps
   * @returns {Record<string, Tensor>}
   */
  run(pixels, count, taps) {
    if (taps.length === 0) return {};
    const { size, taps: known } = this.backbone;
    const [middle] = Object.keys(known).filter((tap) => known[tap].part === "first");
    const input = tensor(this.scaled(pixels), [count, size, size, 3]);
    const reached = this.execute("first", input, [known[middle]])[0];
    const later = taps.filter((tap) => known[tap].part === "last");
    const outputs = later.length
      ? this.execute("last", reached, later.map((tap) => known[tap]))
      : [];
    const found = Object.fromEntries(later.map((tap, i) => [tap, outputs[i]]));
    return taps.includes(middle) ? { [middle]: reached, ...found } : found;
  }

  /**
   * @param {PartName} part
   * @param {Tensor} input
   * @param {TapData[]} taps
   * @returns {Tensor[]}
   */
  execute(part, input, taps) {
    const model = this.parts.get(part);
    if (!model) throw new Error(`The ${part} part of ${this.backbone.title} is not loaded.`);
    // Two taps of a small backbone can be one tensor, which is asked for once.
    const names = [...new Set(taps.map(({ output }) => output))];
    const outputs = [model.execute({ [model.inputs[0].name]: input }, names)].flat();
    return taps.map(({ output }) => outputs[names.indexOf(output)]);
  }

  /**
   * ImageNet's answer to one picture.
   *
   * @param {Uint8Array} pixels
   * @returns {Float32Array} 1,000 probabilities
   */
  imagenet(pixels) {
    const { last } = this.embed(pixels, ["last"]);
    return tidy(() => {
      const model = /** @type {GraphModel} */ (this.parts.get("imagenet"));
      const output = this.execute("imagenet", tensor(last, [1, last.length]), [
        { part: "imagenet", shape: [1000], output: model.outputs[0].name },
      ])[0];
      return /** @type {Float32Array} */ (output.dataSync()).slice();
    });
  }

  /** @param {Uint8Array} pixels */
  scaled(pixels) {
    const { scale, offset } = this.backbone;
    const values = new Float32Array(pixels.length);
    for (let i = 0; i < pixels.length; i++) values[i] = pixels[i] * scale + offset;
    return values;
  }

  dispose() {
    for (const model of this.parts.values()) model.dispose();
    this.parts.clear();
    this.loading.clear();
  }
}
