/**
 * The pen that MNIST was written with: strokes as ink, at a size and thickness that do not depend
 * on how large or with how thick a line they were drawn.
 *
 * A person's small "3" and large "3" are the same strokes. Painting them with a pen of fixed size
 * and shrinking the result would make the one blotted and the other faint; here the strokes are
 * scaled first and inked after, with a line as wide as MNIST's lines are in their 20x20 box.
 *
 * @import { Ink } from "./ink.js"
 *
 * @typedef {{x: number, y: number}} Point
 * @typedef {Point[]} Stroke where the pen went, from where it touched the pad to where it left
 */

/** MNIST's line is about 2.5 pixels wide where the digit is 20 (the median of the test images). */
const LINE = 2.5 / 20;
/** Side of the ink, in pixels: eight for each of the 20, so that shrinking it smooths its edges. */
const SIDE = 160;

/**
 * @param {Stroke[]} strokes
 * @param {number} speck strokes that are all within this distance are no drawing yet
 * @returns {Ink} the strokes, filling the picture on its longest side; black when there is no
 *   drawing
 */
export function inkStrokes(strokes, speck) {
  const ink = { pixels: new Uint8Array(SIDE * SIDE), width: SIDE, height: SIDE };
  const { centre, extent } = strokeBounds(strokes);
  if (extent < speck) return ink;
  const scale = (SIDE * (1 - LINE)) / extent;
  for (const stroke of strokes) {
    const line = smooth(stroke).map(({ x, y }) => ({
      x: (x - centre.x) * scale + SIDE / 2,
      y: (y - centre.y) * scale + SIDE / 2,
    }));
    paintLine(ink, line, SIDE * LINE);
  }
  return ink;
}

/**
 * @param {Stroke[]} strokes
 * @returns {{centre: Point, extent: number}} the middle and the longest side of their box
 */
export function strokeBounds(strokes) {
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const { x, y } of strokes.flat()) {
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  const centre = { x: (left + right) / 2, y: (top + bottom) / 2 };
  return { centre, extent: Math.max(right - left, bottom - top, 0) };
}

/** Straight pieces that stand for one curve. */
const PIECES = 4;

/**
 * The curve that a pad shows for a stroke: from the middle of each piece to the middle of the
 * next, bent towards the point between them (quadratic Bézier curves).
 *
 * @param {Stroke} stroke
 * @returns {Stroke} the same curve as short straight pieces
 */
export function smooth(stroke) {
  if (stroke.length < 3) return stroke;
  const curve = [stroke[0]];
  for (let i = 1; i < stroke.length - 1; i++) {
    const from = i === 1 ? stroke[0] : middle(stroke[i - 1], stroke[i]);
    const to = i === stroke.length - 2 ? stroke[i + 1] : middle(stroke[i], stroke[i + 1]);
    for (let piece = 1; piece <= PIECES; piece++) {
      const t = piece / PIECES;
      curve.push(middle(middle(from, stroke[i], t), middle(stroke[i], to, t), t));
    }
  }
  return curve;
}

/**
 * @param {Point} a
 * @param {Point} b
 * @param {number} [t] how far from a to b
 * @returns {Point}
 */
export function middle(a, b, t = 0.5) {
  return { x: a.x + (b.x - a.x) * t, y: a.y + (b.y - a.y) * t };
}

/**
 * Ink a line with round ends and joins, its edges one pixel soft.
 *
 * @param {Ink} ink painted in place
 * @param {Stroke} line
 * @param {number} width
 */
export function paintLine(ink, line, width) {
  const reach = width / 2 + 0.5;
  for (let i = 0; i < Math.max(1, line.length - 1); i++) {
    const a = line[i];
    const b = line[i + 1] ?? a;
    const right = Math.min(ink.width - 1, Math.floor(Math.max(a.x, b.x) + reach));
    const bottom = Math.min(ink.height - 1, Math.floor(Math.max(a.y, b.y) + reach));
    for (let y = Math.max(0, Math.floor(Math.min(a.y, b.y) - reach)); y <= bottom; y++) {
      for (let x = Math.max(0, Math.floor(Math.min(a.x, b.x) - reach)); x <= right; x++) {
        const cover = reach - distance(x + 0.5, y + 0.5, a, b);
        if (cover <= 0) continue;
        const at = y * ink.width + x;
        ink.pixels[at] = Math.max(ink.pixels[at], Math.min(255, Math.round(cover * 255)));
      }
    }
  }
}

/**
 * From a place to the nearest point of a straight piece.
 *
 * @param {number} x
 * @param {number} y
 * @param {Point} a
 * @param {Point} b
 */
function distance(x, y, a, b) {
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const square = dx * dx + dy * dy;
  const along = square === 0 ? 0 : ((x - a.x) * dx + (y - a.y) * dy) / square;
  const t = Math.min(1, Math.max(0, along));
  return Math.hypot(x - a.x - t * dx, y - a.y - t * dy);
}
