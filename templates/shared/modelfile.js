/**
 * One trained model in one file (see framed.js): the header, then the weights as they lie in
 * memory.
 *
 * Labels, preprocessing and training settings travel in the header, so that whoever opens the
 * file needs nothing else. A file comes from anywhere: everything is checked before it is used.
 *
 * @import { Metadata, ModelFile } from "./manifest.js"
 *
 * @typedef {{
 *   format: string, version: number, metadata: Metadata, topology: object,
 *   weights: ModelFile["weights"], epochsTrained: number, bytes: number, sha256: string
 * }} Header
 */
import { frame, otherVersion, unframe } from "./framed.js";
import { isCount, isListOf, isObject, isText } from "./values.js";

export const MODEL_FILE_ENDING = ".mlpages";
const FORMAT = "mlpages-saved-model";
const VERSION = 1;
const FRAME = {
  magic: "MLPAGES",
  version: VERSION,
  what: "model file",
  ending: MODEL_FILE_ENDING,
};
const BYTES_PER_WEIGHT = 4;

/**
 * @param {ModelFile} file
 * @returns {Promise<Blob>}
 */
export async function writeModelFile({ weightData, ...rest }) {
  return frame(FRAME, rest, [weightData]);
}

/**
 * Read what `writeModelFile` wrote; throw one clear sentence when it is anything else.
 *
 * @param {ArrayBuffer} buffer the whole file
 * @returns {Promise<ModelFile>}
 */
export async function readModelFile(buffer) {
  const { header, body } = await unframe(FRAME, new Blob([buffer]), checkHeader);
  const weightData = await body.arrayBuffer();
  checkWeights(header.weights, weightData.byteLength);
  const { metadata, topology, weights, epochsTrained } = header;
  const content = { metadata, topology, weights, weightData, epochsTrained };
  return { format: FORMAT, version: VERSION, ...content };
}

/** @param {Header} header */
function checkHeader(header) {
  if (header?.format !== FORMAT) throw new Error("This file does not hold a model of this site.");
  if (header.version !== VERSION) throw otherVersion("model file", header.version, VERSION);
  const { metadata, topology, weights, epochsTrained } = header;
  const problem =
    (!isObject(topology) && "the layers") ||
    (!isObject(metadata) && "the metadata") ||
    (!isFilled(metadata.classes, isText) && "the class names") ||
    (!isInput(metadata.input) && "the size and scale of its input") ||
    (!isFilled(weights, isWeight) && "the list of weights") ||
    (!isCount(epochsTrained) && "the number of epochs");
  if (problem) throw new Error(`This model file is damaged: ${problem} cannot be read.`);
}

/**
 * @param {ModelFile["weights"]} weights
 * @param {number} bytes
 */
function checkWeights(weights, bytes) {
  let expected = 0;
  for (const { shape } of weights) {
    expected += shape.reduce((product, side) => product * side, BYTES_PER_WEIGHT);
  }
  if (expected !== bytes) {
    throw new Error(
      `This model file is damaged: its layers need ${expected} bytes of weights, it has ${bytes}.`,
    );
  }
}

/**
 * @param {unknown[] | undefined} value
 * @param {(entry: unknown) => boolean} check
 */
function isFilled(value, check) {
  return isListOf(value, check) && value.length > 0;
}

/** @param {unknown} value */
function isWeight(value) {
  if (!isObject(value)) return false;
  const { name, shape, dtype } = /** @type {Partial<ModelFile["weights"][0]>} */ (value);
  const shaped = Array.isArray(shape) && shape.every(isCount);
  return typeof name === "string" && dtype === "float32" && shaped;
}

/** @param {unknown} value */
function isInput(value) {
  if (!isObject(value)) return false;
  const input = /** @type {Partial<Metadata["input"]>} */ (value);
  const sides = [input.height, input.width, input.channels];
  return (
    sides.every((side) => isCount(side) && Number(side) > 0) &&
    Number.isFinite(input.scale) &&
    Number.isFinite(input.offset) &&
    ["grey", "rgb"].includes(String(input.colour)) &&
    ["mnist", "centre-crop"].includes(String(input.resize))
  );
}
