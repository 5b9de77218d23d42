/**
 * The filter's gradient of a convolution, in a loop of our own:
 *
 *   dw[k,l,c,o] = sum over n,i,j of x[n, i*s+k, j*s+l, c] * dy[n,i,j,o]
 *
 * For one image, one k, one c and a block of o, all sums over l and o stay in registers while the
 * loop runs over i and j.
 *
 * @import { BackendWasm } from "@tensorflow/tfjs-backend-wasm"
 * @import { TensorInfo } from "@tensorflow/tfjs-core"
 * @import { Code } from "./assembler.js"
 */
import { backend_util } from "@tensorflow/tfjs-core";
import { add, advance, advanceBy, assemble, get, load, loadSplat } from "./assembler.js";
import { multiply, repeat, set, store } from "./assembler.js";
import { heap } from "./backend.js";

/** Sums that fit into a processor's 16 vector registers, beside what they are added up from. */
const SUMS = 12;
/** Bytes of a float, floats of a vector. */
const FLOAT = 4;
const LANES = 4;

// The locals of the loop: parameters, integers, vectors.
const [X, DY, DW, ROWS, COLUMNS, ROW_BYTES, PIXEL, COLUMN, FIRST_VECTOR] = Array(9).keys();

/** @typedef {{filterWidth: number, channels: number, filters: number, stride: number}} Shape */

/**
 * Can the loop be used? Vectors hold 4 filters; narrow filters leave their sums in registers.
 *
 * @param {backend_util.Conv2DInfo} info
 */
export function loopFits({ filterWidth, outChannels }) {
  return outChannels % LANES === 0 && filterWidth <= SUMS;
}

/**
 * @param {BackendWasm} backend
 * @param {TensorInfo} x [n,h,w,c], padding included
 * @param {TensorInfo} dy [n,i,j,o]
 * @param {backend_util.Conv2DInfo} info
 * @returns {TensorInfo} [k,l,c,o]
 */
export function loopFilterGradient(backend, x, dy, info) {
  const { filterHeight, filterWidth, inChannels: channels, outChannels: filters } = info;
  const [count, height, width] = x.shape;
  const out = backend.makeOutput([filterHeight, filterWidth, channels, filters], "float32");
  const shape = { filterWidth, channels, filters, stride: info.strideWidth };
  const vectors = blockOf(shape);
  const locals = { parameters: 6, integers: 2, vectors: (filterWidth + 1) * vectors };
  const key = `filter gradient ${JSON.stringify(shape)}`;
  const loop = assemble(backend, key, locals, () => writeLoop(shape, vectors));
  heap(backend, out).fill(0);
  const [from, by, to] = [x, dy, out].map((tensor) => heap(backend, tensor).byteOffset);
  const rowBytes = width * channels * FLOAT;
  const { outHeight, outWidth } = info;
  for (let n = 0; n < count; n++) {
    const image = from + n * height * rowBytes;
    const slopes = by + n * outHeight * outWidth * filters * FLOAT;
    for (let k = 0; k < filterHeight; k++) {
      for (let c = 0; c < channels; c++) {
        const pixel = image + k * rowBytes + c * FLOAT;
        const sums = to + (k * filterWidth * channels + c) * filters * FLOAT;
        for (let o = 0; o < filters * FLOAT; o += vectors * LANES * FLOAT) {
          loop(pixel, slopes + o, sums + o, outHeight, outWidth, info.strideHeight * rowBytes);
        }
      }
    }
  }
  return out;
}

/**
 * Vectors of filters in one go: a divisor of all, as many as leave the sums in registers.
 *
 * @param {Shape} shape
 */
function blockOf({ filterWidth, filters }) {
  const all = filters / LANES;
  let vectors = Math.max(1, Math.min(all, Math.floor(SUMS / filterWidth)));
  while (all % vectors) vectors--;
  return vectors;
}

/**
 * @param {Shape} shape
 * @param {number} vectors
 * @returns {Code}
 */
function writeLoop({ filterWidth, channels, filters, stride }, vectors) {
  const block = Array.from({ length: vectors }, (_, v) => v);
  const taps = Array.from({ length: filterWidth }, (_, l) => l);
  /** @param {number} v */
  const slope = (v) => FIRST_VECTOR + v;
  /** @param {number} l @param {number} v */
  const sum = (l, v) => FIRST_VECTOR + vectors * (l + 1) + v;
  /** @param {number} l @param {number} v */
  const product = (l, v) => multiply(loadSplat(PIXEL, l * channels * FLOAT), get(slope(v)));
  /** @param {number} l @param {number} v */
  const place = (l, v) => l * channels * filters * FLOAT + v * LANES * FLOAT;
  return [
    ...repeat(ROWS, [
      ...set(PIXEL, get(X)),
      ...set(COLUMN, get(COLUMNS)),
      ...repeat(COLUMN, [
        ...block.flatMap((v) => set(slope(v), load(DY, v * LANES * FLOAT))),
        ...taps.flatMap((l) =>
          block.flatMap((v) => set(sum(l, v), add(get(sum(l, v)), product(l, v)))),
        ),
        ...advance(DY, filters * FLOAT),
        ...advance(PIXEL, stride * channels * FLOAT),
      ]),
      ...advanceBy(X, ROW_BYTES),
    ]),
    // What one image adds to the gradient: sums of sums lose fewer digits than one long sum.
    ...taps.flatMap((l) =>
      block.flatMap((v) => store(DW, place(l, v), add(load(DW, place(l, v)), get(sum(l, v))))),
    ),
  ];
}
