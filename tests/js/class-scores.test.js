/** What the trainer's page says of many classes. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { mostConfused } from "../../templates/shared/confusion.js";
import { worstFirst } from "../../templates/trainer/class-scores.js";
import { whyUnfit } from "../../templates/trainer/keep.js";
import { metadataFor } from "../../templates/trainer/metadata.js";
import { mistakeKinds } from "../../templates/trainer/mistake-kinds.js";

/** @import { Manifest } from "../../templates/shared/manifest.js" */
/** @type {Manifest} */
const manifest = JSON.parse(readFileSync("tests/fixtures/manifest.json", "utf8"));
const CHOICES = {
  architecture: "codelab",
  trainImages: 10,
  validationImages: 10,
  batchSize: 10,
  epochs: 1,
  learningRate: 0.001,
  seed: 1,
};
const CONFUSION = [
  [5, 0, 2],
  [0, 9, 0],
  [4, 1, 3],
];

test("the worst classes come first, the better tested of equals, and untested ones last", () => {
  const scores = [
    { name: "a", right: 9, total: 10 },
    { name: "b", right: 0, total: 0 },
    { name: "c", right: 1, total: 2 },
    { name: "d", right: 5, total: 10 },
    { name: "e", right: 2, total: 2 },
  ];
  assert.deepEqual(worstFirst(scores), [3, 2, 0, 4, 1]);
});

test("kinds of mistakes are told by their number, and what is right is none", () => {
  assert.deepEqual(mistakeKinds(CONFUSION), [
    { label: 2, predicted: 0, count: 4 },
    { label: 0, predicted: 2, count: 2 },
    { label: 2, predicted: 1, count: 1 },
  ]);
  assert.deepEqual(mistakeKinds([[3]]), []);
});

test("a matrix of limited size shows the classes with most mistakes, in their own order", () => {
  assert.deepEqual(mostConfused(CONFUSION, 2), [0, 2]);
  assert.deepEqual(mostConfused(CONFUSION, 9), [0, 1, 2]);
});

test("a model of other classes is refused in a sentence that names no more than ten", () => {
  const classes = Array.from({ length: 300 }, (_, i) => `class ${i}`);
  const metadata = metadataFor({ slug: "mine" }, { ...manifest, classes }, CHOICES);
  assert.equal(whyUnfit(metadata, { ...manifest, classes }), "");
  const why = whyUnfit(metadata, { ...manifest, classes: classes.toReversed() });
  assert.match(why, /^mine tells apart class 0, class 1, .*class 9 and 290 more; .* class 298, /);
  assert.ok(why.length < 300, why);
});

test("only drawings are prepared as MNIST's are", () => {
  for (const drawn of [true, false]) {
    const { input } = metadataFor({ slug: "mine" }, { ...manifest, drawn }, CHOICES);
    assert.equal(input.resize, drawn ? "mnist" : "centre-crop");
  }
});
