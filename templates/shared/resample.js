/**
 * Change the size of a grey picture: the average of the area when it shrinks, bilinear when it
 * grows. No canvas: each browser's canvas has a filter of its own, and some add noise.
 *
 * @typedef {{pixels: Uint8Array, width: number, height: number}} Grey 0 to 255, row by row
 * @typedef {{x: number, y: number, width: number, height: number}} Box in pixels; may lie between
 *   two, and may reach beyond the picture, where everything is 0
 *
 * @typedef {{index: number, weight: number}} Tap one source pixel's share of a target pixel
 */

/**
 * The part of a picture inside a box, at a new size.
 *
 * @param {Grey} picture
 * @param {Box} box
 * @param {number} width
 * @param {number} height
 * @returns {Grey}
 */
export function resample(picture, box, width, height) {
  const across = axisTaps(box.x, box.width, width, picture.width);
  const down = axisTaps(box.y, box.height, height, picture.height);
  const pixels = new Uint8Array(width * height);
  // Only the rows that the box touches are narrowed, each once.
  /** @type {Map<number, Float32Array>} */
  const rows = new Map();
  /** @param {number} y */
  const narrowed = (y) => {
    let row = rows.get(y);
    if (!row) rows.set(y, (row = narrow(picture.pixels, y * picture.width, across)));
    return row;
  };
  const sum = new Float32Array(width);
  for (let y = 0; y < height; y++) {
    sum.fill(0);
    for (const { index, weight } of down[y]) {
      const row = narrowed(index);
      for (let x = 0; x < width; x++) sum[x] += row[x] * weight;
    }
    for (let x = 0; x < width; x++) pixels[y * width + x] = Math.round(sum[x]);
  }
  return { pixels, width, height };
}

/**
 * @param {Uint8Array} pixels
 * @param {number} start of the row
 * @param {Tap[][]} taps
 */
function narrow(pixels, start, taps) {
  return Float32Array.from(taps, (shares) => {
    let sum = 0;
    for (const { index, weight } of shares) sum += pixels[start + index] * weight;
    return sum;
  });
}

/**
 * Which source pixels make up each target pixel along one axis. Weights add up to 1, less what
 * lies beyond the picture when it shrinks; when it grows, the picture's edge goes on instead.
 *
 * @param {number} from where the box begins
 * @param {number} length of the box
 * @param {number} size in target pixels
 * @param {number} limit the source's size
 * @returns {Tap[][]}
 */
function axisTaps(from, length, size, limit) {
  const step = length / size;
  return Array.from({ length: size }, (_, i) =>
    step > 1 ? areaTaps(from + i * step, step, limit) : linearTaps(from + (i + 0.5) * step, limit),
  );
}

/**
 * @param {number} start
 * @param {number} step
 * @param {number} limit
 * @returns {Tap[]}
 */
function areaTaps(start, step, limit) {
  const end = start + step;
  const taps = [];
  for (let index = Math.max(0, Math.floor(start)); index < Math.min(limit, end); index++) {
    const covered = Math.min(end, index + 1) - Math.max(start, index);
    if (covered > 0) taps.push({ index, weight: covered / step });
  }
  return taps;
}

/**
 * @param {number} centre of the target pixel, in source pixels
 * @param {number} limit
 * @returns {Tap[]}
 */
function linearTaps(centre, limit) {
  const left = Math.floor(centre - 0.5);
  const share = centre - 0.5 - left;
  const clamp = (/** @type {number} */ index) => Math.min(limit - 1, Math.max(0, index));
  return [
    { index: clamp(left), weight: 1 - share },
    { index: clamp(left + 1), weight: share },
  ];
}
