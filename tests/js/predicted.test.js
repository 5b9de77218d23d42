import assert from "node:assert/strict";
import { test } from "node:test";
import { formatShare } from "../../templates/shared/words.js";
import { toCsv } from "../../templates/transfer/csv.js";
import {
  describeHeat,
  extremes,
  heatColours,
  placeOf,
} from "../../templates/transfer/heat-words.js";
import {
  answerTo,
  answered,
  filtered,
  predictedOf,
  sorted,
} from "../../templates/transfer/predicted.js";
import { mostConfused } from "../../templates/shared/confusion.js";

// Pictures 0 to 3 of classes 0, 0, 1, 1: right and sure, wrong and sure, right and unsure, wrong.
const ROWS = Float32Array.of(0.9, 0.1, 0.2, 0.8, 0.45, 0.55, 0.6, 0.4);
const ANSWERS = predictedOf(ROWS, [0, 0, 1, 1], 2);
const NAMES = ["b10", "b9", "a", "c"];

/** @param {{index: number}[]} answers */
const indices = (answers) => answers.map(({ index }) => index);

/** @param {Partial<Parameters<typeof filtered>[1]>} wanted */
const only = (wanted) => filtered(ANSWERS, { which: "all", cell: null, threshold: null, ...wanted });

test("wrong answers come first, of these the surest; of right ones the least sure", () => {
  const order = sorted(ANSWERS, "wrong", ({ index }) => NAMES[index]);
  assert.deepEqual(indices(order), [1, 3, 2, 0]);
});

test("the least sure first, and names in the order of their numbers", () => {
  assert.deepEqual(indices(sorted(ANSWERS, "least", () => "")), [2, 3, 1, 0]);
  const byName = sorted(ANSWERS, "name", ({ index }) => NAMES[index]);
  assert.deepEqual(indices(byName), [2, 1, 0, 3]);
});

test("wrong, right and unsure answers and those of a cell can be picked out", () => {
  assert.deepEqual(indices(only({ which: "wrong" })), [1, 3]);
  assert.deepEqual(indices(only({ which: "right" })), [0, 2]);
  assert.deepEqual(indices(only({ which: "unsure", threshold: 0.7 })), [2, 3]);
  assert.deepEqual(indices(only({ which: "unsure" })), []);
  assert.deepEqual(indices(only({ cell: { row: 1, column: 0 } })), [3]);
});

test("a higher threshold answers fewer pictures", () => {
  assert.deepEqual(answered(ANSWERS, null), { total: 4, given: 4, right: 2 });
  assert.deepEqual(answered(ANSWERS, 0.7), { total: 4, given: 2, right: 1 });
  assert.deepEqual(answered(ANSWERS, 0.95), { total: 4, given: 0, right: 0 });
});

test("of many classes the most confused ones are shown, in their own order", () => {
  const confusion = [
    [5, 0, 0],
    [0, 3, 2],
    [0, 0, 5],
  ];
  assert.deepEqual(mostConfused(confusion, 2), [1, 2]);
  assert.deepEqual(mostConfused(confusion, 9), [0, 1, 2]);
});

test("an answer below the threshold is not one, and says what it could be", () => {
  const classes = ["happy", "sad"];
  assert.deepEqual(answerTo([0.9, 0.1], classes, 0.8, formatShare), {
    best: 0,
    sure: true,
    name: "happy",
    sentence: "90.0% sure, else sad (10.0%)",
  });
  const unsure = answerTo([0.4, 0.6], classes, 0.8, formatShare);
  assert.equal(unsure.sure, false);
  assert.equal(unsure.name, "Not sure");
  assert.equal(
    unsure.sentence,
    "It could be sad (60.0%) or happy (40.0%). It answers from 80.0% on.",
  );
  assert.equal(answerTo([0.4, 0.6], classes, null, formatShare).name, "sad");
});

test("a heat map says where the strongest cells are", () => {
  const heat = { rows: 4, columns: 4, values: new Float32Array(16) };
  heat.values[0] = -2;
  heat.values[14] = 3;
  assert.deepEqual(extremes(heat), { most: 14, least: 0 });
  assert.equal(
    describeHeat(heat, "happy"),
    "What spoke most for happy is at the bottom (row 4, column 3 of 4 × 4). " +
      "Most against it: at the top left (row 1, column 1 of 4 × 4).",
  );
  heat.values.fill(-1);
  assert.match(describeHeat(heat, "happy"), /^Nothing in the picture spoke for happy\. Most ag/);
});

test("places have names", () => {
  const grid = { rows: 3, columns: 3 };
  const names = [0, 1, 3, 4, 5, 7, 8].map((cell) => placeOf(cell, grid));
  assert.deepEqual(names, [
    "at the top left",
    "at the top",
    "on the left",
    "in the middle",
    "on the right",
    "at the bottom",
    "at the bottom right",
  ]);
});

test("the strongest cell is the clearest, and both signs have their colour", () => {
  const values = Float32Array.of(2, -1, 0, 0);
  const colours = heatColours({ rows: 2, columns: 2, values });
  assert.ok(colours[0] > colours[2], "for is warm");
  assert.ok(colours[4] < colours[6], "against is cold");
  assert.ok(Math.abs(colours[3] - 2 * colours[7]) <= 1);
  assert.equal(colours[11], 0);
});

test("commas, quotes and would-be formulas stay one cell of text", () => {
  const csv = toCsv([
    ["a,b", 'say "hi"', 0.5],
    ["=SUM(A1)", "-dash.jpg", -1],
  ]);
  assert.equal(csv, '"a,b","say ""hi""",0.5\r\n\'=SUM(A1),\'-dash.jpg,-1\r\n');
});
