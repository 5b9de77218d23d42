/**
 * Turn a picture of a digit back into pen strokes: the centre lines of its ink.
 *
 * Thin the ink to lines one pixel wide (T. Y. Zhang and C. Y. Suen, "A fast parallel algorithm
 * for thinning digital patterns", 1984), then follow the lines from ends and forks.
 *
 * @import { Stroke } from "../../templates/shared/pen.js"
 */
import { resample } from "../../templates/shared/resample.js";

/** Grey edges tell where a line runs, to a fraction of a pixel: enlarge before thinning. */
const ENLARGE = 3;

/**
 * @param {Uint8Array} pixels greys, white on black
 * @param {number} width
 * @param {number} height
 * @returns {Stroke[]} in pixels of the picture
 */
export function traceStrokes(pixels, width, height) {
  const [wide, high] = [width * ENLARGE, height * ENLARGE];
  const large = resample({ pixels, width, height }, { x: 0, y: 0, width, height }, wide, high);
  const mask = thin(
    large.pixels.map((value) => (value > 127 ? 1 : 0)),
    wide,
    high,
  );
  return trace(mask, wide, high).map((line) =>
    soften(
      line.map((at) => ({
        x: ((at % wide) + 0.5) / ENLARGE,
        y: (Math.floor(at / wide) + 0.5) / ENLARGE,
      })),
    ),
  );
}

/** The eight neighbours, clockwise from above: [x, y]. */
const AROUND = [
  [0, -1],
  [1, -1],
  [1, 0],
  [1, 1],
  [0, 1],
  [-1, 1],
  [-1, 0],
  [-1, -1],
];

/**
 * @param {Uint8Array} source 1 is ink
 * @param {number} width
 * @param {number} height
 * @returns {Uint8Array} lines one pixel wide
 */
export function thin(source, width, height) {
  const mask = source.slice();
  for (let changed = true; changed; ) {
    changed = false;
    for (const [a, b] of [
      // Which neighbours must not all be ink: first the south-east side goes, then the north-west.
      [
        [0, 2, 4],
        [2, 4, 6],
      ],
      [
        [0, 2, 6],
        [0, 4, 6],
      ],
    ]) {
      const gone = [];
      for (let at = 0; at < mask.length; at++) {
        if (!mask[at]) continue;
        const ring = neighbours(mask, at, width, height);
        const count = ring.reduce((sum, value) => sum + value, 0);
        const rises = ring.filter((value, i) => !value && ring[(i + 1) % 8]).length;
        const open = [a, b].every((sides) => sides.some((side) => !ring[side]));
        if (count >= 2 && count <= 6 && rises === 1 && open) gone.push(at);
      }
      for (const at of gone) mask[at] = 0;
      changed ||= gone.length > 0;
    }
  }
  return mask;
}

/**
 * @param {Uint8Array} mask
 * @param {number} at
 * @param {number} width
 * @param {number} height
 */
function neighbours(mask, at, width, height) {
  const [x, y] = [at % width, Math.floor(at / width)];
  return AROUND.map(([right, down]) => {
    const [nx, ny] = [x + right, y + down];
    return nx >= 0 && ny >= 0 && nx < width && ny < height ? mask[ny * width + nx] : 0;
  });
}

/**
 * Follow thin lines: open ones from their ends, then closed ones from anywhere.
 *
 * @param {Uint8Array} mask
 * @param {number} width
 * @param {number} height
 * @returns {number[][]} positions of pixels
 */
function trace(mask, width, height) {
  /** @type {Map<number, number[]>} */
  const links = new Map();
  mask.forEach((value, at) => {
    if (value) links.set(at, linked(mask, at, width, height));
  });
  /** @type {Set<string>} */
  const walked = new Set();
  const edge = (/** @type {number} */ a, /** @type {number} */ b) =>
    a < b ? `${a} ${b}` : `${b} ${a}`;
  const linksOf = (/** @type {number} */ at) => links.get(at) ?? [];
  const lines = [];
  const starts = [...links.keys()];
  const ends = starts.filter((at) => linksOf(at).length !== 2);
  for (const start of [...ends, ...starts]) {
    if (linksOf(start).length === 0) lines.push([start]);
    for (const first of linksOf(start)) {
      if (walked.has(edge(start, first))) continue;
      const line = [start];
      for (let [from, at] = [start, first]; ; ) {
        walked.add(edge(from, at));
        line.push(at);
        const next = linksOf(at).find((to) => !walked.has(edge(at, to)));
        if (linksOf(at).length !== 2 || next === undefined) break;
        [from, at] = [at, next];
      }
      lines.push(line);
    }
  }
  return lines;
}

/**
 * The neighbours that a line goes on to: a corner only where no side leads there.
 *
 * @param {Uint8Array} mask
 * @param {number} at
 * @param {number} width
 * @param {number} height
 */
function linked(mask, at, width, height) {
  const ring = neighbours(mask, at, width, height);
  return AROUND.flatMap(([right, down], i) => {
    const isDetour = i % 2 === 1 && (ring[i - 1] || ring[(i + 1) % 8]);
    return ring[i] && !isDetour ? [at + down * width + right] : [];
  });
}

/**
 * Take the stairs out of a line: each inner point moves to the average of it and its neighbours.
 *
 * @param {Stroke} line
 * @returns {Stroke}
 */
function soften(line) {
  return line.map((point, i) => {
    if (i === 0 || i === line.length - 1) return point;
    const [before, after] = [line[i - 1], line[i + 1]];
    return {
      x: (before.x + 2 * point.x + after.x) / 4,
      y: (before.y + 2 * point.y + after.y) / 4,
    };
  });
}
