/**
 * The gradients of a convolution, each as one forward convolution, which the backend runs on
 * XNNPACK's SIMD kernels. TensorFlow.js has none for the filter on WASM and a slow one for the
 * input.
 *
 * With y[n,i,j,o] = sum x[n, i*s+k-p, j*s+l-p, c] * w[k,l,c,o] (NHWC, stride s, padding p):
 *
 *   dw[k,l,c,o] = sum over n,i,j of x[n, i*s+k-p, j*s+l-p, c] * dy[n,i,j,o]
 *
 * is a convolution of x, with channels as its batch, by dy as a filter whose taps lie s apart; and
 *
 *   dx[n,a,b,c] = sum over k,l,o of dy[n, (a+p-k)/s, (b+p-l)/s, o] * w[k,l,c,o]
 *
 * is a convolution of dy, spread out by s and padded, by the filter turned round.
 *
 * @import { BackendWasm } from "@tensorflow/tfjs-backend-wasm"
 * @import { TensorInfo } from "@tensorflow/tfjs-core"
 * @import { Call } from "./backend.js"
 */
import {
  backend_util,
  Conv2D,
  Conv2DBackpropFilter,
  Conv2DBackpropInput,
  Reverse,
  Slice,
  Transpose,
} from "@tensorflow/tfjs-core";
import { free, heap, replaceKernel, run } from "./backend.js";

/** @typedef {[number, number, number, number]} Shape4 */
/** @typedef {Parameters<typeof backend_util.computeConv2DInfo>} InfoArguments */

export function registerConv2dGradients() {
  replaceKernel(Conv2DBackpropFilter, filterGradient);
  replaceKernel(Conv2DBackpropInput, (call, own) => {
    const inputShape = /** @type {Shape4} */ (call.attrs.inputShape);
    const info = convInfo(call, inputShape, call.inputs.filter.shape);
    if (!paddingFits(info)) return /** @type {TensorInfo} */ (own(/** @type {never} */ (call)));
    return inputGradient(call, info);
  });
}

/**
 * @param {Call} call
 * @param {number[]} inputShape
 * @param {number[]} filterShape
 */
function convInfo({ attrs }, inputShape, filterShape) {
  const { strides, pad, dimRoundingMode, dataFormat = "NHWC" } = attrs;
  if (dataFormat !== "NHWC") {
    throw new Error(`Gradients of convolutions are there for NHWC data, not for ${dataFormat}.`);
  }
  return backend_util.computeConv2DInfo(
    /** @type {Shape4} */ (inputShape),
    /** @type {Shape4} */ (filterShape),
    /** @type {InfoArguments[2]} */ (strides),
    1,
    /** @type {InfoArguments[4]} */ (pad),
    /** @type {InfoArguments[5]} */ (dimRoundingMode),
  );
}

/**
 * Turning the convolution round needs no more padding than the filter is wide.
 *
 * @param {backend_util.Conv2DInfo} info
 */
function paddingFits({ padInfo, filterHeight, filterWidth }) {
  const { top, bottom, left, right } = padInfo;
  return Math.max(top, bottom) < filterHeight && Math.max(left, right) < filterWidth;
}

/**
 * @param {Call} call x [n,h,w,c] and dy [n,i,j,o]
 * @returns {TensorInfo} [k,l,c,o]
 */
function filterGradient(call) {
  const { backend, inputs } = call;
  const { x, dy } = inputs;
  const filterShape = /** @type {Shape4} */ (call.attrs.filterShape);
  const info = convInfo(call, x.shape, filterShape);
  const [height, width, channels, filters] = filterShape;
  const { padInfo, strideHeight, strideWidth } = info;
  // As much padding after the image as makes the output just the filter's size.
  const bottom = padding(height, x.shape[1], padInfo.top, info.outHeight, strideHeight);
  const right = padding(width, x.shape[2], padInfo.left, info.outWidth, strideWidth);
  const images = run(backend, Transpose, { x }, { perm: [3, 1, 2, 0] });
  const taps = run(backend, Transpose, { x: dy }, { perm: [1, 2, 0, 3] });
  const whole = run(
    backend,
    Conv2D,
    { x: images, filter: taps },
    {
      strides: [1, 1],
      dilations: [strideHeight, strideWidth],
      pad: [[0, 0], [padInfo.top, bottom], [padInfo.left, right], [0, 0]],
      dataFormat: "NHWC",
    },
  );
  free(backend, images, taps);
  const exact = cut(backend, whole, [channels, height, width, filters]);
  const gradient = run(backend, Transpose, { x: exact }, { perm: [1, 2, 0, 3] });
  free(backend, exact);
  return gradient;
}

/**
 * Rows or columns of zeros to add after the image; where some of it met no tap of the filter,
 * none, and the output has to be cut.
 *
 * @param {number} filter
 * @param {number} size
 * @param {number} before
 * @param {number} taps
 * @param {number} stride
 */
function padding(filter, size, before, taps, stride) {
  return Math.max(0, filter + (taps - 1) * stride - size - before);
}

/**
 * @param {BackendWasm} backend
 * @param {TensorInfo} tensor freed when a part of it is returned
 * @param {number[]} size
 */
function cut(backend, tensor, size) {
  if (tensor.shape.every((length, axis) => length === size[axis])) return tensor;
  const part = run(backend, Slice, { x: tensor }, { begin: size.map(() => 0), size });
  free(backend, tensor);
  return part;
}

/**
 * @param {Call} call dy [n,i,j,o] and filter [k,l,c,o]
 * @param {backend_util.Conv2DInfo} info
 * @returns {TensorInfo} [n,h,w,c]
 */
function inputGradient({ backend, inputs }, info) {
  const { dy, filter } = inputs;
  const { filterHeight, filterWidth, padInfo, strideHeight, strideWidth } = info;
  const spread = spreadOut(backend, dy, strideHeight, strideWidth);
  const turned = run(backend, Reverse, { x: filter }, { dims: [0, 1] });
  const swapped = run(backend, Transpose, { x: turned }, { perm: [0, 1, 3, 2] });
  const top = filterHeight - 1 - padInfo.top;
  const left = filterWidth - 1 - padInfo.left;
  const bottom = info.inHeight - spread.shape[1] - top + filterHeight - 1;
  const right = info.inWidth - spread.shape[2] - left + filterWidth - 1;
  const gradient = run(
    backend,
    Conv2D,
    { x: spread, filter: swapped },
    {
      strides: [1, 1],
      dilations: [1, 1],
      pad: [[0, 0], [top, bottom], [left, right], [0, 0]],
      dataFormat: "NHWC",
    },
  );
  free(backend, turned, swapped);
  if (spread !== dy) free(backend, spread);
  return gradient;
}

/**
 * Put stride - 1 zeros between the pixels.
 *
 * @param {BackendWasm} backend
 * @param {TensorInfo} dy [n,i,j,o]
 * @param {number} strideHeight
 * @param {number} strideWidth
 * @returns {TensorInfo} [n, (i-1)*s+1, (j-1)*s+1, o], or dy itself for stride 1
 */
function spreadOut(backend, dy, strideHeight, strideWidth) {
  if (strideHeight === 1 && strideWidth === 1) return dy;
  const [count, rows, columns, filters] = dy.shape;
  const height = (rows - 1) * strideHeight + 1;
  const width = (columns - 1) * strideWidth + 1;
  const out = backend.makeOutput([count, height, width, filters], "float32");
  const from = heap(backend, dy);
  const to = heap(backend, out).fill(0);
  for (let n = 0, at = 0; n < count; n++) {
    for (let i = 0; i < rows; i++) {
      const row = (n * height + i * strideHeight) * width;
      for (let j = 0; j < columns; j++, at += filters) {
        to.set(from.subarray(at, at + filters), (row + j * strideWidth) * filters);
      }
    }
  }
  return out;
}
