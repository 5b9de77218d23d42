/**
 * Change the size of a picture: the average of the area when it shrinks, bilinear when it grows.
 * No canvas: each browser's canvas has a filter of its own, and some add noise. Python's twin is
 * generator/resample.py; both are tested on tests/fixtures/resample.json.
 *
 * @typedef {{pixels: Uint8Array, width: number, height: number}} Grey 0 to 255, row by row
 * @typedef {{
 *   pixels: Uint8Array | Uint8ClampedArray, width: number, height: number, channels?: number
 * }} Picture channels: values of a pixel, 1 if it does not say
 * @typedef {{x: number, y: number, width: number, height: number}} Box in pixels; may lie between
 *   two, and may reach beyond the picture, where everything is 0
 *
 * @typedef {{starts: Int32Array, indices: Int32Array, weights: Float32Array}} Taps the source
 *   pixels that make up each target pixel along one axis: those of target i lie from starts[i] to
 *   starts[i + 1]
 */

/**
 * The part of a picture inside a box, at a new size.
 *
 * @param {Picture} picture
 * @param {Box} box
 * @param {number} width
 * @param {number} height
 * @returns {Grey} with as many values a pixel as the picture has
 */
export function resample(picture, box, width, height) {
  const channels = picture.channels ?? 1;
  const across = axisTaps(box.x, box.width, width, picture.width);
  const down = axisTaps(box.y, box.height, height, picture.height);
  const size = width * channels;
  const pixels = new Uint8Array(size * height);
  // Only the rows that the box touches are narrowed, each once, and kept while they are needed.
  /** @type {Map<number, Float32Array>} */
  const rows = new Map();
  const sum = new Float32Array(size);
  for (let y = 0; y < height; y++) {
    sum.fill(0);
    const [start, end] = [down.starts[y], down.starts[y + 1]];
    for (let tap = start; tap < end; tap++) {
      const index = down.indices[tap];
      const row = rows.get(index) ?? narrow(picture, index, across, channels);
      rows.set(index, row);
      const weight = down.weights[tap];
      for (let i = 0; i < size; i++) sum[i] += row[i] * weight;
    }
    for (let i = 0; i < size; i++) pixels[y * size + i] = Math.round(sum[i]);
    for (const index of rows.keys()) if (index < down.indices[start]) rows.delete(index);
  }
  return { pixels, width, height };
}

/**
 * One row at its new width.
 *
 * @param {Picture} picture
 * @param {number} y
 * @param {Taps} taps
 * @param {number} channels
 */
function narrow({ pixels, width }, y, taps, channels) {
  const row = new Float32Array((taps.starts.length - 1) * channels);
  const start = y * width * channels;
  if (channels === 4) narrowFour(pixels, start, taps, row);
  else narrowAny(pixels, start, taps, row, channels);
  return row;
}

/**
 * @param {Uint8Array | Uint8ClampedArray} pixels
 * @param {number} start of the row
 * @param {Taps} taps
 * @param {Float32Array} row to be filled
 * @param {number} channels
 */
function narrowAny(pixels, start, { starts, indices, weights }, row, channels) {
  for (let x = 0; x + 1 < starts.length; x++) {
    for (let channel = 0; channel < channels; channel++) {
      let sum = 0;
      for (let tap = starts[x]; tap < starts[x + 1]; tap++) {
        sum += pixels[start + indices[tap] * channels + channel] * weights[tap];
      }
      row[x * channels + channel] = sum;
    }
  }
}

/**
 * The same for what a canvas gives back; photographs of many megapixels come this way.
 *
 * @param {Uint8Array | Uint8ClampedArray} pixels
 * @param {number} start of the row
 * @param {Taps} taps
 * @param {Float32Array} row to be filled
 */
function narrowFour(pixels, start, { starts, indices, weights }, row) {
  for (let x = 0; x + 1 < starts.length; x++) {
    let [red, green, blue, alpha] = [0, 0, 0, 0];
    for (let tap = starts[x]; tap < starts[x + 1]; tap++) {
      const from = start + indices[tap] * 4;
      const weight = weights[tap];
      red += pixels[from] * weight;
      green += pixels[from + 1] * weight;
      blue += pixels[from + 2] * weight;
      alpha += pixels[from + 3] * weight;
    }
    row[x * 4] = red;
    row[x * 4 + 1] = green;
    row[x * 4 + 2] = blue;
    row[x * 4 + 3] = alpha;
  }
}

/**
 * Which source pixels make up each target pixel along one axis. Weights add up to 1, less what
 * lies beyond the picture when it shrinks; when it grows, the picture's edge goes on instead.
 *
 * @param {number} from where the box begins
 * @param {number} length of the box
 * @param {number} size in target pixels
 * @param {number} limit the source's size
 * @returns {Taps}
 */
function axisTaps(from, length, size, limit) {
  const step = length / size;
  const starts = new Int32Array(size + 1);
  /** @type {number[]} */
  const indices = [];
  /** @type {number[]} */
  const weights = [];
  for (let i = 0; i < size; i++) {
    if (step > 1) addAreaTaps(indices, weights, from + i * step, step, limit);
    else addLinearTaps(indices, weights, from + (i + 0.5) * step, limit);
    starts[i + 1] = indices.length;
  }
  return { starts, indices: Int32Array.from(indices), weights: Float32Array.from(weights) };
}

/**
 * @param {number[]} indices
 * @param {number[]} weights
 * @param {number} start
 * @param {number} step
 * @param {number} limit
 */
function addAreaTaps(indices, weights, start, step, limit) {
  const end = start + step;
  for (let index = Math.max(0, Math.floor(start)); index < Math.min(limit, end); index++) {
    const covered = Math.min(end, index + 1) - Math.max(start, index);
    if (covered <= 0) continue;
    indices.push(index);
    weights.push(covered / step);
  }
}

/**
 * @param {number[]} indices
 * @param {number[]} weights
 * @param {number} centre of the target pixel, in source pixels
 * @param {number} limit
 */
function addLinearTaps(indices, weights, centre, limit) {
  const left = Math.floor(centre - 0.5);
  const share = centre - 0.5 - left;
  const clamp = (/** @type {number} */ index) => Math.min(limit - 1, Math.max(0, index));
  indices.push(clamp(left), clamp(left + 1));
  weights.push(1 - share, share);
}
