/** A linear head as a file that TF.js' layers open. */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { memory, tensor2d } from "@tensorflow/tfjs-core";
import { openLayersModel } from "../../templates/shared/layers-model.js";
import { layersToLinear, linearToLayers } from "../../templates/transfer/layers-file.js";
import { predictLinear, trainLinear } from "../../templates/transfer/linear.js";
import { startWasm } from "./made.js";
import { farthest, makeExamples } from "./made-features.js";

/** @import { Tensor } from "@tensorflow/tfjs-core" */

before(startWasm);

const EXAMPLES = makeExamples({ counts: [6, 6, 6], size: 1280, signal: 0.3, seed: 1 });
const TASK = { ...EXAMPLES, classes: 3, regularisation: 1e-4, epochs: 30 };

test("a head's file opens as a layers model that gives the same probabilities", async () => {
  const { head } = await trainLinear(TASK);
  const tensors = memory().numTensors;
  const model = await openLayersModel(linearToLayers(head));
  const xs = tensor2d(EXAMPLES.features.values, [18, 1280]);
  const answers = /** @type {Tensor} */ (model.predict(xs));
  const apart = farthest(predictLinear(head, EXAMPLES.features), answers.dataSync());
  assert.ok(apart < 1e-5, `${apart} apart`);
  assert.deepEqual(model.outputShape, [null, 3]);
  xs.dispose();
  answers.dispose();
  model.dispose();
  assert.equal(memory().numTensors, tensors);
});

test("a head comes out of its file as it went in", async () => {
  const { head } = await trainLinear(TASK);
  const { size, classes, weights, bias } = head;
  assert.deepEqual(layersToLinear(linearToLayers(head)), { size, classes, weights, bias });
});

test("weights of another size than named are refused in words", async () => {
  const file = linearToLayers((await trainLinear({ ...TASK, epochs: 1 })).head);
  for (const bytes of [0, 8, file.weightData.byteLength - 4]) {
    const cut = { ...file, weightData: file.weightData.slice(0, bytes) };
    assert.throws(() => layersToLinear(cut), /This head is damaged/);
  }
  assert.throws(() => layersToLinear({ ...file, weights: [] }), /This head is damaged/);
});
