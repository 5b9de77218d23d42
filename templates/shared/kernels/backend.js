/**
 * What our kernels need of the WASM backend: its own kernels by name, its heap, its memory.
 *
 * @import { BackendWasm } from "@tensorflow/tfjs-backend-wasm"
 * @import { KernelFunc, NamedAttrMap, TensorInfo } from "@tensorflow/tfjs-core"
 */
import { getKernel, registerKernel, unregisterKernel } from "@tensorflow/tfjs-core";

/** @typedef {Record<string, TensorInfo>} Inputs */
/** @typedef {{inputs: Inputs, attrs: NamedAttrMap, backend: BackendWasm}} Call */

/**
 * Run one of the backend's kernels and return its output, which the caller owns.
 *
 * @param {BackendWasm} backend
 * @param {string} name
 * @param {Inputs} inputs
 * @param {object} attrs
 * @returns {TensorInfo}
 */
export function run(backend, name, inputs, attrs) {
  const { kernelFunc } = getKernel(name, "wasm");
  const out = kernelFunc({ inputs, backend, attrs: /** @type {NamedAttrMap} */ (attrs) });
  return /** @type {TensorInfo} */ (out);
}

/**
 * Give the memory of intermediate results back.
 *
 * @param {BackendWasm} backend
 * @param {TensorInfo[]} tensors
 */
export function free(backend, ...tensors) {
  for (const { dataId } of tensors) backend.disposeData(dataId);
}

/**
 * The values of a float32 tensor on the heap. Take it after the last allocation: the heap moves
 * when it grows.
 *
 * @param {BackendWasm} backend
 * @param {TensorInfo} tensor
 * @returns {Float32Array}
 */
export function heap(backend, tensor) {
  return /** @type {Float32Array} */ (backend.typedArrayFromHeap(tensor));
}

/**
 * Register a kernel of ours; the one that the backend had, if any, is handed to it.
 *
 * @param {string} kernelName
 * @param {(call: Call, own: KernelFunc) => TensorInfo} compute
 */
export function replaceKernel(kernelName, compute) {
  const own = getKernel(kernelName, "wasm");
  if (own) unregisterKernel(kernelName, "wasm");
  /** @type {KernelFunc} */
  const fallback = own?.kernelFunc ?? (() => refuse(kernelName));
  registerKernel({
    kernelName,
    backendName: "wasm",
    setupFunc: own?.setupFunc,
    disposeFunc: own?.disposeFunc,
    kernelFunc: (call) => compute(/** @type {Call} */ (/** @type {unknown} */ (call)), fallback),
  });
}

/**
 * @param {string} kernelName
 * @returns {never}
 */
function refuse(kernelName) {
  throw new Error(`${kernelName} with these settings has no kernel on the WASM backend.`);
}
