/** Models that were made elsewhere: what is read of an export, what is refused and in which words. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, test } from "node:test";
import { engine, memory } from "@tensorflow/tfjs-core";
import { unzipSync, zipSync } from "fflate/browser";
import { OpenedModel } from "../../templates/transfer/opened-model.js";
import { readTeachable } from "../../templates/transfer/teachable.js";
import { startWasm } from "./made.js";

/** @typedef {Record<string, Uint8Array<ArrayBuffer>>} Contents by name */

const ZIP = new Uint8Array(readFileSync("tests/fixtures/teachable.zip"));
const GOOD = /** @type {Contents} */ (unzipSync(ZIP));
const PIXELS = 224 * 224 * 3;
const held = () => [memory().numTensors, engine().backend.numDataIds()];

/** @param {Contents} contents */
function loose(contents) {
  return Object.entries(contents).map(([name, bytes]) => {
    return { path: `my-model/${name}`, file: new File([bytes], name) };
  });
}

/** @param {Uint8Array} bytes */
function zipped(bytes) {
  const file = new File([new Uint8Array(bytes)], "tm.zip");
  return [{ path: file.name, file }];
}

/**
 * The export with another metadata.json or model.json.
 *
 * @param {"metadata.json" | "model.json"} name
 * @param {(content: Record<string, any>) => object} change
 * @returns {Contents}
 */
function changed(name, change) {
  const content = JSON.parse(new TextDecoder().decode(GOOD[name]));
  const bytes = new TextEncoder().encode(JSON.stringify(change(content)));
  return { ...GOOD, [name]: new Uint8Array(bytes) };
}

/** @param {object} change */
const metadata = (change) => changed("metadata.json", (old) => ({ ...old, ...change }));

/** @param {string} name */
function without(name) {
  const { [name]: _, ...rest } = GOOD;
  return rest;
}

before(startWasm);

test("a zip file and its loose files are the same model", async () => {
  const fromZip = await readTeachable(zipped(ZIP));
  assert.deepEqual(await readTeachable(loose({ ...GOOD, "._model.json": GOOD["model.json"] })), fromZip);
  assert.deepEqual(
    [fromZip.title, fromZip.classes, fromZip.size],
    ["tm-my-image-model", ["Cup", "Pen", "Nothing"], 24],
  );
  assert.equal(fromZip.parts.weightData.byteLength, 832);
});

test("what is no export of an image model is refused in one sentence", async () => {
  const graph = changed("model.json", () => ({ format: "graph-model", modelTopology: { node: [] } }));
  const half = { ...GOOD, "weights.bin": GOOD["weights.bin"].slice(0, 400) };
  const more = { ...GOOD, "weights.bin": new Uint8Array(900) };
  const broken = { ...GOOD, "model.json": GOOD["model.json"].slice(0, 99) };
  const weightless = changed("model.json", (old) => ({ ...old, weightsManifest: [{}] }));
  const keras = { "keras_model.h5": new Uint8Array(9), "labels.txt": new Uint8Array(9) };
  /** @type {[Contents, RegExp][]} */
  const cases = [
    [metadata({ packageName: "@teachablemachine/pose" }), /^This is a pose model of Teachable/],
    [metadata({ wordLabels: ["clap"] }), /^This is a sound model of Teachable Machine: this page/],
    [without("weights.bin"), /^weights\.bin is missing: open model\.json, metadata\.json and/],
    [without("metadata.json"), /^metadata\.json is missing/],
    [keras, /^model\.json is missing/],
    [half, /^weights\.bin has 400 bytes where 832 belong: it is truncated\./],
    [more, /^weights\.bin has 900 bytes where 832 belong: it is of another model\./],
    [graph, /^model\.json is a graph model: this page opens layers models/],
    [broken, /^model\.json is damaged: it is no JSON\./],
    [weightless, /^model\.json is damaged: its list of weights cannot be read\./],
    [changed("metadata.json", () => []), /^metadata\.json is damaged: it holds no object/],
    [metadata({ labels: [] }), /^metadata\.json names no classes \(labels\)/],
    [metadata({ labels: [1, 2, 3] }), /^metadata\.json names no classes \(labels\)/],
    [metadata({ imageSize: -4 }), /^metadata\.json has the imageSize -4, where a number of/],
  ];
  for (const [contents, words] of cases) {
    await assert.rejects(readTeachable(loose(contents)), { message: words });
    await assert.rejects(readTeachable(zipped(zipSync(contents))), { message: words });
  }
});

test("a zip file that is none, or promises too much, is refused before it is unpacked", async () => {
  const none = zipped(new Uint8Array(100));
  await assert.rejects(readTeachable(none), /^Error: tm\.zip is no zip file, or breaks off\./);
  const bomb = zipSync({ ...GOOD, "weights.bin": new Uint8Array(201e6) }, { level: 1 });
  await assert.rejects(readTeachable(zipped(bomb)), /^Error: tm\.zip holds more than 200 MB\./);
  const liar = zipSync({ ...GOOD, "weights.bin": new Uint8Array(1e6) });
  const view = new DataView(liar.buffer);
  const at = Array.from(liar.keys()).findLast((i) => {
    return i + 28 <= liar.length && view.getUint32(i, true) === 0x02014b50 &&
      view.getUint32(i + 24, true) === 1e6;
  });
  view.setUint32(/** @type {number} */ (at) + 24, 832, true);
  await assert.rejects(readTeachable(zipped(liar)), /^Error: tm\.zip is damaged at weights\.bin\./);
});

test("two models at once are refused", async () => {
  const twice = [...loose(GOOD), ...loose(GOOD)];
  await assert.rejects(readTeachable(twice), /two files named model\.json: open one model only/);
  const both = [...zipped(ZIP), ...loose(GOOD)];
  await assert.rejects(readTeachable(both), /Open tm\.zip alone: a zip file holds all of a model/);
});

test("it answers on WASM with probabilities, and leaves nothing behind", async () => {
  const before = held();
  const opened = await OpenedModel.open(await readTeachable(zipped(ZIP)));
  assert.equal(opened.size, 24);
  const open = held();
  const red = Uint8Array.from({ length: PIXELS }, (_, i) => [220, 60, 20][i % 3]);
  const answers = [red, new Uint8Array(PIXELS)].map((pixels) => opened.predict(pixels));
  for (const answer of answers) {
    assert.equal(answer.length, 3);
    assert.ok(Math.abs(answer.reduce((sum, value) => sum + value) - 1) < 1e-5);
  }
  assert.notDeepEqual(answers[0], answers[1]);
  assert.deepEqual(held(), open);
  opened.dispose();
  assert.deepEqual(held(), before);
});

test("a model that does not fit its metadata is refused, and leaves nothing behind", async () => {
  const infinite = new Uint8Array(new Float32Array(208).fill(Infinity).buffer);
  const unknown = changed("model.json", (old) => {
    old.modelTopology.config.layers[1].class_name = "Hologram";
    return old;
  });
  const vector = changed("model.json", (old) => {
    old.modelTopology.config.layers = [old.modelTopology.config.layers[1]];
    old.weightsManifest[0].weights = old.weightsManifest[0].weights.filter(
      (/** @type {{name: string}} */ { name }) => name.startsWith("dense"),
    );
    return old;
  });
  const { weights } = JSON.parse(new TextDecoder().decode(vector["model.json"])).weightsManifest[0];
  const bytes = weights.map((/** @type {{shape: number[]}} */ { shape }) => {
    return shape.reduce((product, side) => product * side, 4);
  });
  vector["weights.bin"] = new Uint8Array(
    bytes.reduce((/** @type {number} */ sum, /** @type {number} */ size) => sum + size),
  );
  /** @type {[Contents, RegExp][]} */
  const cases = [
    [metadata({ labels: ["Cup", "Pen"] }), /tells 3 classes apart and metadata\.json names 2 \(Cup/],
    [metadata({ imageSize: 96 }), /says pictures of 96 pixels a side and the model takes 24/],
    [{ ...GOOD, "weights.bin": infinite }, /answers to a grey picture add up to NaN/],
    [unknown, /TensorFlow\.js cannot build this model: .*Hologram/],
    [vector, /This model takes \[4\], and this page gives square colour pictures, \[224, 224, 3\]/],
  ];
  for (const [contents, words] of cases) {
    const before = held();
    await assert.rejects(OpenedModel.open(await readTeachable(loose(contents))), words);
    assert.deepEqual(held(), before, String(words));
  }
});
