/** When to say "not sure". */
import assert from "node:assert/strict";
import { test } from "node:test";
import { chooseThreshold, coverageCurve, isUnsure } from "../../templates/transfer/unsure.js";

const NAMES = ["no", "yes"];
/** How sure of "yes" it was, and whether that was so. @type {[number, number][]} */
const ANSWERS = [[0.55, 0], [0.625, 1], [0.75, 0], [0.75, 1], [0.875, 1], [1, 1]];
const CURVE = coverageCurve(
  Float32Array.from(ANSWERS.flatMap(([yes]) => [1 - yes, yes])),
  ANSWERS.map(([, label]) => label),
  NAMES,
);

test("the curve says how many are answered and how many of these are right", () => {
  assert.deepEqual(
    CURVE.map(({ threshold, coverage, accuracy }) => [
      threshold,
      Math.round(coverage * 6),
      Math.round(accuracy * coverage * 6),
    ]),
    [[0, 6, 4], [0.625, 5, 4], [0.75, 4, 3], [0.875, 2, 2], [1, 1, 1]],
  );
});

test("the threshold is the lowest that makes enough of the answers right", () => {
  const found = chooseThreshold(CURVE, 0.8);
  assert.deepEqual([found.threshold, found.reached], [0.625, true]);
  assert.equal(chooseThreshold(CURVE).threshold, 0.875);
  assert.equal(chooseThreshold(CURVE, 0.5).threshold, 0);
});

test("where no threshold suffices, the one with the best answers is taken and said so", () => {
  const wrong = coverageCurve(Float32Array.of(0.25, 0.75, 0.125, 0.875), [1, 0], NAMES);
  const { threshold, accuracy, reached } = chooseThreshold(wrong);
  assert.deepEqual([threshold, accuracy, reached], [0, 0.5, false]);
});

test("an answer counts at the threshold itself, and always without one", () => {
  assert.equal(isUnsure([0.25, 0.75], 0.75), false);
  assert.equal(isUnsure([0.3, 0.7], 0.75), true);
  assert.equal(isUnsure([0.5, 0.5], null), false);
});
