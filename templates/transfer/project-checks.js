/**
 * Is the header of a project file what it has to be? It comes from anywhere, so every value that
 * the page goes by is looked at before anything is used.
 *
 * @import { ChoiceHeader, HeadHeader, Header, PictureHeader } from "./project-file.js"
 * @import { HeadFile } from "./session.js"
 */
import { isCount, isListOf, isObject, isText } from "../shared/values.js";

/** Bytes of a float32. */
export const FLOAT = 4;
const SOURCES = ["folder", "files", "webcam", "paste", "samples", "opened"];

/**
 * @param {Header} header
 * @returns {string} what cannot be read; "" when all of it can
 */
export function whatIsWrong(header) {
  const { classes, pictures, taps, head, backbone, stale } = header;
  return (
    (!isText(backbone) && "the name of its backbone") ||
    (!isNames(classes) && "the class names") ||
    (!isListOf(pictures, (picture) => isPicture(picture, classes)) && "the list of pictures") ||
    (!isListOf(taps, isTap) && "the list of embeddings") ||
    (head !== null && !isHead(head, backbone) && "the head") ||
    (typeof stale !== "boolean" && "whether the head is up to date") ||
    (contentBytes(header) !== header.bytes && "how long its parts are") ||
    ""
  );
}

/** @param {Header} header */
function contentBytes({ pictures, taps, head }) {
  const jpegs = pictures.reduce((sum, { bytes }) => sum + bytes, 0);
  const rows = taps.reduce((sum, { size }) => sum + size * pictures.length * FLOAT, 0);
  return jpegs + rows + (head ? head.file.bytes + head.mean * FLOAT : 0);
}

/**
 * @param {unknown} value
 * @param {string[]} classes
 */
function isPicture(value, classes) {
  const picture = /** @type {Partial<PictureHeader> | null} */ (value);
  return (
    isText(picture?.name) &&
    isText(picture?.hash) &&
    classes.includes(String(picture?.label)) &&
    (picture?.role === "train" || picture?.role === "validation") &&
    SOURCES.includes(String(picture.source)) &&
    isCount(picture.bytes)
  );
}

/** @param {unknown} value */
function isTap(value) {
  const tap = /** @type {{tap?: unknown, size?: unknown} | null} */ (value);
  return isText(tap?.tap) && isCount(tap?.size);
}

/**
 * @param {unknown} value
 * @param {string} backbone that the features come from
 */
function isHead(value, backbone) {
  const head = /** @type {Partial<HeadHeader> | null} */ (value);
  if (head?.backbone !== backbone || !head.scores || !head.counts) return false;
  const { classes, taps, history, scores, counts, threshold, choice } = head;
  return (
    isNames(classes) &&
    isNames(taps) &&
    hasItsWeights(head, classes.length) &&
    isListOf(history, isEpoch) &&
    isObject(head.settings) &&
    isShare(scores.train) &&
    isShareOrNull(scores.validation) &&
    isShareOrNull(scores.pixels) &&
    isListOf(counts.train, isCount) &&
    isListOf(counts.validation, isCount) &&
    isShareOrNull(threshold) &&
    (choice === null || isChoice(choice, classes.length))
  );
}

/**
 * Do the weights lead from the features to the classes?
 *
 * @param {Partial<HeadHeader>} head
 * @param {number} classes
 */
function hasItsWeights({ kind, size, mean, file }, classes) {
  const weights = file?.weights;
  if (!isObject(file?.topology) || !isCount(size) || !isCount(mean) || !isListOf(weights, isWeight)) return false;
  const sizes = weights.map(({ shape }) => shape.reduce((product, side) => product * side, 1));
  const bytes = sizes.reduce((sum, values) => sum + values * FLOAT, 0);
  if (bytes !== file.bytes || weights[0]?.shape[0] !== size) return false;
  if (kind === "classic") return weights.at(-1)?.shape.at(-1) === classes;
  const [kernel, bias] = sizes;
  return (
    kind === "linear" &&
    weights.length === 2 &&
    mean === size &&
    kernel === size * classes &&
    bias === classes
  );
}

/**
 * @param {unknown} value
 * @param {number} classes
 */
function isChoice(value, classes) {
  const choice = /** @type {Partial<ChoiceHeader> | null} */ (value);
  if (!choice || !isNames(choice.taps) || !isText(choice.why)) return false;
  const { regularisation, candidates, heldOut } = choice;
  if (!Number.isFinite(regularisation) || !isListOf(candidates, isCandidate)) return false;
  if (heldOut === null) return true;
  const { probabilities, indices, labels } = heldOut ?? {};
  return (
    isListOf(labels, (label) => isCount(label) && Number(label) < classes) &&
    isListOf(indices, isCount) &&
    isListOf(probabilities, isShare) &&
    indices.length === labels.length &&
    probabilities.length === labels.length * classes
  );
}

/** @param {unknown} value */
function isCandidate(value) {
  const { taps, ...numbers } = /** @type {Record<string, unknown>} */ (value ?? {});
  const { regularisation, accuracy, loss } = numbers;
  return isNames(taps) && [regularisation, accuracy, loss].every(Number.isFinite);
}

/** @param {unknown} value */
function isEpoch(value) {
  const epoch = /** @type {Record<string, unknown>} */ (value ?? {});
  const { valLoss = 0, valAcc = 0 } = epoch;
  return [epoch.epoch, epoch.loss, epoch.acc, valLoss, valAcc].every(Number.isFinite);
}

/** @param {unknown} value */
function isWeight(value) {
  const weight = /** @type {Partial<HeadFile["weights"][0]> | null} */ (value);
  return isText(weight?.name) && weight?.dtype === "float32" && isListOf(weight.shape, isCount);
}

/**
 * @param {unknown} value
 * @returns {value is string[]} one or more, no two the same
 */
function isNames(value) {
  return Array.isArray(value) && value.every(isText) && new Set(value).size === value.length;
}

/** @param {unknown} value */
function isShare(value) {
  return typeof value === "number" && value >= 0 && value <= 1 + 1e-6;
}

/** @param {unknown} value */
function isShareOrNull(value) {
  return value === null || isShare(value);
}
