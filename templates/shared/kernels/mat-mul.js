/**
 * Matrix products with a transposed factor, which the gradients of a dense layer are: the backend
 * computes them in a plain loop, while a transpose and a product on XNNPACK take a fraction.
 *
 * @import { BackendWasm } from "@tensorflow/tfjs-backend-wasm"
 * @import { KernelFunc, TensorInfo } from "@tensorflow/tfjs-core"
 * @import { Call } from "./backend.js"
 */
import { BatchMatMul, Transpose } from "@tensorflow/tfjs-core";
import { free, replaceKernel, run } from "./backend.js";

export function registerMatMul() {
  replaceKernel(BatchMatMul, matMul);
}

/**
 * @param {Call} call a and b of shape [rows, columns], or one such matrix in a batch, are ours,
 *   others the backend's
 * @param {KernelFunc} own
 * @returns {TensorInfo}
 */
function matMul(call, own) {
  const { backend, inputs, attrs } = call;
  const { a, b } = inputs;
  const { transposeA, transposeB } = attrs;
  const single = [a, b].every(({ shape }) => shape.slice(0, -2).every((length) => length === 1));
  /** @param {Partial<Call>} changed */
  const product = (changed) =>
    /** @type {TensorInfo} */ (own(/** @type {never} */ ({ ...call, ...changed })));
  if (!single || !(transposeA || transposeB)) return product({});
  const left = transposeA ? transpose(backend, a) : a;
  const right = transposeB ? transpose(backend, b) : b;
  const out = product({
    inputs: { a: left, b: right },
    attrs: { transposeA: false, transposeB: false },
  });
  if (transposeA) free(backend, left);
  if (transposeB) free(backend, right);
  return out;
}

/**
 * @param {BackendWasm} backend
 * @param {TensorInfo} x
 */
function transpose(backend, x) {
  const axes = x.shape.map((_, axis) => axis);
  const perm = [...axes.slice(0, -2), axes.length - 1, axes.length - 2];
  return run(backend, Transpose, { x }, { perm });
}
