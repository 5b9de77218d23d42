/**
 * The predictor's worker: which models it takes, what is left of those that it refuses, and the
 * test images that it hands out.
 */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { memory } from "@tensorflow/tfjs-core";
import { loadLayersModel } from "@tensorflow/tfjs-layers";
import { pickRound } from "../../templates/predictor/samples.js";
import { METADATA, startWasm, topology } from "./made.js";
import { MANIFEST_URL, Served, imageOf, labelOf } from "./served.js";

/** @import { PredictorCompute } from "../../templates/predictor/worker.js" */

const URL = "https://site.example/models/made/model.json";
const BLANK = new Uint8Array(28 * 28);

/** @type {new () => PredictorCompute} */
let Compute;

before(async () => {
  await startWasm();
  // The module offers itself to a page as it loads; here is none.
  Object.assign(globalThis, { addEventListener: () => {} });
  ({ PredictorCompute: Compute } = await import("../../templates/predictor/worker.js"));
});

/** @param {unknown} metadata */
async function open(metadata) {
  const modelTopology = topology("codelab");
  return { model: await loadLayersModel({ load: async () => ({ modelTopology }) }), metadata };
}

test("a model answers once it is loaded, and another takes its place", async () => {
  const compute = new Compute();
  await assert.rejects(compute.predict("graph", BLANK), /The graph model has not been loaded/);
  const nothing = memory().numTensors;
  const { metadata } = await compute.load("graph", URL, () => open(METADATA));
  assert.deepEqual(metadata, METADATA);
  const one = memory().numTensors;
  assert.ok(one > nothing);
  await compute.load("graph", URL, () => open(METADATA));
  assert.equal(memory().numTensors, one, "the first one was given back");
  const { probabilities } = await compute.predict("graph", BLANK);
  assert.ok(Math.abs(probabilities.reduce((sum, value) => sum + value, 0) - 1) < 1e-5);
  compute.dispose();
  assert.equal(memory().numTensors, nothing);
});

/** @type {[string, unknown, RegExp][]} */
const REFUSED = [
  ["another version", { ...METADATA, version: 99 }, /has version 99 and this page reads version 1/],
  ["another format", { ...METADATA, format: "other" }, /no preprocessing that this page under/],
  ["no metadata", undefined, /no preprocessing that this page understands\. Build the site/],
  ["images of another size", { ...METADATA, input: { ...METADATA.input, width: 9 } }, /shape/],
];

for (const [what, metadata, sentence] of REFUSED) {
  test(`a model of ${what} is refused, leaves nothing behind, and the old one stays`, async () => {
    const compute = new Compute();
    const nothing = memory().numTensors;
    await assert.rejects(compute.load("graph", URL, () => open(metadata)), sentence);
    assert.equal(memory().numTensors, nothing);
    await compute.load("graph", URL, () => open(METADATA));
    const one = memory().numTensors;
    await assert.rejects(compute.load("graph", URL, () => open(metadata)), sentence);
    assert.equal(memory().numTensors, one);
    await compute.predict("graph", BLANK);
    compute.dispose();
  });
}

test("test images come by their number, and the first sheet's labels with it alone", async () => {
  const served = new Served({ test: 25 }).start();
  const compute = new Compute();
  const labels = await compute.firstLabels(MANIFEST_URL, "test");
  assert.deepEqual(labels, Array.from({ length: 10 }, (_, i) => labelOf(i)));
  assert.ok(!served.asked.includes("test-1.png"));
  const pixels = await compute.samples(MANIFEST_URL, "test", [3, 21]);
  assert.deepEqual([...pixels], [...imageOf(3, served.size), ...imageOf(21, served.size)]);
  assert.equal(served.asked.filter((name) => name === "manifest.json").length, 1);
});

test("a manifest that could not be fetched is asked for again", async () => {
  const served = new Served({ test: 5 }).start();
  const mend = served.damage("manifest.json", 503);
  const compute = new Compute();
  await assert.rejects(compute.firstLabels(MANIFEST_URL, "test"), /HTTP 503/);
  mend();
  assert.equal((await compute.firstLabels(MANIFEST_URL, "test")).length, 5);
});

test("rounds of samples show class after class, each image once before any comes again", () => {
  const byClass = [[0, 4, 8], [1, 5, 9], [], [3, 7, 11]];
  assert.deepEqual(pickRound(byClass, 3, 0), [0, 1, 3]);
  assert.deepEqual(pickRound(byClass, 3, 1), [4, 5, 7]);
  assert.deepEqual(pickRound(byClass, 2, 1), [3, 4], "more classes than fit go on in the next");
  assert.equal(new Set([0, 1, 2].flatMap((round) => pickRound(byClass, 3, round))).size, 9);
  assert.equal(pickRound([[5], [6]], 10, 0).length, 2, "not the same image twice");
  assert.deepEqual(pickRound([[], []], 10, 0), []);
});
