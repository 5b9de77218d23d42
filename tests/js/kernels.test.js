/** Each kernel of ours against the CPU backend (network.test.js compares whole steps). */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-core/dist/register_all_gradients";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { seededRandom } from "../../templates/shared/random.js";
import { registerTrainingKernels } from "../../templates/shared/kernels/index.js";

/** Largest difference allowed, of the largest value. */
const RELATIVE = 1e-4;

before(async () => {
  registerTrainingKernels();
  setWasmPaths("node_modules/@tensorflow/tfjs-backend-wasm/wasm-out/");
  assert.ok(await tf.setBackend("wasm"));
});

/** @param {number[]} shape @param {number} seed */
function values(shape, seed) {
  const random = seededRandom(seed);
  const count = shape.reduce((a, b) => a * b, 1);
  return tf.tensor(Float32Array.from({ length: count }, () => random() * 2 - 1), shape);
}

/**
 * Run on both backends, compare, and check that nothing is left behind.
 *
 * @param {string} what
 * @param {() => tf.Tensor | tf.Tensor[]} compute
 */
async function compare(what, compute) {
  /** @type {Float32Array[][]} */
  const results = [];
  for (const backend of ["cpu", "wasm"]) {
    await tf.setBackend(backend);
    const before = [tf.memory().numTensors, tf.engine().backend.numDataIds()];
    const out = /** @type {tf.Tensor[]} */ ([tf.tidy(compute)].flat());
    results.push(out.map((tensor) => /** @type {Float32Array} */ (tensor.dataSync())));
    tf.dispose(out);
    const after = [tf.memory().numTensors, tf.engine().backend.numDataIds()];
    assert.deepEqual(after, before, `${what} left tensors on ${backend}`);
  }
  const [expected, actual] = results;
  expected.forEach((values, k) => {
    assert.equal(actual[k].length, values.length, what);
    const largest = values.reduce((m, v) => Math.max(m, Math.abs(v)), 1e-3);
    const apart = values.reduce((m, v, i) => Math.max(m, Math.abs(v - actual[k][i])), 0);
    assert.ok(apart / largest <= RELATIVE, `${what}, output ${k}: ${apart / largest} apart`);
  });
}

/** Odd sizes, strides, paddings and channel counts: [n, h, w, c], [k, l, o], stride, pad. */
/** @typedef {[[number, number], [number, number], [number, number], [number, number]]} Explicit */
/** @typedef {"valid" | "same" | number | Explicit} Pad */
/** @type {[number[], number[], number | [number, number], Pad][]} */
const CONVOLUTIONS = [
  [[3, 28, 28, 1], [5, 5, 8], 1, "valid"],
  [[2, 12, 12, 8], [5, 5, 16], 1, "valid"],
  [[2, 13, 13, 8], [3, 3, 16], 1, "valid"],
  [[2, 11, 10, 4], [3, 5, 8], 1, "valid"],
  [[1, 3, 3, 8], [3, 3, 4], 1, "valid"],
  [[2, 9, 8, 12], [2, 3, 20], 1, "valid"],
  [[2, 9, 7, 3], [3, 3, 5], 1, "same"],
  [[2, 9, 7, 3], [4, 2, 5], 1, "same"],
  [[2, 9, 7, 3], [3, 3, 5], 2, "same"],
  [[1, 10, 11, 2], [3, 3, 4], 2, "valid"],
  [[2, 10, 11, 2], [3, 2, 4], [2, 3], "valid"],
  [[2, 11, 10, 2], [3, 2, 4], [3, 1], "same"],
  [[2, 8, 8, 2], [3, 3, 4], 1, 1],
  [[2, 8, 9, 2], [3, 3, 4], 2, 1],
  [[1, 8, 8, 2], [1, 1, 7], 1, "valid"],
  [[2, 8, 8, 3], [1, 1, 4], 2, "same"],
  [[1, 5, 5, 1], [5, 5, 1], 1, "valid"],
  [[1, 6, 6, 2], [2, 2, 3], 1, 2],
  [[2, 9, 8, 3], [3, 3, 32], [2, 1], "same"],
  [[2, 9, 9, 3], [5, 7, 20], 1, "same"],
  [[1, 9, 18, 2], [2, 13, 4], 1, "valid"],
  [[2, 7, 9, 2], [3, 3, 4], 1, [[0, 0], [0, 2], [1, 0], [0, 0]]],
];

for (const [input, [k, l, o], stride, pad] of CONVOLUTIONS) {
  const name = `conv2d ${input} by ${k}x${l}x${o}, stride ${stride}, padding ${pad}`;
  test(`the gradients of ${name}`, () =>
    compare(name, () => {
      const x = /** @type {tf.Tensor4D} */ (values(input, 1));
      const w = /** @type {tf.Tensor4D} */ (values([k, l, input[3], o], 2));
      const y = tf.conv2d(x, w, stride, pad);
      const dy = /** @type {tf.Tensor4D} */ (values(y.shape, 3));
      return tf.grads((a, b) =>
        tf.conv2d(/** @type {tf.Tensor4D} */ (a), /** @type {tf.Tensor4D} */ (b), stride, pad),
      )([x, w], dy);
    }));
}

/** @type {[number[], number | [number, number], number | [number, number], "valid" | "same"][]} */
const POOLS = [
  [[2, 24, 24, 8], 2, 2, "valid"],
  [[2, 11, 11, 16], 2, 2, "valid"],
  [[2, 11, 9, 3], 3, 2, "same"],
  [[1, 7, 8, 5], 3, 1, "valid"],
  [[1, 7, 8, 5], [2, 3], [3, 2], "same"],
  [[2, 9, 8, 12], 3, 1, "valid"],
  [[2, 9, 11, 4], [3, 2], [1, 4], "valid"],
  [[2, 8, 8, 4], 3, 2, "same"],
];

for (const [input, size, stride, pad] of POOLS) {
  const name = `max-pool ${input} by ${size}, stride ${stride}, ${pad}`;
  test(`the gradient of ${name}`, () =>
    compare(name, () => {
      // Whole numbers, so that windows hold equal maxima: the first one gets the gradient.
      const x = /** @type {tf.Tensor4D} */ (tf.round(tf.mul(values(input, 4), 3)));
      const dy = /** @type {tf.Tensor4D} */ (values(tf.maxPool(x, size, stride, pad).shape, 5));
      return tf.grad((a) => tf.maxPool(/** @type {tf.Tensor4D} */ (a), size, stride, pad))(x, dy);
    }));
}

test("sums over leading, inner, all and no axes", async () => {
  for (const axis of [0, [0, 1], [0, 1, 2], [1], [3], [1, 2], undefined]) {
    for (const keepDims of [false, true]) {
      await compare(`sum over ${axis}`, () => tf.sum(values([5, 4, 3, 7], 6), axis, keepDims));
    }
  }
  await compare("sum of whole numbers", () => tf.sum(tf.ones([4, 3], "int32"), 0));
});

test("a row added to all rows, and the sum of all rows", async () => {
  for (const shape of [[5, 4, 3, 8], [700, 16], [2, 3, 48], [3, 52], [4, 1, 4], [3, 6], [0, 8]]) {
    const width = /** @type {number} */ (shape.at(-1));
    const axes = shape.slice(1).map((_, axis) => axis);
    await compare(`rows of ${shape}`, () => {
      const [x, row] = [values(shape, 11), values([width], 12)];
      return [tf.add(x, row), tf.add(row, x), tf.add(x, x), tf.sum(x, axes)];
    });
  }
  await compare("rows of whole numbers", () =>
    tf.add(tf.ones([3, 4], "int32"), tf.ones([4], "int32")),
  );
});

test("matrix products with either factor transposed", async () => {
  for (const [a, b] of [
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ]) {
    await compare(`matMul ${a} ${b}`, () =>
      tf.matMul(values(a ? [37, 19] : [19, 37], 7), values(b ? [11, 37] : [37, 11], 8), a, b),
    );
    await compare(`matMul of one in a batch ${a} ${b}`, () =>
      tf.matMul(values(a ? [1, 37, 19] : [1, 19, 37], 7), values(b ? [11, 37] : [37, 11], 8), a, b),
    );
    await compare(`batched matMul ${a} ${b}`, () =>
      tf.matMul(values([3, 5, 5], 7), values([3, 5, 5], 8), a, b),
    );
  }
});

test("the gradient of relu is nothing where there was nothing", () =>
  compare("relu", () => {
    const x = tf.round(tf.mul(values([4, 5, 3], 9), 2)); // with zeros among its values
    return tf.grad((a) => tf.relu(a))(x, values([4, 5, 3], 10));
  }));

test("a copy outlives its original, whatever its type", async () => {
  for (const dtype of /** @type {const} */ (["float32", "int32", "bool"])) {
    await compare(`a copy of ${dtype}`, () => {
      const original = tf.cast(tf.tensor([0, 1, 1, 0]), dtype);
      const copy = original.clone();
      original.dispose();
      return tf.cast(copy, "float32");
    });
  }
  await tf.setBackend("wasm");
  const [original, copy] = [tf.tensor(["a", "b"]), tf.tensor(["a", "b"]).clone()];
  assert.deepEqual(await copy.data(), ["a", "b"]);
  tf.dispose([original, copy]);
});
