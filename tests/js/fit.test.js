/** The training loop, on made images: what it draws, fetches, reports, and leaves behind. */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { engine } from "@tensorflow/tfjs-core";
import { SheetData } from "../../templates/shared/data.js";
import { evaluate } from "../../templates/trainer/evaluate.js";
import { Fit, nextTask } from "../../templates/trainer/fit.js";
import { heldMemory, Network } from "../../templates/trainer/network.js";
import { MadeSheets, METADATA, startWasm, topology } from "./made.js";

/** @import { TrainEvent } from "../../templates/trainer/run.js" */

const SETTINGS = { trainImages: 250, validationImages: 50, batchSize: 64, epochs: 2, seed: 1 };

before(startWasm);

const makeNetwork = () => Network.create(topology("codelab"), 1, METADATA, 0.005);

/** Tensors, bytes and pieces of the heap that are in use. */
const held = () => ({ ...heldMemory(), ids: engine().backend.numDataIds() });

/**
 * @param {Partial<typeof SETTINGS>} [changes]
 * @param {(event: TrainEvent, fit: Fit) => void} [onEvent]
 * @param {MadeSheets} [sheets]
 */
async function train(changes, onEvent, sheets = new MadeSheets({ train: 400, validation: 100 })) {
  /** @type {TrainEvent[]} */
  const events = [];
  const network = await makeNetwork();
  const fit = new Fit(network, sheets, { ...SETTINGS, ...changes }, (event) => {
    events.push(event);
    onEvent?.(event, fit);
  });
  try {
    return { events, sheets, fit, result: await fit.run() };
  } finally {
    network.dispose();
  }
}

/** @param {TrainEvent[]} events */
const batches = (events) => events.filter((event) => event.type === "batch");
/** @param {TrainEvent[]} events */
const epochs = (events) => events.filter((event) => event.type === "epoch");

test("a run reports batches and epochs, learns, and leaves nothing behind", async () => {
  const before = held();
  const { events, result } = await train({ epochs: 4 });
  assert.deepEqual(held(), before);
  assert.deepEqual([result.stopped, result.epochs], [false, 4]);
  assert.equal(batches(events).length, 16);
  assert.deepEqual(
    batches(events).map(({ epoch, batch }) => `${epoch}:${batch}`).slice(2, 6),
    ["1:3", "1:4", "2:1", "2:2"],
  );
  const rows = epochs(events);
  assert.deepEqual(rows.map(({ epoch }) => epoch), [1, 2, 3, 4]);
  assert.ok(rows[3].loss < rows[0].loss / 2, `loss ${rows[0].loss}, then ${rows[3].loss}`);
  assert.ok(rows[3].valAcc > 0.9, `validation accuracy ${rows[3].valAcc}`);
  assert.ok(result.imagesPerSecond > 0 && result.seconds > 0);
});

test("an epoch's loss is the mean over its images", async () => {
  const { events } = await train({ epochs: 1 });
  const sizes = [64, 64, 64, 58];
  const mean = batches(events).reduce((sum, { loss }, i) => sum + (loss * sizes[i]) / 250, 0);
  assert.ok(Math.abs(epochs(events)[0].loss - mean) < 1e-9);
});

test("a seed decides the run", async () => {
  const runs = [];
  for (const seed of [5, 5, 6]) {
    runs.push(batches((await train({ seed })).events).map(({ loss }) => loss));
  }
  assert.deepEqual(runs[0], runs[1]);
  assert.notDeepEqual(runs[0], runs[2]);
});

test("each epoch draws every image once, the first one sheet by sheet", async () => {
  const sheets = new MadeSheets({ train: 250 });
  /** @type {number[]} */
  const drawn = [];
  const images = sheets.images.bind(sheets);
  sheets.images = (split, indices) => {
    drawn.push(...Array.from(indices));
    return images(split, indices);
  };
  await sheets.load("train", 250);
  const data = new SheetData(sheets, { train: 250, seed: 1 });
  for (let i = 0; i < 10; i++) {
    const { xs, labels } = data.nextTrainBatch(50);
    xs.dispose();
    labels.dispose();
  }
  const all = Array.from({ length: 250 }, (_, i) => i);
  const [first, second] = [drawn.slice(0, 250), drawn.slice(250)];
  for (const epoch of [first, second]) assert.deepEqual(epoch.toSorted((a, b) => a - b), all);
  assert.ok(Math.max(...first.slice(0, 100)) < 100, "the first sheet's images come first");
  assert.ok(Math.max(...second.slice(0, 100)) >= 100);
  assert.notDeepEqual(first.slice(0, 100), all.slice(0, 100));
});

test("training starts on the first sheet and fetches no more than it needs", async () => {
  const sheets = new MadeSheets({ train: 1000, validation: 300 }, 100);
  let readyAtStart = -1;
  await train({ trainImages: 450 }, (event) => {
    if (event.type === "batch" && readyAtStart < 0) readyAtStart = sheets.ready("train");
  }, sheets);
  assert.ok(readyAtStart < 450, `${readyAtStart} images were there at the first batch`);
  const count = (/** @type {string} */ name) =>
    sheets.fetched.filter(({ split }) => split === name).length;
  assert.deepEqual([count("train"), count("validation"), count("test")], [5, 1, 0]);
});

test("a sheet that never arrives ends the run with its name", async () => {
  const before = held();
  const sheets = new MadeSheets({ train: 400, validation: 100 });
  sheets.missingFrom = 2;
  await assert.rejects(train({}, undefined, sheets), /train-2 is not there/);
  assert.deepEqual(held(), before);
});

test("stop ends a run between two batches, and another goes on from there", async () => {
  const before = held();
  const network = await makeNetwork();
  const sheets = new MadeSheets({ train: 400, validation: 100 });
  /** @type {TrainEvent[]} */
  const events = [];
  const fit = new Fit(network, sheets, { ...SETTINGS, epochs: 3 }, (event) => {
    events.push(event);
    if (event.type === "batch" && event.epoch === 2) fit.stop();
  });
  const result = await fit.run();
  assert.deepEqual([result.stopped, result.epochs], [true, 1]);
  assert.equal(batches(events).length, 5);
  const more = new Fit(network, sheets, { ...SETTINGS, epochs: 1 }, (event) => events.push(event));
  assert.deepEqual((await more.run()).epochs, 1);
  assert.deepEqual(epochs(events).map(({ epoch }) => epoch), [1, 2]);
  network.dispose();
  assert.deepEqual(held(), before);
});

test("a paused run waits until it is resumed, and ends with the same numbers", async () => {
  let resumed = false;
  const expected = batches((await train()).events).map(({ loss }) => loss);
  const { events } = await train({}, (event, fit) => {
    if (event.type !== "batch") return;
    if (event.batch === 2 && event.epoch === 1) {
      fit.pause();
      setTimeout(() => {
        resumed = true;
        fit.resume();
      }, 50);
    }
    assert.ok(resumed || event.batch <= 2, "a batch was trained during the pause");
  });
  assert.deepEqual(batches(events).map(({ loss }) => loss), expected);
});

test("a paused run can be stopped", async () => {
  const { result } = await train({}, (event, fit) => {
    if (event.type !== "batch") return;
    fit.pause();
    setTimeout(() => fit.stop(), 10);
  });
  assert.deepEqual([result.stopped, result.epochs], [true, 0]);
});

test("a loss that is no number ends the run with what to do", async () => {
  const network = await makeNetwork();
  network.step = async () => ({ loss: NaN, acc: 0 });
  const sheets = new MadeSheets({ train: 400, validation: 100 });
  const fit = new Fit(network, sheets, SETTINGS, () => {});
  await assert.rejects(fit.run(), /has diverged. Start again with a smaller learning rate/);
  network.dispose();
});

test("an evaluation counts the same images everywhere", async () => {
  const sheets = new MadeSheets({ train: 1, test: 730 });
  await sheets.load("test", 700);
  const network = await makeNetwork();
  const before = held();
  const data = new SheetData(sheets, { train: 0, test: 700, seed: 0 });
  const found = await evaluate(network, data, 700, nextTask);
  assert.deepEqual(held(), before);
  const right = found.confusion.reduce((sum, row, i) => sum + row[i], 0);
  const total = found.confusion.flat().reduce((a, b) => a + b);
  assert.equal(total, 700);
  assert.equal(found.accuracy, right / 700);
  assert.equal(found.misread.length, 700 - right);
  assert.deepEqual(found.perClass.map(({ total }) => total), Array(10).fill(70));
  for (const { index, label, predicted, probability } of found.misread) {
    assert.ok(label === index % 10 && label !== predicted && probability >= 0.1);
  }
  network.dispose();
});

test("several callers can wait for their next task at once", async () => {
  await Promise.all([nextTask(), nextTask(), nextTask()]);
});

test("the other images wait for the first batch", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const sheets = new MadeSheets({ train: 400, validation: 100 });
  /** @type {number[][]} */
  const fetched = [];
  const sheetsOf = () => sheets.fetched.map(({ sheet }) => sheet);
  await train({ epochs: 1 }, ({ type }) => type === "batch" && fetched.push(sheetsOf()), sheets);
  assert.deepEqual(fetched[0], [0]);
  assert.deepEqual(fetched.at(-1)?.slice(0, 3), [0, 1, 2]);
});

test("they do not wait long", async () => {
  const sheets = new MadeSheets({ train: 400, validation: 100 });
  const network = await makeNetwork();
  network.step = async () => {
    while (sheets.fetched.length < 3) await nextTask();
    return { loss: 1, acc: 0 };
  };
  const { epochs } = await new Fit(network, sheets, { ...SETTINGS, epochs: 1 }, () => {}).run();
  network.dispose();
  assert.equal(epochs, 1);
});
