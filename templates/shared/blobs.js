/**
 * Ink by its connected parts: drop what is not the drawing, give a thin line MNIST's width.
 *
 * Pure functions: Node runs their tests.
 *
 * @import { Ink } from "./ink.js"
 */
import { inkBounds } from "./ink.js";

/** A part with less than this share of the largest part's ink is dust. */
const SPECK = 0.03;
/** A part in the middle that is this share of the picture's height can be the drawing. */
const DRAWING = 0.1;
/** Lines thinner than the thinnest of MNIST's get the width of a usual one, of 20 pixels. */
const LINE = { thinnest: 1.7, usual: 2.5 };

/**
 * Remove dust, and what reaches in from the picture's edge (a table, ruled lines, a shadow) if
 * there is a drawing that does not touch the edge.
 *
 * @param {Ink} ink
 * @returns {Ink}
 */
export function dropSpecks(ink) {
  const { width, height } = ink;
  const { labels, parts } = connected(ink);
  const isInside = parts.some((part) => !part.edge && part.bottom - part.top > DRAWING * height);
  const candidates = parts.map((part) => (isInside && part.edge ? 0 : part.mass));
  const least = SPECK * Math.max(...candidates, 0);
  const pixels = ink.pixels.map((value, i) =>
    labels[i] >= 0 && candidates[labels[i]] > 0 && candidates[labels[i]] >= least ? value : 0,
  );
  return { pixels, width, height };
}

/**
 * Label the parts whose pixels touch, sideways or at corners.
 *
 * @param {Ink} ink
 * @returns {{labels: Int32Array, parts: {mass: number, top: number, bottom: number,
 *   edge: boolean}[]}} each pixel's part, -1 for paper
 */
function connected({ pixels, width, height }) {
  const labels = new Int32Array(pixels.length).fill(-1);
  const parts = [];
  for (let start = 0; start < pixels.length; start++) {
    if (!pixels[start] || labels[start] >= 0) continue;
    const part = { mass: 0, top: height, bottom: 0, edge: false };
    const queue = [start];
    labels[start] = parts.length;
    while (queue.length) {
      const at = /** @type {number} */ (queue.pop());
      const [x, y] = [at % width, Math.floor(at / width)];
      part.mass += pixels[at];
      part.top = Math.min(part.top, y);
      part.bottom = Math.max(part.bottom, y);
      part.edge ||= x === 0 || y === 0 || x === width - 1 || y === height - 1;
      for (let down = Math.max(0, y - 1); down <= Math.min(height - 1, y + 1); down++) {
        for (let across = Math.max(0, x - 1); across <= Math.min(width - 1, x + 1); across++) {
          const next = down * width + across;
          if (!pixels[next] || labels[next] >= 0) continue;
          labels[next] = parts.length;
          queue.push(next);
        }
      }
    }
    parts.push(part);
  }
  return { labels, parts };
}

/**
 * Widen lines that would be too faint in 20x20 pixels, such as a fine pen on a large sheet.
 *
 * @param {Ink} ink
 * @returns {Ink} larger by the widening
 */
export function thicken(ink) {
  const bounds = inkBounds(ink);
  if (!bounds) return ink;
  const unit = Math.max(bounds.width, bounds.height) / 20;
  const now = lineWidth(ink);
  if (now >= LINE.thinnest * unit) return ink;
  return widen(ink, (LINE.usual * unit - now) / 2);
}

/**
 * The usual width of the lines: a line's area is its length times its width, and its outline is
 * about twice its length.
 *
 * @param {Ink} ink
 */
export function lineWidth({ pixels, width, height }) {
  const isInk = (/** @type {number} */ x, /** @type {number} */ y) =>
    x >= 0 && y >= 0 && x < width && y < height && pixels[y * width + x] > 127;
  let [area, edges] = [0, 0];
  for (let y = 0; y <= height; y++) {
    for (let x = 0; x <= width; x++) {
      const here = isInk(x, y);
      if (here) area++;
      if (here !== isInk(x - 1, y)) edges++;
      if (here !== isInk(x, y - 1)) edges++;
    }
  }
  // Counted along the grid an outline is longer than it is, by 4 / pi on average.
  return edges === 0 ? 0 : (2 * area) / ((edges * Math.PI) / 4);
}

/**
 * Let each pixel's ink reach as far as `radius`, with an edge one pixel soft.
 *
 * @param {Ink} ink
 * @param {number} radius
 * @returns {Ink}
 */
function widen(ink, radius) {
  const margin = Math.ceil(radius) + 1;
  const [width, height] = [ink.width + 2 * margin, ink.height + 2 * margin];
  const pixels = new Uint8Array(width * height);
  const disc = discAround(margin, radius, width);
  for (let i = 0; i < ink.pixels.length; i++) {
    const value = ink.pixels[i];
    if (!value) continue;
    const centre = (Math.floor(i / ink.width) + margin) * width + (i % ink.width) + margin;
    for (const { step, share } of disc) {
      const reached = value * share;
      if (reached > pixels[centre + step]) pixels[centre + step] = reached;
    }
  }
  return { pixels, width, height };
}

/**
 * @param {number} margin
 * @param {number} radius
 * @param {number} width of a row
 */
function discAround(margin, radius, width) {
  const disc = [];
  for (let y = -margin; y <= margin; y++) {
    for (let x = -margin; x <= margin; x++) {
      const share = Math.min(1, radius + 0.5 - Math.hypot(x, y));
      if (share > 0) disc.push({ step: y * width + x, share });
    }
  }
  return disc;
}
