/**
 * One trained model in one file: the eight bytes "MLPAGES1", the length of the header (uint32,
 * little-endian), the header as JSON, the weights as they lie in memory.
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
import { hexDigest } from "./checked.js";

export const MODEL_FILE_ENDING = ".mlpages";
const MAGIC = "MLPAGES";
const FORMAT = "mlpages-saved-model";
const VERSION = 1;
const PRELUDE = MAGIC.length + 1 + 4;
const BYTES_PER_WEIGHT = 4;

/**
 * @param {ModelFile} file
 * @returns {Promise<Blob>}
 */
export async function writeModelFile(file) {
  const { weightData, ...rest } = file;
  const sha256 = await digest(weightData);
  const header = new TextEncoder().encode(
    JSON.stringify({ ...rest, bytes: weightData.byteLength, sha256 }),
  );
  const prelude = new Uint8Array(PRELUDE);
  prelude.set(new TextEncoder().encode(MAGIC + VERSION));
  new DataView(prelude.buffer).setUint32(PRELUDE - 4, header.length, true);
  return new Blob([prelude, header, weightData], { type: "application/octet-stream" });
}

/**
 * Read what `writeModelFile` wrote; throw one clear sentence when it is anything else.
 *
 * @param {ArrayBuffer} buffer the whole file
 * @returns {Promise<ModelFile>}
 */
export async function readModelFile(buffer) {
  const { header, weightsAt } = splitFile(buffer);
  checkHeader(header);
  const weightData = buffer.slice(weightsAt);
  if (weightData.byteLength !== header.bytes) {
    throw new Error(
      `This model file holds ${weightData.byteLength} bytes of weights where ${header.bytes} ` +
        "belong: it is truncated or damaged.",
    );
  }
  checkWeights(header.weights, weightData.byteLength);
  const sha256 = await digest(weightData);
  // Without https there is no hashing in browsers: then neither side can compare.
  if (sha256 && header.sha256 && sha256 !== header.sha256) {
    throw new Error("This model file is damaged: the checksum of its weights is wrong.");
  }
  const { metadata, topology, weights, epochsTrained } = header;
  const content = { metadata, topology, weights, weightData, epochsTrained };
  return { format: FORMAT, version: VERSION, ...content };
}

/** @param {ArrayBuffer} buffer */
async function digest(buffer) {
  return globalThis.crypto?.subtle ? hexDigest(buffer) : "";
}

/**
 * @param {ArrayBuffer} buffer
 * @returns {{header: Header, weightsAt: number}}
 */
function splitFile(buffer) {
  const start = new TextDecoder("latin1").decode(buffer.slice(0, MAGIC.length + 1));
  if (!start.startsWith(MAGIC)) {
    throw new Error(`This is not a model file: a file saved here ends in ${MODEL_FILE_ENDING}.`);
  }
  if (start !== MAGIC + VERSION) throw otherVersion(start.slice(MAGIC.length));
  const length = buffer.byteLength < PRELUDE ? Infinity : readLength(buffer);
  if (PRELUDE + length > buffer.byteLength) throw new Error("This model file is truncated.");
  const text = new TextDecoder().decode(buffer.slice(PRELUDE, PRELUDE + length));
  return { header: parseSafely(text), weightsAt: PRELUDE + length };
}

/** @param {ArrayBuffer} buffer */
function readLength(buffer) {
  return new DataView(buffer).getUint32(PRELUDE - 4, true);
}

/** @param {unknown} version */
function otherVersion(version) {
  return new Error(
    `This model file has version ${version || "?"} and this page reads version ${VERSION}: ` +
      "open it on the site that wrote it.",
  );
}

/**
 * Parse JSON from anywhere: a key named __proto__ is dropped, so that copying can do no harm.
 *
 * @param {string} text
 * @returns {Header}
 */
function parseSafely(text) {
  try {
    return JSON.parse(text, (key, value) => (key === "__proto__" ? undefined : value));
  } catch (cause) {
    throw new Error("This model file is damaged: its header cannot be read.", { cause });
  }
}

/** @param {Header} header */
function checkHeader(header) {
  if (header?.format !== FORMAT) throw new Error("This file does not hold a model of this site.");
  if (header.version !== VERSION) throw otherVersion(header.version);
  const { metadata, topology, weights, epochsTrained } = header;
  const problem =
    (!isObject(topology) && "the layers") ||
    (!isObject(metadata) && "the metadata") ||
    (!isListOf(metadata.classes, (name) => typeof name === "string") && "the class names") ||
    (!isInput(metadata.input) && "the size and scale of its input") ||
    (!isListOf(weights, isWeight) && "the list of weights") ||
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
 * @param {unknown} value
 * @returns {value is object}
 */
function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** @param {unknown} value */
function isCount(value) {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

/**
 * @param {unknown} value
 * @param {(entry: unknown) => boolean} check
 */
function isListOf(value, check) {
  return Array.isArray(value) && value.length > 0 && value.every(check);
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
