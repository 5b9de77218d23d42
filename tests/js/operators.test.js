/** Features as operators: few stand for many, and both ways to multiply agree. */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { memory } from "@tensorflow/tfjs-core";
import { leaveOut, makeFolds } from "../../templates/transfer/folds.js";
import { Features, cholesky, fewFeatures, gram } from "../../templates/transfer/operators.js";
import { startWasm } from "./made.js";
import { farthest, makeExamples } from "./made-features.js";

before(startWasm);

/** @param {number[]} counts */
const make = (counts) => makeExamples({ counts, size: 300, signal: 0.2, seed: 1 });

test("a triangle's rows have the products that it was made of, also where they depend", () => {
  // The third row is the sum of the first two, the fourth is nothing.
  const products = [4, 2, 6, 0, 2, 5, 7, 0, 6, 7, 13, 0, 0, 0, 0, 0];
  const rows = cholesky(products, 4);
  for (let i = 0; i < 4; i++) {
    for (let j = 0; j < 4; j++) {
      let product = 0;
      for (let k = 0; k < 4; k++) product += rows[i * 4 + k] * rows[j * 4 + k];
      assert.ok(Math.abs(product - products[i * 4 + j]) < 1e-12);
      if (j > i) assert.equal(rows[i * 4 + j], 0);
    }
  }
});

test("plain code and the backend give the same logits and gradients", () => {
  const { features } = make([6, 5]);
  const before = memory().numTensors;
  const products = gram(features);
  const plain = fewFeatures(products, 11, 3);
  const rows = Float32Array.from(cholesky(products, 11));
  const backend = new Features({ values: rows, count: 11, size: 11 });
  assert.notEqual(plain.constructor, backend.constructor);
  const wanted = Float64Array.from({ length: 33 }, (_, i) => Math.sin(i) / 100);
  for (const way of /** @type {const} */ (["forward", "backward"])) {
    const [a, b] = [plain[way](wanted, 3), backend[way](wanted, 3)];
    assert.ok(farthest(Float32Array.from(a), b) < 1e-4, way);
  }
  plain.dispose();
  backend.dispose();
  assert.equal(memory().numTensors, before);
});

test("many classes are left out on the backend, and stopping gives its tensors back", () => {
  const counts = new Array(10).fill(10);
  const { features, labels } = make(counts);
  const before = memory().numTensors;
  const settings = { classes: 10, regularisations: [1e-2] };
  const rounds = leaveOut(gram(features), labels, makeFolds(labels, 1), settings);
  rounds.next();
  assert.equal(memory().numTensors, before + 1);
  rounds.return([]);
  assert.equal(memory().numTensors, before);
});
