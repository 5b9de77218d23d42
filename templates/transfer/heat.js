/**
 * What in a picture spoke for a class. A linear head adds up, over all features, what each says;
 * features of the middle layer belong to cells of a grid, so the sum falls apart into cells.
 *
 * @typedef {{rows: number, columns: number, channels: number}} Grid
 * @typedef {{rows: number, columns: number, values: Float32Array}} Heat row by row; above 0 speaks
 *   for the class, below 0 against it
 */

/**
 * What each feature adds to the logit of a class over the mean logit of the others, beyond what it
 * adds in the average training picture.
 *
 * @param {{weights: Float32Array, classes: number, mean: Float32Array}} head
 * @param {Float32Array} features of one picture
 * @param {number} target class
 * @returns {Float32Array}
 */
export function contributions({ weights, classes, mean }, features, target) {
  return features.map((value, j) => {
    const from = j * classes;
    let others = 0;
    for (let c = 0; c < classes; c++) if (c !== target) others += weights[from + c];
    const weight = weights[from + target] - others / Math.max(1, classes - 1);
    return (value - mean[j]) * weight;
  });
}

/**
 * Contributions of a grid's features, cell by cell.
 *
 * @param {Float32Array} parts those of the whole row of features
 * @param {number} offset where the grid's begin
 * @param {Grid} grid
 * @returns {Heat}
 */
export function heatOfGrid(parts, offset, { rows, columns, channels }) {
  const values = new Float32Array(rows * columns);
  for (let cell = 0; cell < values.length; cell++) {
    const from = offset + cell * channels;
    for (let c = 0; c < channels; c++) values[cell] += parts[from + c];
  }
  return { rows, columns, values };
}

/**
 * The pooled last layer is the mean of a map, so each position has its share of it: the class
 * activation map (Zhou et al., "Learning Deep Features for Discriminative Localization", 2016).
 *
 * @param {{weights: Float32Array, classes: number, mean: Float32Array}} head
 * @param {Float32Array} map [rows, columns, channels]
 * @param {number} offset where the pooled features begin in the head's row
 * @param {Grid} grid
 * @param {number} target
 * @returns {Heat}
 */
export function heatOfMap(head, map, offset, { rows, columns, channels }, target) {
  const cells = rows * columns;
  const part = {
    classes: head.classes,
    weights: head.weights.subarray(offset * head.classes, (offset + channels) * head.classes),
    mean: head.mean.subarray(offset, offset + channels),
  };
  const values = new Float32Array(cells);
  for (let cell = 0; cell < cells; cell++) {
    const features = map.subarray(cell * channels, (cell + 1) * channels);
    for (const value of contributions(part, features, target)) values[cell] += value / cells;
  }
  return { rows, columns, values };
}

/**
 * Two heats of one picture on a common grid; a cell's value is spread over the cells it becomes.
 *
 * @param {Heat[]} heats
 * @returns {Heat}
 */
export function addHeats(heats) {
  if (heats.length === 1) return heats[0];
  const rows = heats.reduce((size, heat) => (size * heat.rows) / gcd(size, heat.rows), 1);
  const values = new Float32Array(rows * rows);
  for (const heat of heats) {
    const step = rows / heat.rows;
    for (let i = 0; i < values.length; i++) {
      const row = Math.floor(Math.floor(i / rows) / step);
      const column = Math.floor((i % rows) / step);
      values[i] += heat.values[row * heat.columns + column] / step ** 2;
    }
  }
  return { rows, columns: rows, values };
}

/**
 * @param {number} a
 * @param {number} b
 * @returns {number}
 */
function gcd(a, b) {
  return b ? gcd(b, a % b) : a;
}
