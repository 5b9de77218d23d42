/**
 * Rows of features as the operators that a descent needs.
 *
 * @import { Tensor } from "@tensorflow/tfjs-core"
 * @import { Operator } from "./descent.js"
 * @import { Matrix } from "./matrix.js"
 */
import { matMul, tensor2d, tidy, transpose } from "@tensorflow/tfjs-core";

/** What is left of a row, beside the longest one, when it depends on others but for rounding. */
const DEPENDENT = 1e-6;
/** Products of more numbers than this are the backend's. */
const PLAIN = 60_000;

/**
 * Features as an operator; the products run on TensorFlow.js' backend, where large ones are fast.
 *
 * @implements {Operator}
 */
export class Features {
  /** @param {Matrix} features */
  constructor({ values, count, size }) {
    this.count = count;
    this.size = size;
    this.rows = tensor2d(values, [count, size]);
  }

  /**
   * @param {Float64Array} weights [classes, size]
   * @param {number} classes
   */
  forward(weights, classes) {
    const turned = transposed(weights, classes, this.size);
    return tidy(() => read(matMul(this.rows, tensor2d(turned, [this.size, classes]))));
  }

  /**
   * The few errors are turned, not the many features.
   *
   * @param {Float64Array} errors [count, classes]
   * @param {number} classes
   */
  backward(errors, classes) {
    const turned = transposed(errors, this.count, classes);
    return tidy(() => read(matMul(tensor2d(turned, [classes, this.count]), this.rows)));
  }

  dispose() {
    this.rows.dispose();
  }
}

/**
 * As many features as there are rows, with the same products between rows as the many features
 * that these stand for: to a linear head with a penalty both are the same problem, in other axes.
 *
 * @param {ArrayLike<number>} products between all rows (a Gram matrix), [count, count]
 * @param {number} count
 * @param {number} classes
 * @returns {Triangle | Features}
 */
export function fewFeatures(products, count, classes) {
  const rows = cholesky(products, count);
  if (count * count * classes <= PLAIN) return new Triangle(rows, count);
  return new Features({ values: Float32Array.from(rows), count, size: count });
}

/**
 * Small ones in plain code, where calling the backend would take longer than the sums.
 *
 * @implements {Operator}
 */
class Triangle {
  /**
   * @param {Float64Array} rows [count, count], nothing above the diagonal
   * @param {number} count
   */
  constructor(rows, count) {
    this.count = count;
    this.size = count;
    this.rows = rows;
  }

  /**
   * @param {Float64Array} weights [classes, count]
   * @param {number} classes
   */
  forward(weights, classes) {
    const { rows, count } = this;
    const logits = new Float64Array(count * classes);
    for (let c = 0; c < classes; c++) {
      const own = weights.subarray(c * count, (c + 1) * count);
      for (let i = 0, from = 0; i < count; i++, from += count) {
        // Four sums at a time: one would wait for itself at every addition.
        let [a, b, d, e, j] = [0, 0, 0, 0, 0];
        for (; j + 3 <= i; j += 4) {
          a += rows[from + j] * own[j];
          b += rows[from + j + 1] * own[j + 1];
          d += rows[from + j + 2] * own[j + 2];
          e += rows[from + j + 3] * own[j + 3];
        }
        for (; j <= i; j++) a += rows[from + j] * own[j];
        logits[i * classes + c] = a + b + d + e;
      }
    }
    return logits;
  }

  /**
   * @param {Float64Array} errors [count, classes]
   * @param {number} classes
   */
  backward(errors, classes) {
    const { rows, count } = this;
    const gradient = new Float64Array(count * classes);
    for (let c = 0; c < classes; c++) {
      const own = gradient.subarray(c * count, (c + 1) * count);
      for (let i = 0, from = 0; i < count; i++, from += count) {
        const error = errors[i * classes + c];
        if (error === 0) continue;
        for (let j = 0; j <= i; j++) own[j] += rows[from + j] * error;
      }
    }
    return gradient;
  }

  dispose() {} // it holds no tensor
}

/**
 * The lower triangle whose rows have given products. Rows that depend on those before them leave
 * a column empty.
 *
 * @param {ArrayLike<number>} products [count, count]
 * @param {number} count
 * @returns {Float64Array} [count, count]
 */
export function cholesky(products, count) {
  const rows = new Float64Array(count * count);
  let largest = 0;
  for (let i = 0; i < count; i++) largest = Math.max(largest, products[i * (count + 1)]);
  for (let j = 0; j < count; j++) {
    for (let i = j; i < count; i++) {
      let rest = products[i * count + j];
      for (let k = 0; k < j; k++) rest -= rows[i * count + k] * rows[j * count + k];
      if (i === j && rest <= DEPENDENT * largest) break;
      rows[i * count + j] = i === j ? Math.sqrt(rest) : rest / rows[j * (count + 1)];
    }
  }
  return rows;
}

/**
 * Products between all rows.
 *
 * @param {Matrix} features
 * @returns {Float32Array} [count, count]
 */
export function gram({ values, count, size }) {
  return tidy(() => {
    const rows = tensor2d(values, [count, size]);
    return read(matMul(rows, transpose(rows)));
  });
}

/**
 * @param {Float64Array} values [rows, columns]
 * @param {number} rows
 * @param {number} columns
 * @returns {Float32Array} [columns, rows]
 */
function transposed(values, rows, columns) {
  const turned = new Float32Array(values.length);
  for (let row = 0, at = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, at++) turned[column * rows + row] = values[at];
  }
  return turned;
}

/**
 * A tensor's values, as a copy that outlives it.
 *
 * @param {Tensor} tensor
 */
export function read(tensor) {
  return /** @type {Float32Array} */ (tensor.dataSync()).slice();
}
