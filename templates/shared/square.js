/**
 * A picture as a backbone wants it: its centre square, then the network's size. To resize first
 * would squeeze what is wide. Python's twin is generator/resample.py.
 *
 * Pure functions: Node runs their tests.
 *
 * @typedef {{pixels: Uint8Array | Uint8ClampedArray, width: number, height: number}} Rgba red,
 *   green, blue and alpha, row by row, as a canvas gives them
 */
import { resample } from "./resample.js";

/** Pixels a side that the backbones see. */
export const SIDE = 224;

/**
 * The largest square in the middle; half a pixel goes to the right and to the bottom.
 *
 * @param {number} width
 * @param {number} height
 */
export function centreSquare(width, height) {
  const side = Math.min(width, height);
  return { x: Math.floor((width - side) / 2), y: Math.floor((height - side) / 2), side };
}

/**
 * @param {Rgba} picture what is see-through is laid on white
 * @param {number} [size] of the result, in pixels a side
 * @returns {Uint8Array<ArrayBuffer>} size * size * 3: red, green, blue
 */
export function toSquare(picture, size = SIDE) {
  const { pixels, width, height } = crop(picture);
  const square = { pixels: onWhite(pixels), width, height, channels: 4 };
  return withoutAlpha(resample(square, { x: 0, y: 0, width, height }, size, size).pixels);
}

/**
 * The centre square alone: what lies beside it must not shine through at its edges.
 *
 * @param {Rgba} picture
 * @returns {Rgba} the same if it is square
 */
function crop(picture) {
  const { pixels, width, height } = picture;
  if (width === height) return picture;
  const { x, y, side } = centreSquare(width, height);
  const inside = new Uint8Array(side * side * 4);
  for (let row = 0; row < side; row++) {
    const from = ((y + row) * width + x) * 4;
    inside.set(pixels.subarray(from, from + side * 4), row * side * 4);
  }
  return { pixels: inside, width: side, height: side };
}

/**
 * @param {Uint8Array | Uint8ClampedArray} pixels red, green, blue, alpha
 * @returns {Uint8Array | Uint8ClampedArray} the same if they are opaque
 */
function onWhite(pixels) {
  let first = 3;
  while (first < pixels.length && pixels[first] === 255) first += 4;
  if (first >= pixels.length) return pixels;
  const laid = pixels.slice();
  for (let at = first - 3; at < laid.length; at += 4) {
    const alpha = pixels[at + 3];
    const white = 255 - alpha;
    for (let i = at; i < at + 3; i++) laid[i] = Math.round((pixels[i] * alpha) / 255 + white);
  }
  return laid;
}

/**
 * @param {Uint8Array | Uint8ClampedArray} pixels red, green, blue, alpha
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function withoutAlpha(pixels) {
  const colours = new Uint8Array((pixels.length / 4) * 3);
  for (let from = 0, to = 0; from < pixels.length; from += 4) {
    colours[to++] = pixels[from];
    colours[to++] = pixels[from + 1];
    colours[to++] = pixels[from + 2];
  }
  return colours;
}

/**
 * @param {Uint8Array} colours red, green, blue
 * @returns {Uint8ClampedArray<ArrayBuffer>} opaque, as a canvas wants them
 */
export function withAlpha(colours) {
  const pixels = new Uint8ClampedArray((colours.length / 3) * 4);
  for (let from = 0, to = 0; from < colours.length; to++) {
    pixels[to++] = colours[from++];
    pixels[to++] = colours[from++];
    pixels[to++] = colours[from++];
    pixels[to] = 255;
  }
  return pixels;
}
