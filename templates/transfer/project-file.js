/**
 * A whole project, or a trained head alone, in one file (see shared/framed.js): the header, then
 * the small JPEGs, the embeddings tap by tap, the head's weights and its mean features.
 *
 * @import { Format, Sealed } from "../shared/framed.js"
 * @import { Picture, TrainedHead } from "./project.js"
 * @import { HeadFile } from "./session.js"
 *
 * @typedef {{tap: string, size: number, values: Float32Array}} TapRows one row for each picture
 * @typedef {{
 *   backbone: string, classes: string[], pictures: Omit<Picture, "id">[], taps: TapRows[],
 *   head: TrainedHead | null
 * }} SavedProject a head alone comes without pictures
 *
 * @typedef {Omit<Picture, "id" | "jpeg"> & {bytes: number}} PictureHeader
 * @typedef {Omit<TrainedHead, "file" | "mean"> & {
 *   file: Omit<HeadFile, "weightData"> & {bytes: number}, mean: number
 * }} HeadHeader mean: how many values
 * @typedef {Sealed & {
 *   format: string, version: number, backbone: string, classes: string[],
 *   pictures: PictureHeader[], taps: {tap: string, size: number}[], head: HeadHeader | null
 * }} Header
 */
import { frame, otherVersion, unframe } from "../shared/framed.js";

export const PROJECT_ENDING = ".mlpages-project";
export const HEAD_ENDING = ".mlpages-head";
const FORMAT = "mlpages-project";
const VERSION = 1;
/** @type {Format} */
const FRAME = {
  magic: "MLPROJT",
  version: VERSION,
  what: "project file",
  ending: `${PROJECT_ENDING} or ${HEAD_ENDING}`,
};
const FLOAT = 4;

/**
 * @param {SavedProject} project
 * @returns {Promise<Blob>}
 */
export async function writeProject({ backbone, classes, pictures, taps, head }) {
  const header = {
    format: FORMAT,
    version: VERSION,
    backbone,
    classes,
    pictures: pictures.map(({ name, label, role, source, hash, jpeg }) => {
      return { name, label, role, source, hash, bytes: jpeg.size };
    }),
    taps: taps.map(({ tap, size }) => ({ tap, size })),
    head: head && headHeader(head),
  };
  const parts = [
    ...pictures.map(({ jpeg }) => jpeg),
    ...taps.map(({ values }) => new Uint8Array(Float32Array.from(values).buffer)),
    ...(head ? [head.file.weightData, new Uint8Array(Float32Array.from(head.mean).buffer)] : []),
  ];
  return frame(FRAME, header, parts);
}

/**
 * Held-out answers have done their work when the threshold is chosen; they are not kept.
 *
 * @param {TrainedHead} head
 * @returns {HeadHeader}
 */
function headHeader({ file: { topology, weights, weightData }, mean, choice, ...rest }) {
  const file = { topology, weights, bytes: weightData.byteLength };
  return { ...rest, choice: choice && { ...choice, heldOut: null }, file, mean: mean.length };
}

/**
 * Read what `writeProject` wrote; throw one clear sentence when it is anything else.
 *
 * @param {Blob} file
 * @returns {Promise<SavedProject>}
 */
export async function readProject(file) {
  /** @type {(header: Header) => void} */
  const check = checkHeader;
  const { header, body } = await unframe(FRAME, file, check);
  const { backbone, classes, head } = header;
  let at = 0;
  /** @param {number} bytes */
  const next = (bytes) => body.slice(at, (at += bytes));
  const pictures = header.pictures.map(({ bytes, ...picture }) => {
    return { ...picture, jpeg: new Blob([next(bytes)], { type: "image/jpeg" }) };
  });
  /** @type {TapRows[]} */
  const taps = [];
  for (const { tap, size } of header.taps) {
    const rows = await next(pictures.length * size * FLOAT).arrayBuffer();
    taps.push({ tap, size, values: new Float32Array(rows) });
  }
  if (!head) return { backbone, classes, pictures, taps, head: null };
  const weightData = await next(head.file.bytes).arrayBuffer();
  const mean = new Float32Array(await next(head.mean * FLOAT).arrayBuffer());
  const { topology, weights } = head.file;
  const opened = { ...head, file: { topology, weights, weightData }, mean };
  return { backbone, classes, pictures, taps, head: opened };
}

/** @param {Header} header */
function checkHeader(header) {
  if (header?.format !== FORMAT) throw new Error("This file does not hold a project of this site.");
  if (header.version !== VERSION) throw otherVersion(FRAME.what, header.version, VERSION);
  const { classes, pictures, taps, head, backbone } = header;
  const problem =
    (typeof backbone !== "string" && "the name of its backbone") ||
    (!isListOf(classes, (name) => typeof name === "string") && "the class names") ||
    (!isListOf(pictures, (picture) => isPicture(picture, classes)) && "the list of pictures") ||
    (!isListOf(taps, isTap) && "the list of embeddings") ||
    (head !== null && !isHead(head) && "the head") ||
    (contentBytes(header) !== header.bytes && "how long its parts are");
  if (problem) throw new Error(`This project file is damaged: ${problem} cannot be read.`);
}

/** @param {Header} header */
function contentBytes({ pictures, taps, head }) {
  const jpegs = pictures.reduce((sum, { bytes }) => sum + bytes, 0);
  const rows = taps.reduce((sum, { size }) => sum + size * pictures.length * FLOAT, 0);
  return jpegs + rows + (head ? head.file.bytes + head.mean * FLOAT : 0);
}

/**
 * @param {unknown} value
 * @param {(entry: unknown) => boolean} check
 */
function isListOf(value, check) {
  return Array.isArray(value) && value.every(check);
}

/** @param {unknown} value */
function isCount(value) {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

/**
 * @param {unknown} value
 * @param {string[]} classes
 */
function isPicture(value, classes) {
  const picture = /** @type {Partial<PictureHeader> | null} */ (value);
  return (
    typeof picture?.name === "string" &&
    typeof picture.hash === "string" &&
    classes.includes(String(picture.label)) &&
    (picture.role === "train" || picture.role === "validation") &&
    isCount(picture.bytes)
  );
}

/** @param {unknown} value */
function isTap(value) {
  const tap = /** @type {{tap?: unknown, size?: unknown} | null} */ (value);
  return typeof tap?.tap === "string" && isCount(tap.size);
}

/** @param {unknown} value */
function isHead(value) {
  const head = /** @type {Partial<HeadHeader> | null} */ (value);
  const { file, size, classes, taps } = head ?? {};
  if (!file || !isListOf(file.weights, isWeight) || !isListOf(classes, isText)) return false;
  const bytes = file.weights.reduce(
    (sum, { shape }) => sum + shape.reduce((product, side) => product * side, FLOAT),
    0,
  );
  return (
    (head?.kind === "linear" || head?.kind === "classic") &&
    isCount(size) &&
    isCount(head.mean) &&
    (head.kind === "classic" || head.mean === size) &&
    isListOf(taps, isText) &&
    Array.isArray(head.history) &&
    typeof head.scores === "object" &&
    bytes === file.bytes
  );
}

/** @param {unknown} value */
function isText(value) {
  return typeof value === "string";
}

/** @param {unknown} value */
function isWeight(value) {
  const weight = /** @type {Partial<HeadFile["weights"][0]> | null} */ (value);
  return isText(weight?.name) && weight?.dtype === "float32" && isListOf(weight.shape, isCount);
}
