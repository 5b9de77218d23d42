/** Which networks the fused training step covers, and what it says of those that it does not. */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import * as layers from "@tensorflow/tfjs-layers";
import { planModel } from "../../templates/trainer/fused/plan.js";
import { startWasm, topology } from "./made.js";

const INPUT = { scale: 1 / 255, offset: 0 };
const inputShape = [12, 12, 1];
const { activation, conv2d, dense, dropout, flatten, maxPooling2d, reshape } = layers.layers;

before(startWasm);

const conv = (/** @type {object} */ changes = {}) =>
  conv2d({ inputShape, filters: 4, kernelSize: 3, activation: "relu", name: "conv", ...changes });
const pool = (/** @type {object} */ changes = {}) =>
  maxPooling2d({ poolSize: 2, name: "pool", ...changes });
const end = (/** @type {object} */ changes = {}) =>
  dense({ units: 3, activation: "softmax", name: "end", ...changes });

/** @param {layers.layers.Layer[]} list */
function plan(list) {
  const model = layers.sequential({ layers: list });
  const found = planModel(model, INPUT);
  model.dispose();
  return found;
}

test("the codelab network is two convolutions with their pooling, and a dense layer", async () => {
  const modelTopology = topology("codelab");
  const model = await layers.loadLayersModel({ load: async () => ({ modelTopology }) });
  const { steps } = planModel(model, INPUT);
  assert.deepEqual(
    steps?.map((step) => [step.kind, step.input, step.output, step.pool, step.activation]),
    [
      ["convolution", [28, 28, 1], [12, 12, 8], 2, "relu"],
      ["convolution", [12, 12, 8], [4, 4, 16], 2, "relu"],
      ["dense", [4, 4, 16], [1, 1, 10], 1, "softmax"],
    ],
  );
  assert.match(planModel(model, { scale: 1 / 127.5, offset: -1 }).why, /pixels are not 0 to 1/);
  model.dispose();
});

test("activations and dropout may be layers of their own", () => {
  const list = [
    conv({ activation: "linear" }),
    pool(),
    activation({ activation: "relu" }),
    dropout({ rate: 0.25 }),
    flatten(),
    end({ activation: "linear" }),
    activation({ activation: "softmax" }),
  ];
  const { steps } = plan(list);
  assert.deepEqual(
    steps?.map(({ activation, dropout }) => [activation, dropout]),
    [["relu", 0], ["softmax", 0.25]],
  );
});

/** @type {[() => layers.layers.Layer[], RegExp][]} */
const REFUSED = [
  [() => [conv({ strides: 2 }), flatten(), end()], /conv has strides/],
  [() => [conv({ dilationRate: 2 }), flatten(), end()], /conv has strides/],
  [() => [conv({ useBias: false }), flatten(), end()], /conv has no bias/],
  [() => [conv({ trainable: false }), flatten(), end()], /conv is frozen/],
  [() => [conv({ kernelRegularizer: "l1l2" }), flatten(), end()], /conv has a regulariser/],
  [() => [conv({ activation: "tanh" }), flatten(), end()], /conv has the activation tanh/],
  [() => [conv(), pool({ poolSize: 3 }), flatten(), end()], /pool has windows other than 2x2/],
  [() => [conv({ kernelSize: 2 }), pool({ padding: "same" }), flatten(), end()], /over the border/],
  [() => [maxPooling2d({ inputShape, name: "pool" }), flatten(), end()], /pool follows no conv/],
  [() => [conv(), dropout({ rate: 0.5 }), pool(), flatten(), end()], /pool follows a dropout/],
  [() => [conv(), end(), flatten()], /end is applied to each pixel/],
  [() => [conv(), reshape({ targetShape: [400], name: "row" }), end()], /layer row is a Reshape/],
  [() => [conv(), flatten(), end({ activation: "relu" })], /does not end with one softmax/],
  [() => [conv(), flatten(), end(), dense({ units: 3 })], /does not end with one softmax/],
];

for (const [make, why] of REFUSED) {
  test(`not covered: ${why.source}`, () => {
    const found = plan(make());
    assert.equal(found.steps, null);
    assert.match(found.why, why);
  });
}

test("not covered: a network that branches", () => {
  const image = layers.input({ shape: inputShape });
  const apply = (/** @type {layers.layers.Layer} */ layer, /** @type {unknown} */ from) =>
    /** @type {layers.SymbolicTensor} */ (layer.apply(/** @type {layers.SymbolicTensor} */ (from)));
  const one = apply(conv({ name: "one" }), image);
  const sum = apply(layers.layers.add(), [one, apply(conv({ name: "two" }), image)]);
  const outputs = apply(end(), apply(flatten(), sum));
  const model = layers.model({ inputs: image, outputs });
  assert.match(planModel(model, INPUT).why, /its layers are no chain/);
  model.dispose();
});
