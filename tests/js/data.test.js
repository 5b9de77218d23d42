/** The loader class of the tutorials: what its three methods mean, on sheets that arrive. */
import assert from "node:assert/strict";
import { afterEach, before, test } from "node:test";
import "@tensorflow/tfjs-backend-cpu";
import { memory, ready, setBackend } from "@tensorflow/tfjs-core";
import { SheetData } from "../../templates/shared/data.js";
import { Sheets } from "../../templates/shared/sheets.js";
import { imageOf, labelOf, MANIFEST_URL, Served } from "./served.js";

const ORIGINAL = globalThis.fetch;
const PER_SHEET = 10;
/** For tests of what once waited for ever; no machine is this slow. */
const PATIENT = { timeout: 120_000 };

before(async () => {
  await setBackend("cpu");
  await ready();
});
afterEach(() => {
  globalThis.fetch = ORIGINAL;
});

/**
 * @param {Partial<ConstructorParameters<typeof SheetData>[1]>} [options]
 * @param {Served} [served]
 */
async function open(options, served = new Served({ train: 40, test: 20 })) {
  served.start();
  const sheets = await Sheets.open(MANIFEST_URL);
  return { served, sheets, data: new SheetData(sheets, { train: 40, seed: 1, ...options }) };
}

/**
 * Which images a batch holds: the first value of each is its index.
 *
 * @param {SheetData} data
 * @param {number} n
 * @param {"nextTrainBatch" | "nextTestBatch"} [method]
 */
function draw(data, n, method = "nextTrainBatch") {
  const { xs, labels } = data[method](n);
  const values = xs.dataSync();
  const indices = Array.from({ length: n }, (_, i) => Math.round(values[(i * xs.size) / n] * 255));
  xs.dispose();
  labels.dispose();
  return indices;
}

/** @param {number[]} numbers */
const sorted = (numbers) => numbers.toSorted((a, b) => a - b);
/** @param {number} count @param {number} [from] */
const range = (count, from = 0) => Array.from({ length: count }, (_, i) => from + i);

test("a batch is xs [n, 784] in 0..1 and one-hot labels [n, 10], both float32", async () => {
  const { sheets, data } = await open({}, new Served({ train: 40 }, { side: 28 }));
  await data.load();
  const batch = data.tensors(data.take("train", [17, 4]));
  assert.deepEqual([batch.xs.shape, batch.xs.dtype], [[2, 784], "float32"]);
  assert.deepEqual([batch.labels.shape, batch.labels.dtype], [[2, 10], "float32"]);
  assert.deepEqual(
    batch.xs.dataSync(),
    Float32Array.from([...imageOf(17, sheets.size), ...imageOf(4, sheets.size)], (x) => x / 255),
  );
  assert.ok(batch.xs.dataSync().every((value) => value >= 0 && value <= 1));
  for (const [row, index] of [17, 4].entries()) {
    const oneHot = range(10).map((name) => (name === labelOf(index) ? 1 : 0));
    assert.deepEqual([...batch.labels.dataSync().subarray(row * 10, (row + 1) * 10)], oneHot);
  }
  batch.xs.dispose();
  batch.labels.dispose();
});

for (const [method, count] of /** @type {const} */ ([
  ["nextTrainBatch", 40],
  ["nextTestBatch", 20],
])) {
  test(`${method} repeats no image until an epoch is used up`, async () => {
    const { data } = await open();
    await data.load();
    for (let epoch = 0; epoch < 3; epoch++) {
      const drawn = [7, 7, count - 14].flatMap((n) => draw(data, n, method));
      assert.deepEqual(sorted(drawn), range(count), `epoch ${epoch + 1}`);
    }
  });
}

test("a batch across the end of an epoch begins the next one", async () => {
  const { data } = await open();
  await data.load();
  const first = draw(data, 35);
  const across = draw(data, 10);
  assert.deepEqual(sorted([...first, ...across.slice(0, 5)]), range(40));
  assert.deepEqual(sorted([...across.slice(5), ...draw(data, 35)]), range(40));
});

test("the first epoch stays within the sheets as they arrive, the second does not", async () => {
  const { data } = await open();
  await data.load();
  for (let sheet = 0; sheet < 4; sheet++) {
    const drawn = draw(data, PER_SHEET);
    assert.deepEqual(sorted(drawn), range(PER_SHEET, sheet * PER_SHEET));
    assert.notDeepEqual(drawn, sorted(drawn), "shuffled within the sheet");
  }
  assert.notDeepEqual(sorted(draw(data, PER_SHEET)), range(PER_SHEET));
});

test("the same seed draws the same order, whenever the sheets arrive", async () => {
  const slow = await open({ seed: 5 });
  const orders = [];
  const all = slow.data.load();
  for (let i = 0; i < 8; i++) {
    await slow.data.available("train", 10);
    orders.push(draw(slow.data, 10));
  }
  await all;
  const { data } = await open({ seed: 5 });
  await data.load();
  assert.deepEqual(range(8).map(() => draw(data, 10)), orders);
  const other = await open({ seed: 6 });
  await other.data.load();
  assert.notDeepEqual(range(8).map(() => draw(other.data, 10)), orders);
});

test("available waits for what the next draws need, not for more", PATIENT, async () => {
  const served = new Served({ train: 40 });
  const release = [1, 3].map((sheet) => served.hold(`train-${sheet}.png`));
  const { sheets, data } = await open({}, served);
  const all = data.load();
  await data.available("train", PER_SHEET);
  assert.equal(sheets.ready("train"), PER_SHEET);
  draw(data, PER_SHEET);
  let isThere = false;
  const second = data.available("train", 1).then(() => (isThere = true));
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(isThere, false, "the second sheet is on its way");
  release[0]();
  await second;
  await data.available("train", 2 * PER_SHEET);
  draw(data, 2 * PER_SHEET);
  const beyond = data.available("train", 2 * PER_SHEET); // into the second epoch: all of it
  release[1]();
  await beyond;
  assert.equal(sheets.ready("train"), 40);
  await all;
});

test("load fetches what the run uses, and tells of it", async () => {
  const { served, sheets, data } = await open({ train: 15, test: 5 });
  /** @type {number[]} */
  const needed = [];
  await data.load((progress) => needed.push(progress.needed));
  assert.deepEqual(needed, [15, 15, 5]);
  assert.deepEqual([sheets.ready("train"), sheets.ready("test")], [20, 10]);
  assert.ok(!served.asked.some((file) => file.startsWith("validation")));
  assert.deepEqual(sorted(draw(data, 15)), range(15), "of the second sheet, five images are used");
});

test("more images than there are means all there are", PATIENT, async () => {
  const { data } = await open({ train: 55_000, test: 10_000 });
  await data.load();
  for (let epoch = 0; epoch < 2; epoch++) {
    await data.available("train", 40);
    assert.deepEqual(sorted(draw(data, 40)), range(40));
    assert.deepEqual(sorted(draw(data, 20, "nextTestBatch")), range(20));
  }
});

test("drawing leaves no tensor behind", async () => {
  const { data } = await open();
  await data.load();
  const before = memory();
  draw(data, 64);
  draw(data, 64, "nextTestBatch");
  assert.equal(memory().numTensors, before.numTensors);
  assert.equal(memory().numBytes, before.numBytes);
});

test("an image that has not arrived is not made up", async () => {
  const { sheets, data } = await open();
  await sheets.load("train", 10);
  const before = memory().numTensors;
  draw(data, 10);
  assert.throws(() => data.nextTrainBatch(1), /Image \d+ of train has not arrived yet/);
  assert.equal(memory().numTensors, before);
});
