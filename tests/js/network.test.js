/** Networks under training: the same numbers as on the CPU backend, and nothing left behind. */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import "@tensorflow/tfjs-backend-cpu";
import { engine, setBackend } from "@tensorflow/tfjs-core";
import { seededRandom } from "../../templates/shared/random.js";
import { heldMemory, Network } from "../../templates/trainer/network.js";
import { METADATA, startWasm, topology } from "./made.js";

const SIZE = 28 * 28;
const CLASSES = 10;
const BATCH = 64;

before(startWasm);

/** @param {number} seed */
function batch(seed) {
  const random = seededRandom(seed);
  // As in MNIST, most of an image is black, so many gradients are zero and many maxima equal.
  const pixels = Uint8Array.from({ length: BATCH * SIZE }, () => Math.max(0, 511 * random() - 256));
  const labels = Uint16Array.from({ length: BATCH }, () => Math.floor(random() * CLASSES));
  return { pixels, labels };
}

/**
 * @param {"codelab" | "course"} name
 * @param {number} steps
 */
async function losses(name, steps) {
  const network = await Network.create(topology(name), 1, METADATA, 0.001);
  const found = [];
  for (let i = 0; i < steps; i++) {
    found.push((await network.step(batch(i))).loss);
  }
  network.dispose();
  return found;
}

for (const name of /** @type {const} */ (["codelab", "course"])) {
  test(`the first four losses of the ${name} network are the CPU backend's`, async () => {
    await setBackend("cpu");
    const expected = await losses(name, 4);
    await setBackend("wasm");
    const actual = await losses(name, 4);
    expected.forEach((loss, i) => {
      assert.ok(Math.abs(loss - actual[i]) < 1e-4, `step ${i + 1}: ${actual[i]}, not ${loss}`);
    });
    assert.notEqual(expected[0], expected[3]);
  });
}

test("a network gives all its memory back", async () => {
  const before = { ...heldMemory(), ids: engine().backend.numDataIds() };
  await losses("codelab", 2);
  const images = batch(1);
  const network = await Network.create(topology("course"), 1, METADATA, 0.001);
  await network.step(images);
  const held = heldMemory();
  await network.step(images);
  await network.predict(images.pixels);
  await network.save();
  assert.deepEqual(heldMemory(), held, "a step, a prediction or saving left something");
  network.dispose();
  assert.deepEqual({ ...heldMemory(), ids: engine().backend.numDataIds() }, before);
});

test("a seed decides the weights that a network starts with", async () => {
  const weights = [];
  for (const seed of [1, 1, 2]) {
    const network = await Network.create(topology("codelab"), seed, METADATA, 0.001);
    weights.push(new Float32Array((await network.save()).weightData));
    network.dispose();
  }
  assert.deepEqual(weights[0], weights[1]);
  assert.notDeepEqual(weights[0], weights[2]);
});

test("a saved network predicts the same when it is opened again", async () => {
  const images = batch(1);
  const network = await Network.create(topology("codelab"), 3, METADATA, 0.001);
  await network.step(images);
  network.epochsTrained = 4;
  const opened = await Network.open(await network.save(), 0.001);
  assert.deepEqual(await opened.predict(images.pixels), await network.predict(images.pixels));
  assert.deepEqual(opened.summary(), network.summary());
  assert.equal(opened.epochsTrained, 4);
  for (const owner of [network, opened]) owner.dispose();
});

test("the summary of the codelab network is its Keras summary", async () => {
  const network = await Network.create(topology("codelab"), 1, METADATA, 0.001);
  const { layers, parameters } = network.summary();
  assert.equal(parameters, 208 + 3216 + 2570);
  assert.deepEqual(
    layers.map(({ kind, outputShape }) => `${kind} ${outputShape}`).filter((row) => row[0] !== "I"),
    [
      "Conv2D 24,24,8",
      "MaxPooling2D 12,12,8",
      "Conv2D 8,8,16",
      "MaxPooling2D 4,4,16",
      "Flatten 256",
      "Dense 10",
    ],
  );
  network.dispose();
});
