/**
 * The predictor's compute worker: loads converted models, prepares pictures for them, and answers
 * with probabilities.
 *
 * @import { GraphModel } from "@tensorflow/tfjs-converter"
 * @import { Tensor } from "@tensorflow/tfjs-core"
 * @import { LayersModel } from "@tensorflow/tfjs-layers"
 * @import { Metadata, ModelFile, ModelInput, SplitName } from "../shared/manifest.js"
 * @import { TestImages } from "./test-images.js"
 */
import { loadGraphModel } from "@tensorflow/tfjs-converter";
import { memory, tensor4d, tidy } from "@tensorflow/tfjs-core";
import { expose } from "comlink";
import { fetchOrExplain } from "../shared/manifest.js";
import { startWasm } from "../shared/wasm.js";

/** @typedef {"graph" | "layers" | "own"} Which */
/** @typedef {{model: GraphModel | LayersModel, metadata: Metadata}} Loaded */

export class PredictorCompute {
  constructor() {
    /** @type {Map<Which, Loaded>} */
    this.models = new Map();
    /** @type {Map<string, Promise<TestImages>>} */
    this.data = new Map();
  }

  /**
   * @param {{wasm: string}} options absolute URL of the SIMD binary
   * @returns {Promise<{backend: string, seconds: number}>}
   */
  async start({ wasm }) {
    const start = performance.now();
    await startWasm(wasm);
    return { backend: "wasm", seconds: (performance.now() - start) / 1000 };
  }

  /**
   * @param {string} url absolute URL of a graph model's model.json
   */
  loadGraph(url) {
    return this.load("graph", url, async () => {
      const model = await loadGraphModel(url);
      return { model, metadata: model.metadata };
    });
  }

  /**
   * @param {string} url absolute URL of a layers model's model.json
   */
  loadLayers(url) {
    return this.load("layers", url, async () => {
      const { loadLayersModel } = await import("./layers.js");
      const model = await loadLayersModel(url);
      return { model, metadata: model.getUserDefinedMetadata() };
    });
  }

  /**
   * Use a model that the visitor trained.
   *
   * @param {ModelFile} file
   * @returns {Promise<{metadata: Metadata}>}
   */
  async openFile(file) {
    const { layersModelFromFile } = await import("./layers.js");
    const model = await layersModelFromFile(file);
    this.keep("own", { model, metadata: file.metadata });
    return { metadata: file.metadata };
  }

  /**
   * @param {Which} which
   * @param {string} url
   * @param {() => Promise<{model: GraphModel | LayersModel, metadata: unknown}>} open
   * @returns {Promise<{metadata: Metadata, milliseconds: number}>}
   */
  async load(which, url, open) {
    const start = performance.now();
    const { model, metadata } = await open().catch(async (cause) => {
      await fetchOrExplain(url);
      throw new Error(
        `The model at ${url} cannot be read: a weight file is missing, truncated or from another ` +
          `version of the site. Reload the page. (${cause.message})`,
        { cause },
      );
    });
    try {
      const loaded = { model, metadata: checkMetadata(metadata, url) };
      tidy(() => run(loaded, new Uint8Array(inputSize(loaded.metadata)))).dispose();
      this.keep(which, loaded);
      return { metadata: loaded.metadata, milliseconds: performance.now() - start };
    } catch (error) {
      model.dispose();
      throw error;
    }
  }

  /**
   * @param {Which} which
   * @param {Loaded} loaded
   */
  keep(which, loaded) {
    this.models.get(which)?.model.dispose();
    this.models.set(which, loaded);
  }

  /**
   * Class probabilities of one or more images.
   *
   * @param {Which} which
   * @param {Uint8Array} pixels n * height * width * channels values in 0..255
   * @returns {Promise<{probabilities: Float32Array, milliseconds: number}>} n * classes values
   */
  async predict(which, pixels) {
    const start = performance.now();
    const loaded = this.models.get(which);
    if (!loaded) throw new Error(`The ${which} model has not been loaded.`);
    const output = tidy(() => run(loaded, pixels));
    const probabilities = /** @type {Float32Array} */ (await output.data());
    output.dispose();
    return { probabilities, milliseconds: performance.now() - start };
  }

  /**
   * What a model sees of a picture.
   *
   * @param {ImageBitmap} bitmap
   * @param {ModelInput} input
   * @returns {Promise<Uint8Array | null>} height * width * channels values, or null when strokes
   *   are wanted and there are none
   */
  async see(bitmap, input) {
    try {
      const { seeBitmap } = await import("./see.js");
      return seeBitmap(bitmap, input);
    } finally {
      bitmap.close();
    }
  }

  /**
   * Class indices of the images in a split's first sheet, which is one request.
   *
   * @param {string} manifestUrl
   * @param {SplitName} split
   * @returns {Promise<number[]>}
   */
  async firstLabels(manifestUrl, split) {
    const images = await this.openData(manifestUrl);
    const [{ count }] = images.manifest.splits[split].sheets;
    return Array.from((await images.labels(split)).subarray(0, count));
  }

  /**
   * Images of a data set, fetched sheet by sheet as they are needed.
   *
   * @param {string} manifestUrl
   * @param {SplitName} split
   * @param {number[]} indices
   * @returns {Promise<Uint8Array>} n * height * width * channels values
   */
  async samples(manifestUrl, split, indices) {
    return (await this.openData(manifestUrl)).images(split, indices);
  }

  /** @param {string} manifestUrl */
  openData(manifestUrl) {
    const opened =
      this.data.get(manifestUrl) ??
      import("./test-images.js").then(({ openTestImages }) => openTestImages(manifestUrl));
    this.data.set(manifestUrl, opened);
    opened.catch(() => this.data.delete(manifestUrl)); // the next time it is fetched again
    return opened;
  }

  /** Tensors and bytes that TensorFlow.js holds, and bytes this worker fetched. */
  memory() {
    const { numTensors, numBytes } = memory();
    /** @type {PerformanceResourceTiming[]} */
    const entries = /** @type {never} */ (performance.getEntriesByType("resource"));
    // A file that was asked for twice came once.
    const sizes = new Map(entries.map(({ name, encodedBodySize }) => [name, encodedBodySize]));
    const fetched = [...sizes.values()].reduce((sum, size) => sum + size, 0);
    return { tensors: numTensors, bytes: numBytes, fetched };
  }

  dispose() {
    for (const { model } of this.models.values()) model.dispose();
    this.models.clear();
  }
}

/**
 * @param {Loaded} loaded
 * @param {Uint8Array} pixels
 * @returns {Tensor}
 */
function run({ model, metadata }, pixels) {
  const { height, width, channels, scale, offset } = metadata.input;
  const values = Float32Array.from(pixels, (value) => value * scale + offset);
  const count = pixels.length / (height * width * channels);
  const input = tensor4d(values, [count, height, width, channels]);
  return /** @type {Tensor} */ (model.predict(input));
}

/** @param {Metadata} metadata */
function inputSize({ input }) {
  return input.height * input.width * input.channels;
}

/**
 * @param {unknown} metadata
 * @param {string} url
 * @returns {Metadata}
 */
function checkMetadata(metadata, url) {
  const checked = /** @type {Metadata | undefined} */ (metadata);
  if (checked?.format !== "mlpages-model") {
    throw new Error(
      `The model at ${url} carries no preprocessing that this page understands. ` +
        "Build the site again.",
    );
  }
  if (checked.version !== 1) {
    throw new Error(
      `The model at ${url} has version ${checked.version} and this page reads version 1: they ` +
        "come from different builds. Reload the page.",
    );
  }
  return checked;
}

expose(new PredictorCompute());
