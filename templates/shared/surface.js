/**
 * The paper of a photo: a smooth surface of greys, fitted to the pixels that are not ink.
 *
 * Pure functions: Node runs their tests.
 */

/** Points along each side that the surface is fitted to. */
const GRID = 48;
/** Rounds of fitting, each without the points that stood out from the surface before. */
const ROUNDS = 6;
/** Points this many times the usual distance away, and at least so many greys, stand out. */
const OUTLIER = { times: 2.5, greys: 6 };
/** Standard deviation of a normal distribution, in median distances from its middle. */
const DEVIATION = 1.4826;

/**
 * Fit grey = a + bx + cy + dx² + exy + fy² to most of a picture.
 *
 * @param {Float32Array} grey
 * @param {number} width
 * @param {number} height
 * @returns {{paper: Float32Array, noise: number}} the surface at each pixel, and the standard
 *   deviation of the pixels about it
 */
export function fitSurface(grey, width, height) {
  const points = gridPoints(grey, width, height);
  const { middle } = spread(Float32Array.from(points, (point) => point.grey));
  let surface = [middle, 0, 0, 0, 0, 0];
  let noise = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const away = Float32Array.from(points, (p) => Math.abs(p.grey - dot(surface, p.terms)));
    const limit = Math.max(OUTLIER.greys, OUTLIER.times * DEVIATION * spread(away).middle);
    const near = points.filter((_, i) => away[i] <= limit);
    noise = DEVIATION * spread(away.filter((distance) => distance <= limit)).middle;
    surface = leastSquares(near) ?? surface;
  }
  const paper = new Float32Array(grey.length);
  for (let i = 0; i < paper.length; i++) {
    const [x, y] = [i % width, Math.floor(i / width)];
    paper[i] = dot(surface, terms(x / width - 0.5, y / height - 0.5));
  }
  return { paper, noise };
}

/**
 * The middle value, and the middle of the distances from it.
 *
 * @param {Float32Array} values
 */
export function spread(values) {
  const middle = median(values);
  return { middle, deviation: DEVIATION * median(values.map((v) => Math.abs(v - middle))) };
}

/** @param {Float32Array} values */
function median(values) {
  return values.length ? values.slice().sort()[values.length >> 1] : 0;
}

/**
 * @param {Float32Array} grey
 * @param {number} width
 * @param {number} height
 */
function gridPoints(grey, width, height) {
  const points = [];
  for (let row = 0; row < GRID; row++) {
    for (let column = 0; column < GRID; column++) {
      const x = Math.floor(((column + 0.5) / GRID) * width);
      const y = Math.floor(((row + 0.5) / GRID) * height);
      const place = terms(x / width - 0.5, y / height - 0.5);
      points.push({ grey: grey[y * width + x], terms: place });
    }
  }
  return points;
}

/**
 * @param {number} x
 * @param {number} y
 */
function terms(x, y) {
  return [1, x, y, x * x, x * y, y * y];
}

/**
 * @param {number[]} a
 * @param {number[]} b
 */
function dot(a, b) {
  return a.reduce((sum, value, i) => sum + value * b[i], 0);
}

/**
 * The surface nearest to the points: its normal equations, solved by elimination.
 *
 * @param {{grey: number, terms: number[]}[]} points
 * @returns {number[] | null} null when the points do not determine one
 */
function leastSquares(points) {
  const size = 6;
  const rows = Array.from({ length: size }, () => new Array(size + 1).fill(0));
  for (const { grey, terms } of points) {
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) rows[i][j] += terms[i] * terms[j];
      rows[i][size] += terms[i] * grey;
    }
  }
  for (let i = 0; i < size; i++) {
    // The matrix is symmetric and positive: its diagonal is a safe pivot.
    if (rows[i][i] < 1e-9) return null;
    for (let j = 0; j < size; j++) {
      if (j === i) continue;
      const factor = rows[j][i] / rows[i][i];
      for (let k = i; k <= size; k++) rows[j][k] -= factor * rows[i][k];
    }
  }
  return rows.map((row, i) => row[size] / row[i]);
}
