/**
 * The input's gradient of a convolution without padding or strides, in a loop of our own:
 *
 *   dx[n, i+k, j+l, c] = sum over o of dy[n,i,j,o] * w[k,l,c,o]
 *
 * As a convolution it would have to pad dy by nearly a filter all round, and multiply zeros half
 * of the time. Here some neighbours of a row of dy, for one k, add to all the pixels that they
 * reach, which stay in registers meanwhile.
 *
 * @import { BackendWasm } from "@tensorflow/tfjs-backend-wasm"
 * @import { TensorInfo } from "@tensorflow/tfjs-core"
 * @import { Code } from "./assembler.js"
 */
import { backend_util, Transpose } from "@tensorflow/tfjs-core";
import { add, advance, assemble, constant, get, load, loadSplat } from "./assembler.js";
import { multiply, repeat, set, store } from "./assembler.js";
import { free, heap, run } from "./backend.js";

/** Sums that fit into a processor's 16 vector registers, beside what they are added up from. */
const SUMS = 12;
/** Bytes of a float, floats of a vector, filters in one turn of the inner loop. */
const FLOAT = 4;
const LANES = 4;
const TURN = 4;

// The locals of the loop: parameters, integers, vectors.
const [DX, DY, W, TIMES, SLOPES, TAPS, FILTER, TAP, FIRST_VECTOR] = Array(9).keys();

/** @typedef {{filterWidth: number, channels: number, filters: number, vectors: number}} Shape */

/**
 * Can the loop be used, and does it save enough to be worth it?
 *
 * @param {backend_util.Conv2DInfo} info
 */
export function scatterFits(info) {
  const { padInfo, strideHeight, strideWidth, filterWidth, inChannels, outChannels } = info;
  const { top, bottom, left, right } = padInfo;
  return (
    top + bottom + left + right === 0 &&
    strideHeight === 1 &&
    strideWidth === 1 &&
    inChannels % LANES === 0 &&
    outChannels % TURN === 0 &&
    neighbours(filterWidth, vectorsOf(inChannels)) > 1
  );
}

/** Vectors of channels in one go. @param {number} channels */
const vectorsOf = (channels) => (channels % (2 * LANES) === 0 ? 2 : 1);

/**
 * Neighbours in one go: as many as leave the sums of all pixels that they reach in registers.
 *
 * @param {number} filterWidth
 * @param {number} vectors
 */
const neighbours = (filterWidth, vectors) => Math.floor(SUMS / vectors) - filterWidth + 1;

/**
 * @param {BackendWasm} backend
 * @param {TensorInfo} dy [n,i,j,o]
 * @param {TensorInfo} filter [k,l,c,o]
 * @param {backend_util.Conv2DInfo} info
 * @returns {TensorInfo} [n,h,w,c]
 */
export function scatterInputGradient(backend, dy, filter, info) {
  const { filterHeight, filterWidth, inChannels: channels, outChannels: filters } = info;
  const { batchSize, inHeight, inWidth, outHeight, outWidth } = info;
  const taps = run(backend, Transpose, { x: filter }, { perm: [0, 3, 1, 2] });
  const out = backend.makeOutput([batchSize, inHeight, inWidth, channels], "float32");
  const shape = { filterWidth, channels, filters, vectors: vectorsOf(channels) };
  const many = neighbours(filterWidth, shape.vectors);
  const whole = Math.floor(outWidth / many);
  const loop = assembleLoop(backend, shape, many);
  const rest = assembleLoop(backend, shape, outWidth % many);
  heap(backend, out).fill(0);
  const [from, by, to] = [dy, taps, out].map((tensor) => heap(backend, tensor).byteOffset);
  const block = shape.vectors * LANES * FLOAT;
  for (let row = 0; row < batchSize * outHeight; row++) {
    const slopes = from + row * outWidth * filters * FLOAT;
    const first = Math.floor(row / outHeight) * inHeight + (row % outHeight);
    for (let k = 0; k < filterHeight; k++) {
      const pixels = to + (first + k) * inWidth * channels * FLOAT;
      const weights = by + k * filters * filterWidth * channels * FLOAT;
      for (let c = 0; c < channels * FLOAT; c += block) {
        if (whole) loop?.(pixels + c, slopes, weights + c, whole);
        const done = whole * many * FLOAT;
        rest?.(pixels + c + done * channels, slopes + done * filters, weights + c, 1);
      }
    }
  }
  free(backend, taps);
  return out;
}

/**
 * @param {BackendWasm} backend
 * @param {Shape} shape
 * @param {number} many neighbours in one go
 */
function assembleLoop(backend, shape, many) {
  if (many === 0) return null;
  const sums = (many + shape.filterWidth - 1) * shape.vectors;
  const locals = { parameters: 4, integers: 3, vectors: 1 + many + sums };
  const key = `input gradient ${JSON.stringify(shape)} ${many}`;
  return assemble(backend, key, locals, () => writeLoop(shape, many));
}

/**
 * @param {Shape} shape
 * @param {number} many
 * @returns {Code}
 */
function writeLoop({ filterWidth, channels, filters, vectors }, many) {
  const sums = Array.from({ length: (many + filterWidth - 1) * vectors }, (_, i) => i);
  /** @param {number} i */
  const sum = (i) => FIRST_VECTOR + many + i;
  /** @param {number} i */
  const place = (i) => (Math.floor(i / vectors) * channels + (i % vectors) * LANES) * FLOAT;
  const each = Array.from({ length: many }, (_, t) => t);
  const reach = Array.from({ length: filterWidth * vectors }, (_, i) => i);
  /** One filter of the turn. @param {number} o */
  const filter = (o) => [
    ...each.flatMap((t) => set(FIRST_VECTOR + t, loadSplat(SLOPES, (t * filters + o) * FLOAT))),
    ...reach.flatMap((i) => [
      ...set(TAP, load(TAPS, o * filterWidth * channels * FLOAT + place(i))),
      ...each.flatMap((t) => {
        const at = sum(t * vectors + i);
        return set(at, add(get(at), multiply(get(FIRST_VECTOR + t), get(TAP))));
      }),
    ]),
  ];
  return repeat(TIMES, [
    ...sums.flatMap((i) => set(sum(i), load(DX, place(i)))),
    ...set(SLOPES, get(DY)),
    ...set(TAPS, get(W)),
    ...set(FILTER, constant(filters / TURN)),
    ...repeat(FILTER, [
      ...Array.from({ length: TURN }, (_, o) => filter(o)).flat(),
      ...advance(SLOPES, TURN * FLOAT),
      ...advance(TAPS, TURN * filterWidth * channels * FLOAT),
    ]),
    ...sums.flatMap((i) => store(DX, place(i), get(sum(i)))),
    ...advance(DX, many * channels * FLOAT),
    ...advance(DY, many * filters * FLOAT),
  ]);
}
