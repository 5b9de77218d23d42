/**
 * A picture as a network wants it: its centre part of the network's aspect, then the network's
 * size. To resize first would squeeze what is wide. Python's twin is generator/resample.py.
 *
 * Pure functions: Node runs their tests.
 *
 * @import { Box } from "./resample.js"
 *
 * @typedef {{pixels: Uint8Array | Uint8ClampedArray, width: number, height: number}} Rgba red,
 *   green, blue and alpha, row by row, as a canvas gives them
 */
import { resample } from "./resample.js";

/** Pixels a side that the backbones see. */
export const SIDE = 224;

/**
 * The largest part of an aspect in the middle, in whole pixels; half a pixel goes to the right and
 * to the bottom.
 *
 * @param {number} width
 * @param {number} height
 * @param {number} aspect width / height
 * @returns {Box}
 */
export function centrePart(width, height, aspect) {
  const across = Math.min(width, Math.max(1, Math.round(height * aspect)));
  const down = Math.min(height, Math.max(1, Math.round(width / aspect)));
  const [x, y] = [width - across, height - down].map((rest) => Math.floor(rest / 2));
  return { x, y, width: across, height: down };
}

/**
 * @param {number} width
 * @param {number} height
 */
export function centreSquare(width, height) {
  const { x, y, width: side } = centrePart(width, height, 1);
  return { x, y, side };
}

/**
 * @param {Rgba} picture what is see-through is laid on white
 * @param {number} width of the result
 * @param {number} height
 * @returns {Uint8Array<ArrayBuffer>} width * height * 3: red, green, blue
 */
export function centreCrop(picture, width, height) {
  const box = centrePart(picture.width, picture.height, width / height);
  const part = { ...box, pixels: onWhite(cut(picture, box)), channels: 4 };
  return withoutAlpha(resample(part, { ...box, x: 0, y: 0 }, width, height).pixels);
}

/**
 * A part alone: what lies beside it must not shine through at its edges.
 *
 * @param {Rgba} picture
 * @param {Box} part in whole pixels
 * @returns {Uint8Array | Uint8ClampedArray} the picture's own if the part is all of it
 */
function cut({ pixels, width, height }, part) {
  if (part.width === width && part.height === height) return pixels;
  const row = part.width * 4;
  const inside = new Uint8Array(row * part.height);
  for (let y = 0; y < part.height; y++) {
    const from = ((part.y + y) * width + part.x) * 4;
    inside.set(pixels.subarray(from, from + row), y * row);
  }
  return inside;
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
