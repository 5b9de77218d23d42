/**
 * Matrix products with a transposed factor, which the gradients of a dense layer are: the backend
 * computes them in a plain loop, while a transpose and a product on XNNPACK take a fraction.
 *
 * @import { KernelFunc, TensorInfo } from "@tensorflow/tfjs-core"
 * @import { Call } from "./backend.js"
 */
import { BatchMatMul, Transpose } from "@tensorflow/tfjs-core";
import { free, replaceKernel, run } from "./backend.js";

export function registerMatMul() {
  replaceKernel(BatchMatMul, matMul);
}

/**
 * @param {Call} call a and b of shape [1, rows, columns] are ours, others the backend's
 * @param {KernelFunc} own
 * @returns {TensorInfo}
 */
function matMul(call, own) {
  const { backend, inputs, attrs } = call;
  const { a, b } = inputs;
  const { transposeA, transposeB } = attrs;
  const single = [a, b].every(({ shape }) => shape.length === 3 && shape[0] === 1);
  /** @param {Partial<Call>} changed */
  const product = (changed) =>
    /** @type {TensorInfo} */ (own(/** @type {never} */ ({ ...call, ...changed })));
  if (!single || !(transposeA || transposeB)) return product({});
  const perm = [0, 2, 1];
  const left = transposeA ? run(backend, Transpose, { x: a }, { perm }) : a;
  const right = transposeB ? run(backend, Transpose, { x: b }, { perm }) : b;
  const out = product({
    inputs: { a: left, b: right },
    attrs: { transposeA: false, transposeB: false },
  });
  if (transposeA) free(backend, left);
  if (transposeB) free(backend, right);
  return out;
}
