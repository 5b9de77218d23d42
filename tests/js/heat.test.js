/** The heat map: its cells add up to what the head says. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../../templates/shared/random.js";
import {
  addHeats,
  contributions,
  heatOfGrid,
  heatOfMap,
} from "../../templates/transfer/heat.js";

const random = seededRandom(7);
const draw = (/** @type {number} */ length) =>
  Float32Array.from({ length }, () => random() * 2 - 1);
const sum = (/** @type {Iterable<number>} */ values) => [...values].reduce((a, b) => a + b, 0);

const GRID = { rows: 4, columns: 4, channels: 5 };
const MAP = { rows: 7, columns: 7, channels: 6 };
const SIZE = 80 + 6;
const HEAD = { classes: 3, weights: draw(SIZE * 3), mean: draw(SIZE) };
const map = draw(49 * 6);
const pooled = Float32Array.from({ length: 6 }, (_, c) =>
  sum(map.filter((_, i) => i % 6 === c)) / 49,
);
const features = Float32Array.of(...draw(80), ...pooled);

/**
 * The logit of a class beyond the mean of the others'.
 *
 * @param {Float32Array} row
 * @param {number} target
 */
function lead(row, target) {
  const logits = [0, 1, 2].map((c) => sum(row.map((x, j) => x * HEAD.weights[j * 3 + c])));
  const others = (sum(logits) - logits[target]) / 2;
  return logits[target] - others;
}

for (const target of [0, 1, 2]) {
  test(`cells add up to what speaks for class ${target}, beyond the average picture`, () => {
    const parts = contributions(HEAD, features, target);
    const grid = heatOfGrid(parts, 0, GRID);
    const last = heatOfMap(HEAD, map, 80, MAP, target);
    const both = addHeats([grid, last]);
    const expected = lead(features, target) - lead(HEAD.mean, target);
    assert.ok(Math.abs(sum(grid.values) + sum(last.values) - expected) < 1e-4);
    assert.ok(Math.abs(sum(both.values) - expected) < 1e-4);
    assert.ok(Math.abs(sum(last.values) - sum(parts.subarray(80))) < 1e-4);
  });
}

test("a cell's heat is that of its own features", () => {
  const head = { classes: 2, weights: new Float32Array(160), mean: new Float32Array(80) };
  const row = new Float32Array(80);
  const feature = (2 * 4 + 1) * 5 + 3; // row 2, column 1, channel 3
  head.weights.set([3, -1], feature * 2);
  row[feature] = 2;
  const { values } = heatOfGrid(contributions(head, row, 0), 0, GRID);
  assert.equal(values[2 * 4 + 1], 8);
  assert.equal(sum(values), 8);
  assert.equal(heatOfGrid(contributions(head, row, 1), 0, GRID).values[9], -8);
});

test("two heats are laid over each other on a grid that both fit into", () => {
  const four = { rows: 4, columns: 4, values: draw(16) };
  const seven = { rows: 7, columns: 7, values: new Float32Array(49) };
  seven.values[48] = 16;
  const both = addHeats([four, seven]);
  assert.deepEqual([both.rows, both.columns], [28, 28]);
  assert.ok(Math.abs(both.values[0] - four.values[0] / 49) < 1e-6);
  assert.ok(Math.abs(both.values[28 * 28 - 1] - four.values[15] / 49 - 1) < 1e-6);
});

test("with a single class nothing speaks against another", () => {
  const head = { classes: 1, weights: Float32Array.of(2), mean: Float32Array.of(1) };
  assert.deepEqual([...contributions(head, Float32Array.of(4), 0)], [6]);
});
