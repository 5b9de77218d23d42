/** Orders and batches. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { balancedBatches, byClass, pickRows, shuffled } from "../../templates/transfer/batches.js";

const LABELS = [0, 0, 0, 0, 0, 0, 0, 1, 1, 2];

test("every class is in an epoch equally often, every picture at least once", () => {
  const rows = [...balancedBatches(LABELS, 4, 1)].flat();
  const counts = [0, 1, 2].map((label) => rows.filter((row) => LABELS[row] === label).length);
  assert.deepEqual(counts, [7, 7, 7]);
  assert.equal(new Set(rows).size, LABELS.length);
});

test("every batch is balanced, as far as its size allows", () => {
  for (const batch of balancedBatches(LABELS, 6, 3)) {
    const counts = [0, 1, 2].map((label) => batch.filter((row) => LABELS[row] === label).length);
    assert.ok(Math.max(...counts) - Math.min(...counts) <= 1, `${counts}`);
  }
});

test("batches have the size asked for, but for the last one", () => {
  assert.deepEqual([...balancedBatches(LABELS, 8, 1)].map(({ length }) => length), [8, 8, 5]);
});

test("a seed decides the order", () => {
  const [a, b, c] = [1, 1, 2].map((seed) => [...balancedBatches(LABELS, 4, seed)]);
  assert.deepEqual(a, b);
  assert.notDeepEqual(a, c);
  assert.deepEqual(shuffled(9, 5).sort(), [0, 1, 2, 3, 4, 5, 6, 7, 8]);
});

test("rows are sorted by class, classes without pictures left out", () => {
  assert.deepEqual(byClass([3, 0, 2, 1], [5, 1, 1, 5]), [[2, 1], [3, 0]]);
});

test("rows are picked in the order asked for", () => {
  const matrix = { values: Float32Array.of(1, 2, 3, 4, 5, 6), count: 3, size: 2 };
  const { values, count, size } = pickRows(matrix, [2, 0]);
  assert.deepEqual([[...values], count, size], [[5, 6, 1, 2], 2, 2]);
});
