/**
 * A picture's file -> the square that the network sees: decoded by the browser, its centre cut out
 * and made as small as the network wants it.
 *
 * What is wrong with a file is told in words that go on after its name, without a full stop:
 * `${name} ${error.message}`, such as "b.jpg is empty".
 *
 * @import { Kind } from "./kinds.js"
 * @typedef {{
 *   pixels: Uint8Array<ArrayBuffer>, hash: string, width: number, height: number
 * }} Opened pixels: 224 × 224, red, green, blue; hash: of the file's bytes (of a webcam's frame: of
 *   the pixels), hex; width, height: before
 */
import { reader } from "../shared/bitmap.js";
import { hexDigest } from "../shared/checked.js";
import { resample } from "../shared/resample.js";
import { SIDE, centreSquare, withoutAlpha } from "../shared/square.js";
import { HEAD, kindOf } from "./kinds.js";

/** What is larger would take a browser's memory with it. */
const LARGEST = { bytes: 200_000_000, pixels: 100_000_000 };
/** Pixels that are taken from a canvas at a time. */
const BAND = 4_000_000;
export const OTHERWISE = "use another browser";

/**
 * @param {Blob} file
 * @returns {Promise<Opened>}
 */
export async function openFile(file) {
  const { bytes, kind } = await readFile(file);
  const hash = hashOf(bytes); // meanwhile the browser decodes
  const bitmap = await decode(new Blob([bytes], { type: kind.type }), kind);
  return { ...cut(bitmap), hash: await hash };
}

/**
 * A frame of the webcam.
 *
 * @param {ImageBitmap} bitmap is closed
 * @returns {Promise<Opened>}
 */
export async function openBitmap(bitmap) {
  const found = cut(bitmap);
  return { ...found, hash: await hashOf(found.pixels) };
}

/** @param {ImageBitmap} bitmap is closed */
function cut(bitmap) {
  const { width, height } = bitmap;
  try {
    checkSize({ width, height });
    return { pixels: squareOf(bitmap), width, height };
  } finally {
    bitmap.close();
  }
}

/**
 * @param {Blob} file
 * @returns {Promise<{bytes: ArrayBuffer, kind: Kind}>}
 */
async function readFile(file) {
  if (file.size === 0) throw new Error("is empty");
  if (file.size > LARGEST.bytes) {
    const [size, most] = [file.size, LARGEST.bytes].map((n) => Math.ceil(n / 1e6));
    throw new Error(`is too large (${size} MB): a picture may have ${most} MB`);
  }
  try {
    const kind = kindOf(new Uint8Array(await file.slice(0, HEAD).arrayBuffer()));
    if (!kind) throw new Error("is not a picture");
    checkSize(kind);
    return { bytes: await file.arrayBuffer(), kind };
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    throw new Error("cannot be read from the disk: it has moved, or the browser may not open it", {
      cause: error,
    });
  }
}

/** @param {{width?: number, height?: number}} size as far as it is known */
function checkSize({ width = 0, height = 0 }) {
  if (width * height <= LARGEST.pixels) return;
  const [found, most] = [width * height, LARGEST.pixels].map((n) => Math.ceil(n / 1e6));
  throw new Error(`is too large (${found} megapixels): a picture may have ${most}`);
}

/**
 * @param {Blob} file
 * @param {Kind} kind
 * @returns {Promise<ImageBitmap>} turned as its EXIF data says; the first frame of an animation
 */
export async function decode(file, { type, title }) {
  try {
    return await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch (cause) {
    const common = /png|jpeg|gif|webp|bmp/.test(type);
    const why = common
      ? "that is damaged or breaks off"
      : "that this browser cannot read: convert it to JPEG or PNG";
    throw new Error(`is ${title} ${why}`, { cause });
  }
}

/**
 * The centre square as small as the network wants it. What is large is taken from the canvas in
 * bands, each as high as some rows of the result.
 *
 * @param {ImageBitmap} bitmap
 */
function squareOf(bitmap) {
  const { x, y, side } = centreSquare(bitmap.width, bitmap.height);
  const step = side / SIDE;
  // A picture that grows takes from rows above and below: it is small, one band will do.
  const rows = step > 1 ? Math.min(SIDE, Math.max(1, Math.floor(BAND / side / step))) : SIDE;
  const context = reader(side, Math.min(side, Math.ceil(rows * step) + 1), OTHERWISE);
  context.fillStyle = "white"; // what is see-through lies on it
  const pixels = new Uint8Array(SIDE * SIDE * 3);
  for (let row = 0; row < SIDE; row += rows) {
    const count = Math.min(rows, SIDE - row);
    const top = Math.floor(row * step);
    const height = Math.min(side, Math.ceil((row + count) * step)) - top;
    context.fillRect(0, 0, side, height);
    context.drawImage(bitmap, x, y + top, side, height, 0, 0, side, height);
    const { data } = context.getImageData(0, 0, side, height);
    const picture = { pixels: data, width: side, height, channels: 4 };
    const box = { x: 0, y: row * step - top, width: side, height: count * step };
    pixels.set(withoutAlpha(resample(picture, box, SIDE, count).pixels), row * SIDE * 3);
  }
  return pixels;
}

/**
 * Sha256, which browsers offer on https and localhost alone; elsewhere two simple sums, which do
 * to tell whether a picture is there already.
 *
 * @param {ArrayBuffer | Uint8Array<ArrayBuffer>} content
 */
async function hashOf(content) {
  const bytes = new Uint8Array(content);
  if (globalThis.crypto?.subtle) return hexDigest(bytes.buffer);
  let [a, b] = [bytes.length, 0x9e3779b9];
  for (const byte of bytes) {
    a = Math.imul(a ^ byte, 0x01000193);
    b = Math.imul(b + byte, 0x85ebca6b) ^ (b >>> 13);
  }
  return [a, b].map((sum) => (sum >>> 0).toString(16).padStart(8, "0")).join("");
}
