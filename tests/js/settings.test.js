import assert from "node:assert/strict";
import { test } from "node:test";
import { formatDuration, formatLoss, formatPercent } from "../../templates/shared/words.js";
import { toPossible } from "../../templates/trainer/settings.js";

const IMAGES = { min: 5500, max: 55000, whole: true, otherwise: 6000 };

test("a possible number stays, without a note", () => {
  assert.deepEqual(toPossible("5500", IMAGES), { value: 5500, note: "" });
  assert.deepEqual(toPossible("54321", IMAGES), { value: 54321, note: "" });
});

test("a number beyond the limits is put on the limit, and a note says so", () => {
  assert.deepEqual(toPossible("60000", IMAGES), { value: 55000, note: "The most is 55,000." });
  assert.deepEqual(toPossible("-1", IMAGES), { value: 5500, note: "The least is 5,500." });
});

test("what is no number leaves the value as it was", () => {
  for (const text of ["", " ", "many", "NaN", "Infinity"]) {
    assert.deepEqual(toPossible(text, IMAGES), { value: 6000, note: "This must be a number." });
  }
});

test("counts are whole, learning rates need not be", () => {
  assert.deepEqual(toPossible("5500.4", IMAGES), { value: 5500, note: "Whole numbers only." });
  const rate = { min: 1e-6, max: 1, whole: false, otherwise: 0.001 };
  assert.deepEqual(toPossible("0.003", rate), { value: 0.003, note: "" });
  assert.deepEqual(toPossible("0", rate), { value: 1e-6, note: "The least is 0.000001." });
});

test("numbers carry units and few digits", () => {
  assert.equal(formatPercent(0.91249), "91.2%");
  assert.equal(formatLoss(0.00123), "0.0012");
  assert.equal(formatLoss(2.30258), "2.303");
  assert.equal(formatDuration(0.2), "1 s");
  assert.equal(formatDuration(125), "2 min 5 s");
  assert.equal(formatDuration(7800), "2 h 10 min");
});
