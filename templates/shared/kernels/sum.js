/**
 * Sums over the leading axes, such as a bias's gradient (over batch, rows and columns). The
 * backend transposes the whole tensor first; here its rows are added up where they lie.
 *
 * @import { KernelFunc, TensorInfo } from "@tensorflow/tfjs-core"
 * @import { Call } from "./backend.js"
 */
import { Sum, util } from "@tensorflow/tfjs-core";
import { heap, replaceKernel } from "./backend.js";

export function registerSum() {
  replaceKernel(Sum, sum);
}

/**
 * @param {Call} call
 * @param {KernelFunc} own
 * @returns {TensorInfo}
 */
function sum(call, own) {
  const { backend, inputs, attrs } = call;
  const { x } = inputs;
  const axes = util.parseAxisParam(/** @type {number[]} */ (attrs.axis), x.shape);
  const leading = axes.every((axis, i) => axis === i) && axes.length < x.shape.length;
  if (!leading || x.dtype !== "float32") {
    return /** @type {TensorInfo} */ (own(/** @type {never} */ (call)));
  }
  const kept = x.shape.slice(axes.length);
  const shape = attrs.keepDims ? [...axes.map(() => 1), ...kept] : kept;
  const out = backend.makeOutput(shape, "float32");
  const width = util.sizeFromShape(kept);
  const values = heap(backend, x);
  // Doubles: a batch has hundreds of thousands of values, which float32 sums lose digits of.
  const totals = new Float64Array(width);
  for (let at = 0; at < values.length; at += width) {
    for (let i = 0; i < width; i++) totals[i] += values[at + i];
  }
  heap(backend, out).set(totals);
  return out;
}
