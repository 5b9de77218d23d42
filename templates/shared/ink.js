/**
 * @import { Box, Grey } from "./resample.js"
 *
 * @typedef {Grey} Ink white ink on black, as MNIST has it: 0 is paper, 255 is full ink
 */

/** Anti-aliased edges below this share of the strongest ink do not count as ink. */
const EDGE = 0.1;

/**
 * The smallest box around all ink.
 *
 * @param {Ink} ink
 * @returns {Box | null} null when there is none
 */
export function inkBounds({ pixels, width, height }) {
  const most = pixels.reduce((a, b) => Math.max(a, b), 0);
  if (most === 0) return null;
  const least = most * EDGE;
  let [left, right, top, bottom] = [width, -1, height, -1];
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      if (pixels[i] < least) continue;
      if (x < left) left = x;
      if (x > right) right = x;
      if (y < top) top = y;
      bottom = y;
    }
  }
  return { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
}

/**
 * Lay a picture on a larger one.
 *
 * @param {Grey} target changed in place
 * @param {Grey} picture
 * @param {number} left
 * @param {number} top
 */
export function paste(target, { pixels, width, height }, left, top) {
  for (let y = 0; y < height; y++) {
    const row = pixels.subarray(y * width, (y + 1) * width);
    target.pixels.set(row, (top + y) * target.width + left);
  }
}
