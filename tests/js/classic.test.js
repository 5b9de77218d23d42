/** The classic head: its layers, its training, what it leaves behind. */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { engine, memory } from "@tensorflow/tfjs-core";
import { ClassicHead } from "../../templates/transfer/classic.js";
import { evaluate } from "../../templates/transfer/scores.js";
import { startWasm } from "./made.js";
import { farthest, makeExamples } from "./made-features.js";

before(startWasm);

const NAMES = ["a", "b"];
const EXAMPLES = makeExamples({ counts: [12, 5], size: 490, signal: 0.5, seed: 1 });
const VALIDATION = makeExamples({ counts: [8, 8], size: 490, signal: 0.5, seed: 2 });
const SETTINGS = {
  kind: /** @type {const} */ ("classic"),
  taps: ["classic"],
  regularisation: /** @type {const} */ ("auto"),
  epochs: 20,
  learningRate: 1e-4,
  batchShare: 0.4,
  seed: 3,
};
const TASK = { ...EXAMPLES, classes: NAMES, settings: SETTINGS, validation: VALIDATION };
const RUNNING = { stopped: false };
const held = () => [memory().numTensors, engine().backend.numDataIds()];

test("its layers are the tutorial's: 100 units, then a softmax without bias", () => {
  const head = ClassicHead.create(490, 3, 1);
  const [hidden, classes] = head.model.layers.map((layer) => layer.getConfig());
  assert.equal(head.model.layers.length, 2);
  assert.deepEqual([hidden.units, hidden.activation, hidden.useBias], [100, "relu", true]);
  assert.deepEqual([classes.units, classes.activation, classes.useBias], [3, "softmax", false]);
  for (const { kernelInitializer } of [hidden, classes]) {
    assert.deepEqual(
      { ...(/** @type {object} */ (kernelInitializer)) },
      {
        className: "VarianceScaling",
        config: {
          scale: 1,
          mode: "fanIn",
          distribution: "normal",
          seed: kernelInitializer === hidden.kernelInitializer ? 1000 : 1001,
        },
      },
    );
  }
  head.dispose();
});

test("it learns, reports every epoch as it is after it, and leaves nothing behind", async () => {
  const before = held();
  const head = ClassicHead.create(490, 2, 3);
  /** @type {number[]} */
  const reported = [];
  const history = await head.train(TASK, ({ epoch }) => void reported.push(epoch), RUNNING);
  assert.deepEqual(reported, Array.from({ length: 20 }, (_, i) => i + 1));
  assert.ok(history[19].loss < history[0].loss / 2, `${history[0].loss} ${history[19].loss}`);
  const own = evaluate(await head.predict(EXAMPLES.features), EXAMPLES.labels, NAMES);
  const other = evaluate(await head.predict(VALIDATION.features), VALIDATION.labels, NAMES);
  assert.deepEqual([history[19].acc, history[19].valAcc], [own.accuracy, other.accuracy]);
  assert.deepEqual([history[19].loss, history[19].valLoss], [own.loss, other.loss]);
  head.dispose();
  assert.deepEqual(held(), before);
});

test("a seed decides a run", async () => {
  const runs = [];
  for (const seed of [1, 1, 2]) {
    const head = ClassicHead.create(490, 2, seed);
    const task = { ...TASK, settings: { ...SETTINGS, seed, epochs: 2 } };
    runs.push(await head.train(task, () => {}, RUNNING));
    head.dispose();
  }
  assert.deepEqual(runs[0], runs[1]);
  assert.notDeepEqual(runs[0], runs[2]);
});

test("a saved head answers the same when it is opened again", async () => {
  const head = ClassicHead.create(490, 2, 3);
  await head.train({ ...TASK, settings: { ...SETTINGS, epochs: 1 } }, () => {}, RUNNING);
  const expected = await head.predict(VALIDATION.features);
  const file = await head.save();
  head.dispose();
  assert.deepEqual(file.weights.map(({ shape }) => shape), [[490, 100], [100], [100, 2]]);
  const opened = await ClassicHead.open(file);
  assert.equal(farthest(await opened.predict(VALIDATION.features), expected), 0);
  opened.dispose();
});

test("stopping keeps the epochs that were finished", async () => {
  const head = ClassicHead.create(490, 2, 3);
  const signal = { stopped: false };
  const history = await head.train(
    TASK,
    ({ epoch }) => {
      signal.stopped = epoch === 2;
    },
    signal,
  );
  assert.equal(history.length, 2);
  head.dispose();
});

test("more pictures than are asked for at a time are all answered, in their order", async () => {
  const head = ClassicHead.create(490, 2, 3);
  const many = makeExamples({ counts: [100, 100], size: 490, signal: 0.5, seed: 5 });
  const answers = await head.predict(many.features);
  assert.equal(answers.length, 400);
  const last = { values: many.features.values.slice(150 * 490), count: 50, size: 490 };
  assert.ok(farthest(await head.predict(last), answers.subarray(300)) < 1e-5);
  const none = { values: new Float32Array(0), count: 0, size: 490 };
  assert.equal((await head.predict(none)).length, 0);
  head.dispose();
});
