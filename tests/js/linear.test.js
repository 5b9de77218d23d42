/** The linear head: that what it finds is the best there is, against plain code. */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { memory } from "@tensorflow/tfjs-core";
import { predictLinear, trainLinear } from "../../templates/transfer/linear.js";
import { evaluate } from "../../templates/transfer/scores.js";
import { standardise, standardiser } from "../../templates/transfer/standardise.js";
import { startWasm } from "./made.js";
import { farthest, makeExamples } from "./made-features.js";

/** @import { LinearHead } from "../../templates/transfer/linear.js" */
/** @import { Matrix } from "../../templates/transfer/matrix.js" */

before(startWasm);

const TASK = {
  ...makeExamples({ counts: [14, 9, 5], size: 60, signal: 0.4, seed: 1 }),
  classes: 3,
  regularisation: 1e-3,
  epochs: 500,
};

/**
 * The slope of the objective at a head, in plain code: weights of standardised features are those
 * of raw ones times deviation and square root of the size.
 *
 * @param {LinearHead} head
 * @param {{features: Matrix, labels: number[], regularisation: number}} task
 */
function slope(head, { features, labels, regularisation }) {
  const { size, classes } = head;
  const scale = standardiser(features);
  const { values } = standardise(features, scale);
  const answers = predictLinear(head, features);
  const counts = Array.from({ length: classes }, (_, c) => labels.filter((l) => l === c).length);
  let largest = 0;
  for (let c = 0; c < classes; c++) {
    for (let j = 0; j <= size; j++) {
      let sum = 0;
      labels.forEach((label, i) => {
        const error = answers[i * classes + c] - Number(label === c);
        sum += (error * (j < size ? values[i * size + j] : 1)) / (counts[label] * classes);
      });
      if (j < size) {
        const weight = head.weights[j * classes + c] * scale.deviation[j] * Math.sqrt(size);
        sum += 2 * regularisation * weight;
      }
      largest = Math.max(largest, Math.abs(sum));
    }
  }
  return largest;
}

test("training ends by itself where the objective is flat", async () => {
  const { head, history, stopped } = await trainLinear(TASK);
  assert.ok(history.length < 200 && !stopped, `${history.length} epochs`);
  const flat = slope(head, TASK);
  const start = { ...head, weights: head.weights.map(() => 0), bias: head.bias.map(() => 0) };
  assert.ok(flat < 2e-4 * slope(start, TASK), `a slope of ${flat}`);
});

test("a stronger penalty makes for smaller weights", async () => {
  const sums = [];
  for (const regularisation of [1e-4, 1e-2, 1]) {
    const { head } = await trainLinear({ ...TASK, regularisation });
    sums.push(head.weights.reduce((sum, weight) => sum + weight ** 2, 0));
  }
  assert.ok(sums[0] > 2 * sums[1] && sums[1] > 2 * sums[2], `${sums}`);
});

test("an epoch reports how good the head is after it, on both sets", async () => {
  const counts = [6, 6, 6];
  const validation = makeExamples({ counts, size: 60, signal: 0.4, seed: 2 });
  const balanced = makeExamples({ counts, size: 60, signal: 0.4, seed: 1 });
  /** @type {number[]} */
  const epochs = [];
  const task = { ...TASK, ...balanced, validation, epochs: 4 };
  const { head, history } = await trainLinear(task, (e) => {
    epochs.push(e.epoch, e.epochs);
  });
  assert.deepEqual(epochs, [1, 4, 2, 4, 3, 4, 4, 4]);
  const names = ["a", "b", "c"];
  const own = evaluate(predictLinear(head, balanced.features), balanced.labels, names);
  const other = evaluate(predictLinear(head, validation.features), validation.labels, names);
  const { loss, acc, valLoss, valAcc } = history[3];
  assert.deepEqual([acc, valAcc], [own.accuracy, other.accuracy]);
  assert.ok(Math.abs(loss - own.loss) < 1e-5 && Math.abs(Number(valLoss) - other.loss) < 1e-5);
  assert.ok(history[0].loss > loss);
});

test("a class with few pictures counts as much as one with many", async () => {
  const few = makeExamples({ counts: [3, 30], size: 4, signal: 0, seed: 3 });
  const { head } = await trainLinear({ ...TASK, ...few, classes: 2, regularisation: 100 });
  // The features say nothing and may say nothing: what is left is the bias.
  assert.ok(farthest(predictLinear(head, few.features), new Array(66).fill(0.5)) < 0.01);
});

test("twice the same pictures make the same head", async () => {
  const [a, b] = [await trainLinear(TASK), await trainLinear(TASK)];
  assert.deepEqual(a, b);
});

test("a feature that never changes gets no weight, and no picture breaks the numbers", async () => {
  const { features, labels } = makeExamples({ counts: [5, 5], size: 6, signal: 1, seed: 4 });
  for (let i = 0; i < features.count; i++) features.values[i * 6 + 2] = 7;
  const { head } = await trainLinear({ ...TASK, features, labels, classes: 2 });
  assert.deepEqual([...head.weights.subarray(4, 6)], [0, 0]);
  const far = { values: new Float32Array(6).fill(1e6), count: 1, size: 6 };
  const answer = predictLinear(head, far);
  assert.ok(Math.abs(answer[0] + answer[1] - 1) < 1e-6, `${answer}`);
});

test("features that are there twice change no answer: the penalty knows no size", async () => {
  const { features, labels } = TASK;
  const { values, count, size } = features;
  const twice = new Float32Array(2 * values.length);
  for (let i = 0; i < count; i++) {
    const row = values.subarray(i * size, (i + 1) * size);
    twice.set(row, 2 * i * size);
    twice.set(row, (2 * i + 1) * size);
  }
  const doubled = { values: twice, count, size: 2 * size };
  const [one, two] = [
    await trainLinear(TASK),
    await trainLinear({ ...TASK, features: doubled, labels }),
  ];
  const expected = predictLinear(one.head, features);
  assert.ok(farthest(predictLinear(two.head, doubled), expected) < 1e-3);
});

test("stopping keeps what was reached, and no run leaves a tensor", async () => {
  const before = memory().numTensors;
  const signal = { stopped: false };
  const { history, stopped } = await trainLinear(
    TASK,
    ({ epoch }) => {
      signal.stopped = epoch === 3;
    },
    signal,
  );
  assert.deepEqual([history.length, stopped], [3, true]);
  const { head } = await trainLinear(TASK);
  predictLinear(head, TASK.features);
  await assert.rejects(
    trainLinear(TASK, () => {
      throw new Error("away");
    }),
    /away/,
  );
  assert.equal(memory().numTensors, before);
});

test("features of another size are refused in words, and none at all are no error", async () => {
  const { head } = await trainLinear({ ...TASK, epochs: 1 });
  const other = { values: new Float32Array(10), count: 1, size: 10 };
  assert.throws(() => predictLinear(head, other), /trained on 60 features a picture, not 10/);
  const none = { values: new Float32Array(0), count: 0, size: 60 };
  assert.equal(predictLinear(head, none).length, 0);
});
