/**
 * A Teachable Machine export of an image model (model.json, metadata.json, weights.bin), in a zip
 * file or file by file. A chunk of its own: most visitors bring none.
 *
 * Whatever is wrong with one is told in one sentence that names the file and what belongs there.
 * That the model fits the labels is found when it is built (opened-model.js).
 *
 * @import { FoundFile } from "./files.js"
 * @import { ModelParts } from "../shared/layers-model.js"
 *
 * @typedef {{name: string, shape: number[], dtype: string, quantization?: {dtype: string}}} Weight
 * @typedef {{
 *   title: string, classes: string[], size: number | null, parts: ModelParts
 * }} TeachableModel size: pixels a side that metadata.json names
 */
import { shown } from "../shared/values.js";
import { unzip } from "./zip.js";

/** An export has 2 to 30 MB; what is far larger is none, or a zip file that means harm. */
const MOST_MEGABYTES = 200;
/** @type {Record<string, number>} bytes of a value */
const WIDTHS = { float32: 4, int32: 4, float16: 2, uint16: 2, uint8: 1, bool: 1 };
const EXPORT = "In Teachable Machine, export an image project for TensorFlow.js (Download) again.";

/**
 * @param {FoundFile[]} found a zip file, or the files of one export; others beside them do not
 *   matter
 * @returns {Promise<TeachableModel>}
 */
export async function readTeachable(found) {
  const files = await unpack(found);
  const model = await readJson(files, "model.json");
  const topology = topologyOf(model);
  const metadata = await readJson(files, "metadata.json");
  refuseOtherKinds(metadata);
  const { weights, paths } = readManifest(model.weightsManifest);
  return {
    title: typeof metadata.modelName === "string" ? metadata.modelName : "Teachable Machine model",
    classes: readLabels(metadata.labels),
    size: readSize(metadata.imageSize),
    parts: { topology, ...(await readWeights(files, paths, weights)) },
  };
}

/** @param {string} path */
const baseName = (path) => path.slice(path.lastIndexOf("/") + 1);

/**
 * @param {FoundFile[]} found
 * @returns {Promise<Map<string, File>>} by their names without folders
 */
async function unpack(found) {
  const zip = found.find(({ path }) => /\.zip$/i.test(path));
  if (zip && found.length > 1) {
    throw new Error(`Open ${zip.path} alone: a zip file holds all of a model.`);
  }
  const all = zip ? await unzipModel(zip) : found;
  /** @type {Map<string, File>} */
  const files = new Map();
  let bytes = 0;
  for (const { path, file } of all.filter(({ path }) => isPart(path))) {
    const name = baseName(path);
    if (files.has(name)) throw new Error(`There are two files named ${name}: open one model only.`);
    files.set(name, file);
    bytes += file.size;
  }
  if (bytes > MOST_MEGABYTES * 1e6) {
    throw new Error(`These files hold more than ${MOST_MEGABYTES} MB: too much for an export.`);
  }
  return files;
}

/** @param {string} path */
function isPart(path) {
  return /(^|\/)(model\.json|metadata\.json|[^/]+\.bin)$/.test(path) && !/(^|\/)[._]/.test(path);
}

/** @param {FoundFile} zip */
async function unzipModel({ path, file }) {
  const inside = await unzip(file, isPart, undefined, MOST_MEGABYTES).catch((cause) => {
    throw new Error(`${path} ${cause.message}. ${EXPORT}`, { cause });
  });
  return inside.map((file) => ({ path: file.name, file }));
}

/**
 * @param {Map<string, File>} files
 * @param {string} name
 * @returns {Promise<Record<string, unknown>>}
 */
async function readJson(files, name) {
  const file = files.get(name);
  if (!file) throw missing(name);
  let value;
  try {
    // Without keys named __proto__, so that copying can do no harm.
    const text = await file.text();
    value = JSON.parse(text, (key, value) => (key === "__proto__" ? undefined : value));
  } catch (cause) {
    throw new Error(`${name} is damaged: it is no JSON. ${EXPORT}`, { cause });
  }
  if (!isRecord(value)) throw new Error(`${name} is damaged: it holds no object. ${EXPORT}`);
  return value;
}

/** @param {string} name */
function missing(name) {
  return new Error(
    `${name} is missing: open model.json, metadata.json and weights.bin together, or the zip file ` +
      `that holds them. ${EXPORT}`,
  );
}

/**
 * @param {unknown} value
 * @returns {value is Record<string, unknown>}
 */
function isRecord(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Sound models speak of words, pose models of a PoseNet before them.
 *
 * @param {Record<string, unknown>} metadata
 */
function refuseOtherKinds(metadata) {
  const { packageName, modelSettings, wordLabels } = metadata;
  const isPose = /pose/i.test(String(packageName)) || isRecord(modelSettings);
  const isSound = wordLabels !== undefined || "tfjsSpeechCommandsVersion" in metadata;
  if (!isPose && !isSound) return;
  const kind = isSound ? "sound" : "pose";
  throw new Error(`This is a ${kind} model of Teachable Machine: this page opens image models.`);
}

/** @param {Record<string, unknown>} model */
function topologyOf({ format, modelTopology }) {
  if (format === "graph-model" || (isRecord(modelTopology) && "node" in modelTopology)) {
    throw new Error(
      "model.json is a graph model: this page opens layers models, which Teachable Machine exports.",
    );
  }
  if (!isRecord(modelTopology)) {
    throw new Error(`model.json is damaged: it holds no layers (modelTopology). ${EXPORT}`);
  }
  return modelTopology;
}

/** @param {unknown} labels */
function readLabels(labels) {
  const isList = Array.isArray(labels) && labels.length > 0;
  if (!isList || !labels.every((label) => typeof label === "string")) {
    throw new Error(`metadata.json names no classes (labels). ${EXPORT}`);
  }
  return /** @type {string[]} */ (labels);
}

/** @param {unknown} size */
function readSize(size) {
  if (size === undefined) return null;
  if (typeof size !== "number" || !Number.isInteger(size) || size < 1) {
    throw new Error(`metadata.json has the imageSize ${shown(size)}, where a number of pixels belongs.`);
  }
  return size;
}

/**
 * @param {unknown} manifest
 * @returns {{weights: Weight[], paths: string[]}}
 */
function readManifest(manifest) {
  const groups = Array.isArray(manifest) ? manifest : [];
  const weights = groups.flatMap((group) => group?.weights ?? []);
  const paths = groups.flatMap((group) => group?.paths ?? []);
  const isGood = weights.every(isWeight) && paths.every((path) => typeof path === "string");
  if (!isGood || weights.length === 0 || paths.length === 0) {
    throw new Error(`model.json is damaged: its list of weights cannot be read. ${EXPORT}`);
  }
  return { weights, paths };
}

/**
 * @param {unknown} weight
 * @returns {weight is Weight}
 */
function isWeight(weight) {
  if (!isRecord(weight) || typeof weight.name !== "string") return false;
  const { shape, dtype, quantization } = weight;
  const isStored = (/** @type {unknown} */ kind) => Object.hasOwn(WIDTHS, String(kind));
  return (
    Array.isArray(shape) &&
    shape.every((side) => Number.isInteger(side) && side >= 0) &&
    isStored(dtype) &&
    (quantization === undefined || (isRecord(quantization) && isStored(quantization.dtype)))
  );
}

/**
 * @param {Map<string, File>} files
 * @param {string[]} paths
 * @param {Weight[]} weights
 * @returns {Promise<Pick<ModelParts, "weights" | "weightData">>}
 */
async function readWeights(files, paths, weights) {
  const names = paths.map(baseName);
  const parts = names.map((name) => {
    const file = files.get(name);
    if (!file) throw missing(name);
    return file;
  });
  const wanted = weights.reduce((sum, weight) => sum + bytesOf(weight), 0);
  const whole = new Blob(parts);
  if (whole.size !== wanted) {
    const why = whole.size < wanted ? "truncated" : "of another model";
    throw new Error(
      `${names.join(", ")} has ${whole.size} bytes where ${wanted} belong: it is ${why}. ${EXPORT}`,
    );
  }
  return {
    weights: /** @type {ModelParts["weights"]} */ (weights),
    weightData: await whole.arrayBuffer(),
  };
}

/** @param {Weight} weight */
function bytesOf({ shape, dtype, quantization }) {
  return shape.reduce((product, side) => product * side, WIDTHS[quantization?.dtype ?? dtype]);
}
