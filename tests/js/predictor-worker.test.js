/** The predictor's worker: which models it takes, and what is left of those that it refuses. */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { memory } from "@tensorflow/tfjs-core";
import { loadLayersModel } from "@tensorflow/tfjs-layers";
import { METADATA, startWasm, topology } from "./made.js";

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
