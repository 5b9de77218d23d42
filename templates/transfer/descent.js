/**
 * The descent that trains a linear head, whatever computes its products.
 *
 * The objective is the mean cross-entropy of a softmax, every class counting the same, plus
 * `regularisation` times the sum of squared weights (the bias is free). It is convex: there is one
 * best head, and no learning rate to tune. Each step goes by all pictures and by what the steps
 * before it found out about the curvature (L-BFGS; Nocedal and Wright, "Numerical Optimization",
 * chapter 7), and is shortened until the objective falls.
 *
 * @typedef {{
 *   count: number, size: number,
 *   forward: (weights: Float64Array, classes: number) => ArrayLike<number>,
 *   backward: (errors: Float64Array, classes: number) => ArrayLike<number>
 * }} Operator `count` rows of `size` features; forward: weights [classes, size] to logits
 *   [count, classes] without bias; backward: errors [count, classes] to gradients [classes, size]
 * @typedef {{
 *   values: Float64Array, objective: number, gradient: Float64Array, loss: number, acc: number
 * }} Place values: weights [classes, size], then the biases; loss: without the penalty
 */
import { addBias, measure, softmax } from "./softmax.js";

/** Steps whose curvature is remembered. */
const MEMORY = 8;
/** How often a step is shortened before the descent counts as arrived. */
const SHORTENINGS = 20;
/** Of the fall that the slope promises, so much has to come true. */
const ARMIJO = 1e-4;
/** Falls below this drown in the rounding of float32 products. */
const NOISE = 1e-7;
/** A gradient this small, beside the one at the start, means that the best head is found. */
const CONVERGED = 1e-4;

export class Descent {
  /** @type {{step: Float64Array, change: Float64Array, product: number}[]} the newest last */
  past = [];
  converged = false;

  /**
   * @param {Operator} operator
   * @param {ArrayLike<number>} labels
   * @param {Float32Array} shares what each example weighs; 0 leaves it out
   * @param {{classes: number, regularisation: number, close?: number}} settings close: the share
   *   of the first gradient at which it has converged
   */
  constructor(operator, labels, shares, { classes, regularisation, close = CONVERGED }) {
    this.operator = operator;
    this.labels = labels;
    this.shares = shares;
    this.classes = classes;
    this.regularisation = regularisation;
    this.close = close;
    this.place = this.look(new Float64Array((operator.size + 1) * classes));
    /** Length of the gradient of a head that knows nothing. */
    this.steepest = length(this.place.gradient);
  }

  /**
   * Go on from here towards the best head of another objective.
   *
   * @param {number} regularisation
   */
  aim(regularisation) {
    this.regularisation = regularisation;
    this.past = [];
    this.converged = false;
    this.place = this.look(this.place.values);
  }

  get weights() {
    return this.place.values.subarray(0, this.operator.size * this.classes);
  }

  get bias() {
    return this.place.values.subarray(this.operator.size * this.classes);
  }

  /** One step downhill, if there is any way down. */
  next() {
    const direction = this.direction();
    const slope = dot(direction, this.place.gradient);
    const place = this.search(direction, slope);
    if (!place) {
      this.converged = true;
      return this.place;
    }
    this.remember(place);
    this.place = place;
    this.converged = length(place.gradient) <= this.close * this.steepest;
    return place;
  }

  /** Where the remembered curvature says that the bottom is: L-BFGS' two loops. */
  direction() {
    const { past } = this;
    const direction = this.place.gradient.map((value) => -value);
    const shares = past.map(() => 0);
    for (let k = past.length - 1; k >= 0; k--) {
      shares[k] = dot(past[k].step, direction) / past[k].product;
      add(direction, past[k].change, -shares[k]);
    }
    const last = past.at(-1);
    // Rows of features have a length of about 1, so the objective curves about as much as x².
    const scale = last ? last.product / dot(last.change, last.change) : 1;
    for (let i = 0; i < direction.length; i++) direction[i] *= scale;
    past.forEach(({ step, change, product }, k) => {
      add(direction, step, shares[k] - dot(change, direction) / product);
    });
    return direction;
  }

  /**
   * Go in a direction until the objective has fallen, less far each time that it has not.
   *
   * @param {Float64Array} direction
   * @param {number} slope in this direction
   * @returns {Place | null} null when it does not fall
   */
  search(direction, slope) {
    const { values, objective } = this.place;
    for (let i = 0, far = 1; i < SHORTENINGS && slope < 0; i++) {
      const tried = values.slice();
      add(tried, direction, far);
      const place = this.look(tried);
      const rise = place.objective - objective;
      if (rise <= ARMIJO * far * slope + NOISE * objective) return place;
      // The bottom of the parabola through what is known, within reason.
      const bottom = (-slope * far * far) / (2 * (rise - slope * far));
      far = Math.min(Math.max(bottom, 0.1 * far), 0.5 * far);
    }
    return null;
  }

  /** @param {Place} place the next one */
  remember({ values, gradient }) {
    const step = values.map((value, i) => value - this.place.values[i]);
    const change = gradient.map((value, i) => value - this.place.gradient[i]);
    const product = dot(step, change);
    if (product <= 1e-10 * length(step) * length(change)) return;
    this.past.push({ step, change, product });
    if (this.past.length > MEMORY) this.past.shift();
  }

  /**
   * @param {Float64Array} values
   * @returns {Place}
   */
  look(values) {
    const { operator, labels, shares, classes, regularisation } = this;
    const size = operator.size * classes;
    const weights = values.subarray(0, size);
    const logits = Float64Array.from(operator.forward(weights, classes));
    const errors = softmax(addBias(logits, values.subarray(size)), classes);
    const { loss, acc } = measure(errors, labels, shares);
    for (let i = 0, at = 0; i < labels.length; i++) {
      errors[at + labels[i]] -= 1;
      for (let c = 0; c < classes; c++, at++) errors[at] *= shares[i];
    }
    const gradient = new Float64Array(values.length);
    gradient.set(operator.backward(errors, classes));
    add(gradient.subarray(0, size), weights, 2 * regularisation);
    for (let at = 0; at < errors.length; at++) gradient[size + (at % classes)] += errors[at];
    const objective = loss + regularisation * dot(weights, weights);
    return { values, objective, gradient, loss, acc };
  }
}

/**
 * @param {Float64Array} to
 * @param {Float64Array} from
 * @param {number} times
 */
function add(to, from, times) {
  for (let i = 0; i < to.length; i++) to[i] += times * from[i];
}

/**
 * @param {Float64Array} a
 * @param {Float64Array} b
 */
function dot(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/** @param {Float64Array} values */
function length(values) {
  return Math.sqrt(dot(values, values));
}
