/**
 * A whole project, or a trained head alone, in one file (see shared/framed.js): the header, then
 * the small JPEGs, the embeddings tap by tap, the head's weights and its mean features.
 *
 * @import { Format, Sealed } from "../shared/framed.js"
 * @import { Choice } from "./choose.js"
 * @import { Picture, TrainedHead } from "./project.js"
 * @import { HeadFile } from "./session.js"
 *
 * @typedef {{tap: string, size: number, rows: Blob}} TapRows `size` float32 values a picture
 * @typedef {{
 *   backbone: string, classes: string[], pictures: Omit<Picture, "id">[], taps: TapRows[],
 *   head: TrainedHead | null, stale: boolean
 * }} SavedProject a head alone comes without pictures; stale: were they changed since it learned?
 *
 * @typedef {Omit<Picture, "id" | "jpeg"> & {bytes: number}} PictureHeader
 * @typedef {{probabilities: number[], indices: number[], labels: number[]}} HeldOutHeader
 * @typedef {Omit<Choice, "heldOut"> & {heldOut: HeldOutHeader | null}} ChoiceHeader
 * @typedef {Omit<TrainedHead, "file" | "mean" | "choice"> & {
 *   file: Omit<HeadFile, "weightData"> & {bytes: number}, mean: number, choice: ChoiceHeader | null
 * }} HeadHeader mean: how many values
 * @typedef {Sealed & {
 *   format: string, version: number, backbone: string, classes: string[],
 *   pictures: PictureHeader[], taps: {tap: string, size: number}[], head: HeadHeader | null,
 *   stale: boolean
 * }} Header
 */
import { frame, otherVersion, unframe } from "../shared/framed.js";
import { FLOAT, whatIsWrong } from "./project-checks.js";

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

/**
 * @param {SavedProject} project
 * @returns {Promise<Blob>} made of the pictures' blobs: none of them is copied
 */
export async function writeProject({ backbone, classes, pictures, taps, head, stale }) {
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
    stale,
  };
  const parts = [...pictures.map(({ jpeg }) => jpeg), ...taps.map(({ rows }) => rows)];
  const learned = head ? [head.file.weightData, bytesOf(head.mean)] : [];
  return frame(FRAME, header, [...parts, ...learned]);
}

/** @param {Float32Array} values */
function bytesOf(values) {
  return new Uint8Array(values.slice().buffer);
}

/**
 * @param {TrainedHead} head
 * @returns {HeadHeader}
 */
function headHeader({ file: { topology, weights, weightData }, mean, choice, ...rest }) {
  const file = { topology, weights, bytes: weightData.byteLength };
  return { ...rest, choice: choice && choiceHeader(choice), file, mean: mean.length };
}

/**
 * @param {Choice} choice
 * @returns {ChoiceHeader}
 */
function choiceHeader({ heldOut, ...choice }) {
  if (!heldOut) return { ...choice, heldOut };
  const { probabilities, indices, labels } = heldOut;
  return {
    ...choice,
    heldOut: { probabilities: [...probabilities], indices: [...indices], labels },
  };
}

/**
 * Read what `writeProject` wrote, all of it; throw one clear sentence when it is anything else.
 *
 * @param {Blob} file
 * @returns {Promise<SavedProject>}
 */
export async function readProject(file) {
  /** @type {(header: Header) => void} */
  const check = checkHeader;
  const { header, body } = await unframe(FRAME, file, check);
  const { backbone, classes, stale } = header;
  let at = 0;
  /** @param {number} bytes */
  const next = (bytes) => body.slice(at, (at += bytes)).arrayBuffer();
  const pictures = await readPictures(header.pictures, next);
  /** @type {TapRows[]} */
  const taps = [];
  for (const { tap, size } of header.taps) {
    taps.push({ tap, size, rows: new Blob([await next(pictures.length * size * FLOAT)]) });
  }
  const head = header.head && (await readHead(header.head, next));
  return { backbone, classes, pictures, taps, head, stale };
}

/**
 * The pictures are copied: slices of a file would go when the file does.
 *
 * @param {PictureHeader[]} headers
 * @param {(bytes: number) => Promise<ArrayBuffer>} next
 */
async function readPictures(headers, next) {
  const jpegs = await next(headers.reduce((sum, { bytes }) => sum + bytes, 0));
  let at = 0;
  return headers.map(({ name, label, role, source, hash, bytes }) => {
    const jpeg = new Blob([new Uint8Array(jpegs, at, bytes)], { type: "image/jpeg" });
    at += bytes;
    return { name, label, role, source, hash, jpeg };
  });
}

/**
 * @param {HeadHeader} header
 * @param {(bytes: number) => Promise<ArrayBuffer>} next
 * @returns {Promise<TrainedHead>}
 */
async function readHead({ file: { topology, weights, bytes }, mean, choice, ...rest }, next) {
  const file = { topology, weights, weightData: await next(bytes) };
  const values = new Float32Array(await next(mean * FLOAT));
  return { ...rest, choice: choice && openChoice(choice), file, mean: values };
}

/**
 * @param {ChoiceHeader} header
 * @returns {Choice}
 */
function openChoice({ heldOut, ...choice }) {
  if (!heldOut) return { ...choice, heldOut };
  const { probabilities, indices, labels } = heldOut;
  const answers = { probabilities: Float32Array.from(probabilities), labels };
  return { ...choice, heldOut: { ...answers, indices: Int32Array.from(indices) } };
}

/** @param {Header} header */
function checkHeader(header) {
  if (header?.format !== FORMAT) throw new Error("This file does not hold a project of this site.");
  if (header.version !== VERSION) throw otherVersion(FRAME.what, header.version, VERSION);
  const problem = whatIsWrong(header);
  if (problem) throw new Error(`This project file is damaged: ${problem} cannot be read.`);
}
