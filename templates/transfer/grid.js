/**
 * Averages over equal areas of a picture or of a feature map: fewer values, and a smile may move
 * a little without changing them.
 *
 * @typedef {{index: number, weight: number}} Share one row or column's part of a cell
 */

/** Pixels a side of the smallest copy of a picture: what a head reaches without a backbone. */
export const SMALL = 32;

/**
 * Average feature maps onto a grid.
 *
 * @param {Float32Array} values n maps of [rows, columns, channels]
 * @param {number[]} shape [rows, columns, channels]
 * @param {number} grid cells a side
 * @returns {Float32Array} n rows of [grid, grid, channels]
 */
export function gridAverage(values, [rows, columns, channels], grid) {
  const size = rows * columns * channels;
  const count = values.length / size;
  const down = shares(rows, grid);
  const across = shares(columns, grid);
  const averages = new Float32Array(count * grid * grid * channels);
  for (let n = 0, to = 0; n < count; n++) {
    for (const vertical of down) {
      for (const horizontal of across) {
        const cell = averages.subarray(to, (to += channels));
        for (const { index: row, weight: high } of vertical) {
          for (const { index: column, weight: wide } of horizontal) {
            const from = n * size + (row * columns + column) * channels;
            const weight = high * wide;
            for (let c = 0; c < channels; c++) cell[c] += weight * values[from + c];
          }
        }
      }
    }
  }
  return averages;
}

/**
 * Which of `length` rows make up each of `cells` equal areas, and with which weight; a row on the
 * border of two belongs to both. The weights of a cell add up to 1.
 *
 * @param {number} length
 * @param {number} cells
 * @returns {Share[][]}
 */
export function shares(length, cells) {
  const step = length / cells;
  return Array.from({ length: cells }, (_, cell) => {
    const start = cell * step;
    const end = start + step;
    const found = [];
    for (let index = Math.floor(start); index < Math.min(length, end); index++) {
      const weight = (Math.min(end, index + 1) - Math.max(start, index)) / step;
      if (weight > 0) found.push({ index, weight });
    }
    return found;
  });
}

/**
 * Small copies of pictures: 32 × 32 averages of each colour, 0 to 1.
 *
 * @param {Uint8Array} pixels n * size * size * 3
 * @param {number} size a multiple of 32
 */
export function smallPixels(pixels, size) {
  const averages = gridAverage(Float32Array.from(pixels), [size, size, 3], SMALL);
  for (let i = 0; i < averages.length; i++) averages[i] /= 255;
  return averages;
}
