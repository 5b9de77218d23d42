/**
 * Which networks the fused training step covers, and as what it sees them: convolutions with all
 * that follows up to the pooling, and dense layers. What it does not cover, TensorFlow.js trains.
 *
 * @import { LayersModel } from "@tensorflow/tfjs-layers"
 * @import { ModelInput } from "../../shared/manifest.js"
 *
 * @typedef {[height: number, width: number, channels: number]} Shape
 * @typedef {{top: number, left: number, bottom: number, right: number}} Border
 * @typedef {{
 *   kind: "convolution" | "dense", name: string, input: Shape, output: Shape,
 *   kernel: [height: number, width: number], border: Border, pool: 1 | 2,
 *   activation: "linear" | "relu" | "softmax", dropout: number
 * }} Step of a dense layer's output and kernel, the height and the width are 1; dropout: the share
 *   of its input that it does not see in training
 * @typedef {{steps: Step[], why: ""} | {steps: null, why: string}} Plan why: what is not covered
 * @typedef {{kind: string, name: string, trainable: boolean, config: Record<string, unknown>}}
 *   LayerWords a layer as TensorFlow.js describes it
 */

/** @type {Border} */
const NO_BORDER = { top: 0, left: 0, bottom: 0, right: 0 };
const ACTIVATIONS = ["linear", "relu", "softmax"];
/** What would change a gradient. */
const PENALTIES = [
  "kernelRegularizer",
  "biasRegularizer",
  "activityRegularizer",
  "kernelConstraint",
  "biasConstraint",
];

class NotCovered extends Error {}

/**
 * @param {LayersModel} model
 * @param {Pick<ModelInput, "scale" | "offset">} input
 * @returns {Plan}
 */
export function planModel(model, { scale, offset }) {
  if (scale !== 1 / 255 || offset !== 0) return { steps: null, why: "its pixels are not 0 to 1" };
  const isChain = model.layers.every(
    ({ inboundNodes }, i) =>
      inboundNodes.length === 1 && (i === 0 || inboundNodes[0].inboundLayers.length === 1),
  );
  if (!isChain) return { steps: null, why: "its layers are no chain" };
  const shape = /** @type {Shape} */ (model.inputs[0].shape.slice(1));
  const layers = model.layers.map((layer) => ({
    kind: layer.getClassName(),
    name: layer.name,
    trainable: layer.trainable,
    config: /** @type {Record<string, unknown>} */ (layer.getConfig()),
  }));
  return planLayers(shape, layers);
}

/**
 * @param {Shape} image
 * @param {LayerWords[]} layers
 * @returns {Plan}
 */
export function planLayers(image, layers) {
  const planner = new Planner(image);
  try {
    for (const layer of layers) planner.take(layer);
    planner.finish();
  } catch (error) {
    if (error instanceof NotCovered) return { steps: null, why: error.message };
    throw error;
  }
  return { steps: planner.steps, why: "" };
}

class Planner {
  /** @type {Step[]} */
  steps = [];
  isFlat = false;
  /** For the next step. */
  dropout = 0;

  /** @param {Shape} image */
  constructor(image) {
    this.shape = image;
  }

  /** @param {LayerWords} layer */
  take(layer) {
    const { kind, name, config } = layer;
    if (kind === "InputLayer") return;
    if (kind === "Flatten") this.isFlat = true;
    else if (kind === "Dropout") this.drop(config, name);
    else if (kind === "Activation") this.activate(String(config.activation), name);
    else if (kind === "MaxPooling2D") this.pool(config, name);
    else if (kind === "Conv2D") this.convolve(layer);
    else if (kind === "Dense") this.dense(layer);
    else throw new NotCovered(`layer ${name} is a ${kind}`);
  }

  /** @param {LayerWords} layer */
  convolve({ name, trainable, config }) {
    check(!this.isFlat && config.dataFormat === "channelsLast", `${name} reads no image`);
    check(same(config.strides, 1) && same(config.dilationRate, 1), `${name} has strides`);
    const [height, width] = /** @type {[number, number]} */ (config.kernelSize);
    const border = config.padding === "same" ? borderOf(height, width) : NO_BORDER;
    const [rows, columns] = this.shape;
    this.add(name, trainable, config, {
      kind: "convolution",
      kernel: [height, width],
      border,
      output: [
        rows + border.top + border.bottom - height + 1,
        columns + border.left + border.right - width + 1,
        Number(config.filters),
      ],
    });
  }

  /** @param {LayerWords} layer */
  dense({ name, trainable, config }) {
    check(this.isFlat, `${name} is applied to each pixel`);
    this.add(name, trainable, config, {
      kind: "dense",
      kernel: [1, 1],
      border: NO_BORDER,
      output: [1, 1, Number(config.units)],
    });
  }

  /**
   * @param {string} name
   * @param {boolean} trainable
   * @param {Record<string, unknown>} config
   * @param {Pick<Step, "kind" | "kernel" | "border" | "output">} step
   */
  add(name, trainable, config, step) {
    check(trainable, `${name} is frozen`);
    check(config.useBias === true, `${name} has no bias`);
    check(PENALTIES.every((key) => !config[key]), `${name} has a regulariser or a constraint`);
    const { dropout, shape } = this;
    this.steps.push({ name, input: shape, pool: 1, activation: "linear", dropout, ...step });
    this.shape = step.output;
    this.dropout = 0;
    this.activate(String(config.activation), name);
  }

  /**
   * @param {string} activation
   * @param {string} name
   */
  activate(activation, name) {
    const last = this.steps.at(-1);
    check(ACTIVATIONS.includes(activation), `${name} has the activation ${activation}`);
    if (activation === "linear") return;
    check(this.dropout === 0, `${name} follows a dropout`);
    check(last?.activation === "linear", `${name} is an activation of its own`);
    check(activation === "relu" || last.kind === "dense", `${name} is a softmax of pixels`);
    last.activation = /** @type {"relu" | "softmax"} */ (activation);
  }

  /**
   * @param {Record<string, unknown>} config
   * @param {string} name
   */
  pool({ poolSize, strides, padding }, name) {
    const last = this.steps.at(-1);
    check(last?.kind === "convolution" && last.pool === 1, `${name} follows no convolution`);
    check(this.dropout === 0, `${name} follows a dropout`);
    check(same(poolSize, 2) && same(strides, 2), `${name} has windows other than 2x2`);
    const [height, width, channels] = this.shape;
    const isWhole = height % 2 === 0 && width % 2 === 0;
    check(padding === "valid" || isWhole, `${name} has windows that reach over the border`);
    last.pool = 2;
    last.output = [height >> 1, width >> 1, channels];
    this.shape = last.output;
  }

  /**
   * @param {Record<string, unknown>} config
   * @param {string} name
   */
  drop({ rate, noiseShape }, name) {
    check(!noiseShape && this.dropout === 0, `${name} is no plain dropout of its own`);
    this.dropout = Number(rate);
  }

  finish() {
    const others = this.steps.slice(0, -1);
    const ends = this.steps.at(-1)?.activation === "softmax";
    const isEnd = ends && this.dropout === 0 && !others.some(isSoftmax);
    check(isEnd, "it does not end with one softmax");
  }
}

/** @param {Step} step */
const isSoftmax = ({ activation }) => activation === "softmax";

/**
 * @param {boolean | undefined} condition
 * @param {string} why
 * @returns {asserts condition}
 */
function check(condition, why) {
  if (!condition) throw new NotCovered(why);
}

/**
 * @param {unknown} pair
 * @param {number} value
 */
function same(pair, value) {
  return [pair].flat().every((length) => length === value);
}

/**
 * The zeros around an image with which its size stays the same: of an odd number, more behind.
 *
 * @param {number} height of the filter
 * @param {number} width
 * @returns {Border}
 */
function borderOf(height, width) {
  const [top, left] = [(height - 1) >> 1, (width - 1) >> 1];
  return { top, left, bottom: height - 1 - top, right: width - 1 - left };
}
