/** How good answers are, against sums done by hand. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { chance, evaluate, likeliest, majority } from "../../templates/transfer/scores.js";

const NAMES = ["cat", "dog", "owl"];
const ANSWERS = Float32Array.of(0.5, 0.25, 0.25, 0.125, 0.25, 0.625, 0.25, 0.5, 0.25, 0, 0.5, 0.5);
const LABELS = [0, 1, 1, 2];

test("scores count what is right, by class and in a table of true and predicted", () => {
  const scores = evaluate(ANSWERS, LABELS, NAMES);
  assert.deepEqual([scores.count, scores.accuracy], [4, 0.5]);
  assert.deepEqual(scores.predicted, [0, 2, 1, 1]);
  assert.deepEqual(scores.probability, [0.5, 0.625, 0.5, 0.5]);
  assert.deepEqual(scores.confusion, [[1, 0, 0], [0, 1, 1], [0, 1, 0]]);
  assert.deepEqual(scores.perClass, [
    { name: "cat", right: 1, total: 1 },
    { name: "dog", right: 1, total: 2 },
    { name: "owl", right: 0, total: 1 },
  ]);
  const mean = -(Math.log(0.5) + Math.log(0.25) + 2 * Math.log(0.5)) / 4;
  assert.ok(Math.abs(scores.loss - mean) < 1e-9);
});

test("a wrong answer that was certain makes a large loss, not an endless one", () => {
  assert.ok(evaluate(Float32Array.of(1, 0), [1], ["a", "b"]).loss < 30);
});

test("no pictures have no score", () => {
  const scores = evaluate(new Float32Array(0), [], NAMES);
  assert.deepEqual([scores.count, scores.accuracy, scores.loss], [0, 0, 0]);
});

test("of equal probabilities the first class is the answer", () => {
  assert.equal(likeliest([0.2, 0.4, 0.4]), 1);
});

test("chance and the commonest class are what a score is compared with", () => {
  assert.equal(chance(["a", "b", "c", "d"]), 0.25);
  assert.equal(majority([1, 1, 0, 1], ["a", "b"]), 0.75);
  assert.equal(majority([], ["a", "b"]), 0);
});
