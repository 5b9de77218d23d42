/** What to look at: cross-validation against brute force, and what is said about it. */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { memory } from "@tensorflow/tfjs-core";
import { pickRows } from "../../templates/transfer/batches.js";
import { chooseFeatures, pickBest } from "../../templates/transfer/choose.js";
import { leaveOut, makeFolds, sample } from "../../templates/transfer/folds.js";
import { predictLinear, trainLinear } from "../../templates/transfer/linear.js";
import { sideBySide } from "../../templates/transfer/matrix.js";
import { gram } from "../../templates/transfer/operators.js";
import { evaluate } from "../../templates/transfer/scores.js";
import { standardise, standardiser } from "../../templates/transfer/standardise.js";
import { startWasm } from "./made.js";
import { farthest, makeExamples } from "./made-features.js";

/** @import { Matrix } from "../../templates/transfer/matrix.js" */

before(startWasm);

const COUNTS = [9, 7];
const good = makeExamples({ counts: COUNTS, size: 50, signal: 0.5, seed: 1 });
const poor = makeExamples({ counts: COUNTS, size: 150, signal: 0, seed: 2 });
const TASK = { labels: good.labels, classes: 2, seed: 1 };
const BOTH = { middle: good.features, last: poor.features };

/**
 * The same by brute force: a head is trained for each picture on all others, nothing shared.
 *
 * @param {string[]} taps
 * @param {number} regularisation
 */
async function leaveEachOut(taps, regularisation) {
  const features = sideBySide(taps.map((tap) => BOTH[/** @type {"middle" | "last"} */ (tap)]));
  const rows = [...good.labels.keys()];
  const answers = [];
  for (const out of rows) {
    const others = rows.filter((row) => row !== out);
    const labels = others.map((row) => good.labels[row]);
    const task = { labels, classes: 2, regularisation, epochs: 500 };
    const { head } = await trainLinear({ features: pickRows(features, others), ...task });
    answers.push(...predictLinear(head, pickRows(features, [out])));
  }
  return Float32Array.from(answers);
}

test("it finds the tap that tells the classes apart, and says how", async () => {
  const choice = await chooseFeatures({ taps: BOTH, ...TASK });
  assert.deepEqual(choice.taps, ["middle"]);
  assert.deepEqual([choice.method, choice.folds, choice.pictures], ["leave-one-out", 16, 16]);
  assert.equal(choice.candidates.length, 12);
  const best = Math.max(...choice.candidates.map(({ accuracy }) => accuracy));
  const share = Math.round(best * 100);
  const said = "It looks at the middle layer: of 16 training pictures, left out one at a time, it ";
  assert.ok(choice.why.startsWith(`${said}named ${share}% right (the last layer `), choice.why);
  assert.match(choice.why, /, both together \d+%\)\.$/);
});

test("leaving one out on the Gram matrix answers as training anew without it does", async () => {
  const { candidates, heldOut } = await chooseFeatures({ taps: BOTH, ...TASK });
  for (const { taps, regularisation, accuracy } of candidates) {
    if (regularisation < 1e-4) continue;
    // Brute force standardises without the picture, too: that is no more than this apart.
    const answers = await leaveEachOut(taps, regularisation);
    const expected = evaluate(answers, good.labels, ["a", "b"]).accuracy;
    assert.ok(Math.abs(expected - accuracy) <= 1 / 16 + 1e-9, `${taps} ${regularisation}`);
  }
  assert.deepEqual(heldOut?.labels, good.labels);
  assert.deepEqual([...(heldOut?.indices ?? [])], [...good.labels.keys()]);
});

/**
 * @param {Matrix} rows standardised features
 * @param {number[]} labels
 * @param {number[][]} folds
 */
function run(rows, labels, folds) {
  const settings = { classes: 2, regularisations: [1e-3, 1e-2] };
  const rounds = leaveOut(gram(rows), labels, folds, settings);
  let round = rounds.next();
  while (!round.done) round = rounds.next();
  return round.value;
}

test("a picture that is left out changes nothing for the others, not even its label", () => {
  const rows = standardise(good.features, standardiser(good.features));
  const fold = [3, 8, 12];
  const own = run(rows, good.labels, [fold]);
  const flipped = good.labels.map((label, row) => (fold.includes(row) ? 1 - label : label));
  for (const [k, answers] of run(rows, flipped, [fold]).entries()) {
    assert.ok(farthest(answers, own[k]) < 1e-6);
    assert.ok(answers.subarray(6, 8).every((value) => value > 0 && value < 1));
    assert.deepEqual([...answers.subarray(0, 6)], [0, 0, 0, 0, 0, 0]);
  }
});

test("folds leave each picture out once and spread every class", () => {
  const labels = [...new Array(45).fill(0), ...new Array(13).fill(1), 2, 2];
  const folds = makeFolds(labels, 3);
  assert.equal(folds.length, 5);
  assert.deepEqual(folds.flat().sort((a, b) => a - b), [...labels.keys()]);
  for (const fold of folds) {
    const [a, b, c] = [0, 1, 2].map((l) => fold.filter((row) => labels[row] === l).length);
    assert.ok(a === 9 && (b === 2 || b === 3) && c <= 1, `${a} ${b} ${c}`);
  }
  assert.deepEqual(makeFolds([0, 1, 0], 3), [[0], [1], [2]]);
});

test("of many pictures it takes some of each class, and says so", async () => {
  const labels = [...new Array(900).fill(0), ...new Array(100).fill(1), 2, 2, 2];
  const rows = sample(labels, 200, 1);
  const counts = [0, 1, 2].map((l) => rows.filter((row) => labels[row] === l).length);
  assert.deepEqual(counts, [179, 20, 2]);
  assert.deepEqual(sample(labels, 200, 1), rows);
  assert.notDeepEqual(sample(labels, 200, 2), rows);
  const many = makeExamples({ counts: [150, 150], size: 8, signal: 1, seed: 1 });
  const task = { labels: many.labels, classes: 2, seed: 1 };
  const choice = await chooseFeatures({ taps: { last: many.features }, ...task });
  assert.deepEqual([choice.method, choice.folds, choice.pictures], ["k-fold", 5, 200]);
  assert.match(choice.why, /the last layer: of 200 of 300 training pictures, left out in 5 rounds/);
  assert.equal(choice.heldOut?.probabilities.length, 400);
});

test("a class with a single picture leaves nothing to try: a fixed rule, and said so", async () => {
  const { features, labels } = makeExamples({ counts: [1, 5], size: 8, signal: 1, seed: 1 });
  const taps = { middle: features, last: features };
  const choice = await chooseFeatures({ taps, labels, classes: 2, seed: 1 });
  assert.deepEqual(choice.taps, ["middle", "last"]);
  assert.deepEqual([choice.method, choice.folds, choice.candidates.length], ["fixed", 0, 0]);
  assert.equal(choice.heldOut, null);
  assert.match(choice.why, /fixed rule, because a class has a single picture to learn from/);
});

test("what the visitor has decided is not tried", async () => {
  const asked = { sets: [["middle", "last"]], regularisations: [0.03] };
  const { candidates, taps, regularisation } = await chooseFeatures({
    taps: BOTH,
    ...TASK,
    ...asked,
  });
  assert.deepEqual([candidates.length, taps, regularisation], [1, ["middle", "last"], 0.03]);
});

test("it reports how far it is, can be stopped, and leaves no tensor", async () => {
  const before = memory().numTensors;
  /** @type {number[][]} */
  const steps = [];
  await chooseFeatures({ taps: BOTH, ...TASK }, (done, total) => steps.push([done, total]));
  assert.deepEqual(steps.at(-1), [192, 192]);
  const signal = { stopped: false };
  const choice = await chooseFeatures(
    { taps: BOTH, ...TASK },
    (done) => {
      signal.stopped = done === 5;
      assert.ok(done <= 5);
    },
    signal,
  );
  assert.equal(choice.method, "fixed");
  assert.match(choice.why, /because trying was stopped/);
  assert.equal(memory().numTensors, before);
});

test("a seed decides the choice", async () => {
  const task = { taps: BOTH, ...TASK };
  assert.deepEqual(await chooseFeatures(task), await chooseFeatures(task));
});

test("of equal accuracies the surer one is taken, of equal losses the smaller one", () => {
  const some = { regularisation: 1, accuracy: 0.9, loss: 0.3 };
  const two = { ...some, taps: ["middle", "last"] };
  const one = { ...some, taps: ["last"] };
  assert.equal(pickBest([two, one]), one);
  const surer = { ...two, loss: 0.2 };
  assert.equal(pickBest([one, surer]), surer);
  const better = { ...two, accuracy: 0.95, loss: 0.9 };
  assert.equal(pickBest([one, surer, better]), better);
});
