/** What is exported opens elsewhere, and says what it is. */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { tensor2d } from "@tensorflow/tfjs-core";
import { strFromU8, unzipSync } from "fflate/browser";
import { openLayersModel } from "../../templates/shared/layers-model.js";
import { exportLayers, exportPage } from "../../templates/transfer/export.js";
import { linearToLayers } from "../../templates/transfer/layers-file.js";
import { predictLinear } from "../../templates/transfer/linear.js";
import { readProject } from "../../templates/transfer/project-file.js";
import { startWasm } from "./made.js";

/**
 * @import { Tensor } from "@tensorflow/tfjs-core"
 * @import { TrainedHead } from "../../templates/transfer/project.js"
 * @import { Session } from "../../templates/transfer/session.js"
 */

const SITE = "https://someone.example/demos/";
const LINEAR = {
  kind: /** @type {const} */ ("linear"),
  size: 4,
  classes: 2,
  weights: Float32Array.of(1, -1, 0.5, 0.25, -2, 2, 0.125, 0),
  bias: Float32Array.of(0.5, -0.5),
  mean: Float32Array.of(1, 2, 3, 4),
};
const BACKBONE = {
  name: "one",
  title: "The one",
  licence: "Apache-2.0",
  size: 224,
  scale: 1 / 128,
  offset: -0.5,
  taps: {
    middle: { shape: [4, 4, 1], grid: 2, part: "first", output: "a" },
    last: { shape: [3], part: "last", output: "b" },
  },
  parts: { first: {}, last: {}, imagenet: {} },
};
/** Files of the site by their path, their content its own name. */
const FILES = ["assets/a.js", "models/one/first/w", "models/one/last/w", "models/two/first/w"];
const EXPORTED = {
  index: "<title>{{name}}</title><h1>{{name}}</h1>",
  files: Object.fromEntries(FILES.map((path) => [path, { url: `../${path}`, sha256: path }])),
  parts: { "one first": [FILES[1]], "one last": [FILES[2]], "two first": [FILES[3]] },
};

/** @type {TrainedHead} */
const HEAD = {
  kind: "linear",
  backbone: "one",
  taps: ["middle"],
  classes: ["red", "blue"],
  size: 4,
  file: linearToLayers(LINEAR),
  mean: LINEAR.mean,
  settings: {
    kind: "linear",
    taps: "auto",
    regularisation: "auto",
    epochs: 10,
    learningRate: 1e-4,
    batchShare: 0.4,
    seed: 1,
  },
  choice: null,
  history: [],
  counts: { train: [3, 4], validation: [2, 2] },
  scores: { train: 1, validation: 0.75, pixels: null },
  threshold: 0.6,
};

/** @param {Partial<TrainedHead> | null} change null for no head */
function makeSession(change = {}) {
  const session = {
    project: { head: change && { ...HEAD, ...change } },
    embedding: { backbone: BACKBONE },
    transfer: { exported: "exported.json" },
  };
  return /** @type {Session} */ (/** @type {unknown} */ (session));
}

/** @param {Blob} zip */
async function unzip(zip) {
  return unzipSync(new Uint8Array(await zip.arrayBuffer()));
}

/** @param {boolean} online */
function connect(online) {
  /** @param {string} url */
  const fetch = async (url) => {
    if (!online) throw new TypeError("Failed to fetch");
    const path = url.replace(SITE, "");
    return new Response(path === "teach/exported.json" ? JSON.stringify(EXPORTED) : path);
  };
  Object.assign(globalThis, { fetch, document: { baseURI: `${SITE}teach/` } });
}

before(startWasm);

test("the model opens as a layers model that gives the same probabilities", async () => {
  connect(true);
  const files = await unzip(await exportLayers(makeSession(), "mine"));
  assert.deepEqual(Object.keys(files), ["model.json", "weights.bin", "README.txt"]);
  const { modelTopology, weightsManifest } = JSON.parse(strFromU8(files["model.json"]));
  const [{ weights, paths }] = weightsManifest;
  const weightData = files[paths[0]].slice().buffer;
  const model = await openLayersModel({ topology: modelTopology, weights, weightData });
  const values = Float32Array.of(0, 1, 2, 3, 3, 1, -1, 0.5);
  const found = /** @type {Tensor} */ (model.predict(tensor2d(values, [2, 4])));
  const wanted = predictLinear(LINEAR, { values, count: 2, size: 4 });
  found.dataSync().forEach((share, i) => assert.ok(Math.abs(share - wanted[i]) < 1e-6));
});

test("the model says what it is fed with, and how good it was on what", async () => {
  connect(true);
  const files = await unzip(await exportLayers(makeSession(), "mine"));
  const { userDefinedMetadata } = JSON.parse(strFromU8(files["model.json"]));
  const { backbone, classes, taps, input, threshold, accuracy } = userDefinedMetadata;
  assert.deepEqual(classes, ["red", "blue"]);
  assert.deepEqual(backbone.files, { [FILES[1]]: FILES[1] }); // by path, its hash
  assert.deepEqual(taps, [{ name: "middle", ...BACKBONE.taps.middle }]);
  assert.deepEqual([input.scale, input.offset, input.resize], [1 / 128, -0.5, "centre-crop"]);
  assert.equal(threshold, 0.6);
  assert.deepEqual(accuracy, { value: 0.75, images: 4, split: "validation" });
  const words = strFromU8(files["README.txt"]);
  assert.match(words, /It learned from 7 pictures; 75\.0% of 4 others are right\./);
  assert.match(words, /Below 60\.0% its answer counts as "not sure"/);
  assert.match(words, /"middle" of its first part, 4 x 4 x 1, averaged onto 2 x 2 cells/);
});

test("without a connection the model is exported without the backbone's hashes", async () => {
  connect(false);
  const files = await unzip(await exportLayers(makeSession({ threshold: null }), "mine"));
  const { backbone } = JSON.parse(strFromU8(files["model.json"])).userDefinedMetadata;
  assert.deepEqual(backbone, { name: "one", licence: "Apache-2.0", files: {} });
});

test("the page takes the parts of its own backbone that its head asks for", async () => {
  connect(true);
  const first = await unzip(await exportPage(makeSession(), "mine"));
  const own = ["index.html", "head.mlpages-head", "README.txt", ".nojekyll"];
  assert.deepEqual(Object.keys(first).sort(), [FILES[0], FILES[1], ...own].sort());
  assert.equal(strFromU8(first[FILES[1]]), FILES[1]);
  const both = await unzip(await exportPage(makeSession({ taps: ["middle", "last"] }), "mine"));
  assert.deepEqual(Object.keys(both).sort(), [...FILES.slice(0, 3), ...own].sort());
  const { head } = await readProject(new Blob([first["head.mlpages-head"].slice()]));
  assert.deepEqual(head, HEAD);
});

test("any name is text on the page", async () => {
  connect(true);
  const files = await unzip(await exportPage(makeSession(), "<b> $& $' \"& {{name}}"));
  const name = "&lt;b&gt; $&amp; $&#39; &quot;&amp; {{name}}";
  assert.equal(strFromU8(files["index.html"]), `<title>${name}</title><h1>${name}</h1>`);
});

test("what cannot be exported says why", async () => {
  connect(true);
  await assert.rejects(exportLayers(makeSession(null), "mine"), /There is no head yet/);
  connect(false);
  await assert.rejects(exportPage(makeSession(), "mine"), /exported\.json could not be reached/);
});
