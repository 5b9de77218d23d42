/** The fused training step against TensorFlow.js on the CPU backend: the same numbers. */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-core/dist/register_all_gradients";
import * as tf from "@tensorflow/tfjs-core";
import * as layers from "@tensorflow/tfjs-layers";
import { oneHot } from "../../templates/shared/data.js";
import { adam } from "../../templates/shared/layers-model.js";
import { seededRandom } from "../../templates/shared/random.js";
import { FusedNetwork } from "../../templates/trainer/fused/fused-network.js";
import { readState } from "../../templates/trainer/fused/handover.js";
import { planModel } from "../../templates/trainer/fused/plan.js";
import { heldMemory, Network } from "../../templates/trainer/network.js";
import { fusedProgram, METADATA, startWasm, topology } from "./made.js";

/**
 * @import { LayersModel } from "@tensorflow/tfjs-layers"
 * @import { Program } from "../../templates/trainer/fused/program.js"
 */

/** Largest difference allowed, of the largest value. */
const RELATIVE = 2e-5;
const RATE = 0.01;
const BUILDS = /** @type {const} */ (["baseline", "relaxed"]);

/** @type {Record<typeof BUILDS[number], Program>} */
let programs;

before(async () => {
  await startWasm();
  await tf.setBackend("cpu");
  const [baseline, relaxed] = await Promise.all(BUILDS.map(fusedProgram));
  programs = { baseline, relaxed };
});

/** @param {"codelab" | "course"} name */
const classic = (name) => () =>
  layers.loadLayersModel({ load: async () => ({ modelTopology: topology(name) }) });

/** @param {() => layers.layers.Layer[]} list */
const chain = (list) => async () => layers.sequential({ layers: list() });

/**
 * @param {number[]} inputShape
 * @param {number} filters
 * @param {number | [number, number]} kernelSize
 * @param {"valid" | "same"} [padding]
 * @param {"relu" | "linear"} [activation]
 */
const first = (inputShape, filters, kernelSize, padding = "valid", activation = "relu") =>
  layers.layers.conv2d({ inputShape, filters, kernelSize, padding, activation });
/**
 * @param {number} filters
 * @param {number | [number, number]} kernelSize
 * @param {"valid" | "same"} [padding]
 * @param {"relu" | "linear"} [activation]
 */
const conv = (filters, kernelSize, padding = "valid", activation = "relu") =>
  layers.layers.conv2d({ filters, kernelSize, padding, activation });
const pool = () => layers.layers.maxPooling2d({ poolSize: 2 });
const flat = () => layers.layers.flatten();
/** @param {number} units @param {"relu" | "linear"} [activation] */
const dense = (units, activation = "relu") => layers.layers.dense({ units, activation });
/** @param {number} units */
const classes = (units) => layers.layers.dense({ units, activation: "softmax" });
/** @param {"relu" | "softmax"} activation */
const activate = (activation) => layers.layers.activation({ activation });

/** @type {[string, () => Promise<LayersModel>, number[]][]} networks and batches */
const CASES = [
  ["codelab", classic("codelab"), [1, 7, 64]],
  ["course", classic("course"), [1, 7, 64]],
  ["colour", chain(() => [first([20, 18, 3], 6, 3), pool(), conv(10, 5), flat(), classes(3)]), [7]],
  ["colour 5x5", chain(() => [first([12, 12, 3], 8, 5), pool(), flat(), classes(2)]), [9]],
  [
    "same",
    chain(() => [
      first([15, 11, 1], 8, 3, "same"),
      pool(),
      conv(16, 3, "same"),
      pool(),
      flat(),
      classes(4),
    ]),
    [33],
  ],
  [
    "even filters",
    chain(() => [
      first([9, 8, 2], 4, [2, 4], "same"),
      conv(5, [4, 2], "same"),
      flat(),
      classes(3),
    ]),
    [5],
  ],
  ["wide", chain(() => [first([9, 9, 1], 24, 3), conv(40, 3), pool(), flat(), classes(5)]), [6]],
  [
    "one filter",
    chain(() => [first([8, 8, 1], 1, 3), pool(), flat(), dense(3), classes(2)]),
    [5],
  ],
  [
    "linear",
    chain(() => [
      first([10, 10, 1], 8, 3, "valid", "linear"),
      pool(),
      flat(),
      dense(9, "linear"),
      classes(3),
    ]),
    [11],
  ],
  [
    "activations apart",
    chain(() => [
      first([10, 10, 1], 8, 3, "valid", "linear"),
      pool(),
      activate("relu"),
      flat(),
      dense(3, "linear"),
      activate("softmax"),
    ]),
    [11],
  ],
  [
    "dense alone",
    chain(() => [layers.layers.flatten({ inputShape: [7, 5, 3] }), dense(18), classes(11)]),
    [66],
  ],
  ["1x1", chain(() => [first([6, 6, 4], 12, 1), pool(), flat(), classes(3)]), [5]],
];

/**
 * @param {number[]} shape
 * @param {number} count
 * @param {number} many classes
 * @param {number} seed
 */
function images(shape, count, many, seed) {
  const random = seededRandom(seed);
  const size = shape.reduce((a, b) => a * b);
  const pixels = Uint8Array.from({ length: count * size }, () => Math.max(0, 511 * random() - 256));
  // Black margins, as digits have: many outputs are equal there.
  for (let i = 0; i < pixels.length; i++) if (i % size < size / 3) pixels[i] = 0;
  return { pixels, labels: Uint16Array.from({ length: count }, () => Math.floor(random() * many)) };
}

/** @param {ArrayLike<number>} actual @param {ArrayLike<number>} expected @param {string} what */
function near(actual, expected, what) {
  assert.equal(actual.length, expected.length, what);
  const all = Array.from(expected);
  const largest = all.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-6);
  const apart = all.reduce((most, value, i) => Math.max(most, Math.abs(value - actual[i])), 0);
  assert.ok(apart / largest <= RELATIVE, `${what}: ${apart / largest} apart`);
}

/**
 * A model of TensorFlow.js and its twin in the fused program.
 *
 * @param {() => Promise<LayersModel>} make
 * @param {Program} program
 */
async function twins(make, program) {
  const model = await make();
  const optimizer = adam(RATE);
  model.compile({ optimizer, loss: "categoricalCrossentropy", metrics: ["accuracy"] });
  const { steps, why } = planModel(model, { scale: 1 / 255, offset: 0 });
  assert.ok(steps, why);
  const fused = new FusedNetwork(program, steps, RATE);
  fused.write(await readState(model, optimizer));
  const shape = /** @type {number[]} */ (model.inputs[0].shape.slice(1));
  const many = /** @type {number} */ (model.outputs[0].shape[1]);
  const dispose = () => [model, optimizer, fused].forEach((owner) => owner.dispose());
  return { model, optimizer, fused, shape, many, dispose };
}

/**
 * @param {{pixels: Uint8Array, labels: Uint16Array}} batch
 * @param {number[]} shape
 * @param {number} many classes
 */
function tensors({ pixels, labels }, shape, many) {
  const values = Float32Array.from(pixels, (value) => value / 255);
  const xs = tf.tensor(values, [labels.length, ...shape]);
  const ys = oneHot(labels, many);
  return { xs, ys };
}

for (const [name, make, batches] of CASES) {
  for (const build of BUILDS) {
    for (const count of batches) {
      test(`${name}, ${count} images, ${build}: answers, gradients, losses`, async () => {
        const made = await twins(make, programs[build]);
        const { model, optimizer, fused, shape, many } = made;
        for (let step = 0; step < 3; step++) {
          const batch = images(shape, count, many, step + 1);
          const { xs, ys } = tensors(batch, shape, many);
          const answers = /** @type {tf.Tensor} */ (model.predict(xs));
          near(fused.predict(batch.pixels), answers.dataSync(), `answers before step ${step + 1}`);
          const [loss, acc] = /** @type {number[]} */ (await model.trainOnBatch(xs, ys));
          const result = fused.train(batch.pixels, batch.labels);
          near([result.loss, result.acc], [loss, acc], `loss and accuracy of step ${step + 1}`);
          // After the first step a first moment is a tenth of its gradient, and so on.
          const expected = await readState(model, optimizer);
          const state = fused.read();
          assert.equal(state.steps, expected.steps);
          for (const key of /** @type {const} */ (["first", "second"])) {
            state[key].forEach((array, i) => near(array, expected[key][i], `${key} moment ${i}`));
          }
          tf.dispose([xs, ys, answers]);
          fused.write(expected); // what rounding made of weights whose gradient is next to 0
        }
        made.dispose();
      });
    }
  }
}

/** @param {Network} network @param {number} steps @param {number} first @param {number} [count] */
async function losses(network, steps, first, count = 40) {
  const found = [];
  for (let i = first; i < first + steps; i++) {
    found.push((await network.step(images([28, 28, 1], count, 10, i))).loss);
  }
  return found;
}

test("between backends, weights and moments go along", async () => {
  const network = await Network.create(topology("codelab"), 1, METADATA, RATE);
  const expected = await losses(network, 6, 0);
  network.dispose();
  const before = { ...heldMemory(), ids: tf.engine().backend.numDataIds() };
  const moved = await Network.create(topology("codelab"), 1, METADATA, RATE);
  assert.deepEqual(moved.computing(), { fused: null, why: "" });
  const actual = [];
  for (const [first, program] of [programs.relaxed, null, programs.baseline].entries()) {
    await moved.computeWith(program);
    assert.equal(moved.computing().fused, program?.build ?? null);
    actual.push(...(await losses(moved, 2, 2 * first)));
  }
  near(actual, expected, "losses");
  const { pixels } = images([28, 28, 1], 9, 10, 1);
  const answers = await moved.predict(pixels);
  const opened = await Network.open(await moved.save(), RATE);
  near(await opened.predict(pixels), answers, "answers of the saved network");
  moved.dispose();
  opened.dispose();
  const after = { ...heldMemory(), ids: tf.engine().backend.numDataIds() };
  assert.deepEqual(after, before);
});

test("the same batches make the same numbers, and 200 networks take one's memory", async () => {
  const program = await fusedProgram("relaxed");
  const fresh = async () => {
    const network = await Network.create(topology("codelab"), 1, METADATA, RATE);
    await network.computeWith(program);
    return network;
  };
  const first = await fresh();
  const expected = await losses(first, 3, 0);
  const { memory } = /** @type {FusedNetwork} */ (first.fused).instance;
  first.dispose();
  const held = [memory.buffer.byteLength, tf.memory().numTensors];
  for (let i = 0; i < 200; i++) {
    const network = await fresh();
    assert.equal((await losses(network, 1, 0))[0], expected[0]);
    network.dispose();
  }
  const again = await fresh();
  assert.deepEqual(await losses(again, 3, 0), expected);
  again.dispose();
  assert.deepEqual([memory.buffer.byteLength, tf.memory().numTensors], held);
  assert.equal(program.free.length, 1);
});

test("a batch of 512 and the rest of an epoch are what TensorFlow.js makes of them", async () => {
  await tf.setBackend("wasm"); // with our kernels: 512 images take plain JavaScript too long
  const plain = await Network.create(topology("codelab"), 2, METADATA, 0.001);
  const network = await Network.create(topology("codelab"), 2, METADATA, 0.001);
  await network.computeWith(programs.relaxed);
  for (const count of [512, 38]) {
    near(await losses(network, 1, count, count), await losses(plain, 1, count, count), "loss");
  }
  network.dispose();
  plain.dispose();
  await tf.setBackend("cpu");
});

test("a run that diverges has a loss that is no number", async () => {
  const network = await Network.create(topology("codelab"), 1, METADATA, 1e30);
  await network.computeWith(programs.relaxed);
  const found = await losses(network, 4, 0);
  network.dispose();
  assert.ok(found.some((loss) => !Number.isFinite(loss)), String(found));
});

test("dropout leaves its share out in training, and nothing in predictions", async () => {
  const rate = 0.3;
  const make = chain(() => [
    layers.layers.flatten({ inputShape: [8, 8, 1] }),
    dense(64, "linear"),
    layers.layers.dropout({ rate }),
    classes(3),
  ]);
  const { model, fused, dispose } = await twins(make, programs.relaxed);
  const batch = images([8, 8, 1], 32, 3, 1);
  const { xs, ys } = tensors(batch, [8, 8, 1], 3);
  const answers = /** @type {tf.Tensor} */ (model.predict(xs));
  near(fused.predict(batch.pixels), answers.dataSync(), "answers");
  const hidden = () => {
    const { read, image } = fused.place.images[1];
    return new Float32Array(fused.instance.memory.buffer, read, 32 * image).slice();
  };
  const whole = hidden();
  fused.train(batch.pixels, batch.labels);
  const left = hidden();
  const dropped = left.filter((value) => value === 0).length / left.length;
  assert.ok(Math.abs(dropped - rate) < 0.05, `${dropped} left out`);
  near(left, whole.map((value, i) => (left[i] === 0 ? 0 : value / (1 - rate))), "what is left");
  // The same mask in TensorFlow.js gives the same gradients.
  const shares = left.map((value) => (value === 0 ? 0 : 1 / (1 - rate)));
  const mask = tf.tensor(shares, [32, 64]);
  const { grads } = tf.variableGrads(() => {
    const [first, second] = [model.layers[1], model.layers[3]];
    const inner = /** @type {tf.Tensor} */ (first.apply(tf.reshape(xs, [32, 64])));
    const last = /** @type {tf.Tensor} */ (second.apply(tf.mul(inner, mask)));
    return /** @type {tf.Scalar} */ (tf.mean(tf.neg(tf.sum(tf.mul(ys, tf.log(last)), 1))));
  });
  Object.values(grads).forEach((gradient, i) => {
    const actual = fused.read().first[i].map((value) => value * 10);
    near(actual, gradient.dataSync(), `gradient ${i}`);
  });
  tf.dispose([xs, ys, answers, mask, grads]);
  dispose();
});
