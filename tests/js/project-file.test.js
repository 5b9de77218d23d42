import assert from "node:assert/strict";
import { test } from "node:test";
import { readProject, writeProject } from "../../templates/transfer/project-file.js";

/** @import { TrainedHead } from "../../templates/transfer/project.js" */
/** @import { SavedProject } from "../../templates/transfer/project-file.js" */

/** @returns {SavedProject} */
function makeProject() {
  const pictures = ["happy", "sad"].map((label, i) => ({
    name: `${label}/1.jpg`,
    label,
    role: /** @type {const} */ ("train"),
    source: /** @type {const} */ ("folder"),
    hash: `hash ${i}`,
    jpeg: new Blob([`JPEG number ${i}`], { type: "image/jpeg" }),
  }));
  /** @type {TrainedHead} */
  const head = {
    kind: "linear",
    backbone: "efficientnet_lite0",
    taps: ["middle"],
    classes: ["happy", "sad"],
    size: 3,
    file: {
      topology: { class_name: "Sequential" },
      weights: [
        { name: "head/kernel", shape: [3, 2], dtype: "float32" },
        { name: "head/bias", shape: [2], dtype: "float32" },
      ],
      weightData: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8).buffer,
    },
    mean: Float32Array.of(0.5, 0.25, 0.125),
    settings: {
      kind: "linear",
      taps: "auto",
      regularisation: "auto",
      epochs: 10,
      learningRate: 1e-4,
      batchShare: 0.4,
      seed: 1,
    },
    choice: {
      taps: ["middle"],
      regularisation: 0.001,
      method: "leave-one-out",
      folds: 2,
      pictures: 2,
      candidates: [{ taps: ["middle"], regularisation: 0.001, accuracy: 1, loss: 0.25 }],
      why: "It looks at the middle layer.",
      heldOut: {
        probabilities: Float32Array.of(0.7, 0.3, 0.1, 0.9),
        indices: Int32Array.of(0, 1),
        labels: [0, 1],
      },
    },
    history: [{ epoch: 1, loss: 0.5, acc: 1 }],
    counts: { train: [1, 1], validation: [0, 0] },
    scores: { train: 1, validation: null, pixels: null },
    threshold: 0.6,
  };
  const taps = [{ tap: "middle", size: 3, rows: new Blob([Float32Array.of(1, 2, 3, 4, 5, 6)]) }];
  const [backbone, classes] = ["efficientnet_lite0", ["happy", "sad"]];
  return { backbone, classes, pictures, taps, head, stale: true };
}

test("a project comes back as it was", async () => {
  const project = makeProject();
  const opened = await readProject(await writeProject(project));
  assert.deepEqual(opened.head, project.head);
  assert.deepEqual(opened.classes, project.classes);
  assert.equal(opened.stale, true);
  const [{ tap, size, rows }] = opened.taps;
  assert.deepEqual([tap, size], ["middle", 3]);
  assert.deepEqual(new Float32Array(await rows.arrayBuffer()), Float32Array.of(1, 2, 3, 4, 5, 6));
  assert.deepEqual(
    await Promise.all(opened.pictures.map(({ jpeg }) => jpeg.text())),
    ["JPEG number 0", "JPEG number 1"],
  );
  assert.equal(opened.pictures[1].jpeg.type, "image/jpeg");
  assert.equal(opened.pictures[1].label, "sad");
});

test("a head alone comes without pictures", async () => {
  const { head, backbone, classes } = makeProject();
  const alone = { pictures: [], taps: [], stale: false };
  const file = await writeProject({ head, backbone, classes, ...alone });
  const opened = await readProject(file);
  assert.deepEqual(opened.head, head);
  assert.deepEqual(opened.pictures, []);
});

test("every cut is noticed", async () => {
  const file = await writeProject(makeProject());
  for (let length = 0; length < file.size; length += 7) {
    const words = /truncated|not a project file|has version \?/;
    await assert.rejects(readProject(file.slice(0, length)), words, `${length} bytes`);
  }
});

test("every changed byte of the content is noticed", async () => {
  const bytes = new Uint8Array(await (await writeProject(makeProject())).arrayBuffer());
  for (let at = bytes.length - 70; at < bytes.length; at += 3) {
    const changed = bytes.slice();
    changed[at] ^= 4;
    await assert.rejects(readProject(new Blob([changed])), /checksum of its content is wrong/);
  }
});

/**
 * A project file whose header was changed by hand, lengths as they must be.
 *
 * @param {string} found
 * @param {string} instead
 */
async function withHeader(found, instead) {
  const file = await writeProject(makeProject());
  const length = new DataView(await file.slice(8, 12).arrayBuffer()).getUint32(0, true);
  const header = await file.slice(12, 12 + length).text();
  assert.ok(header.includes(found), found);
  const json = new TextEncoder().encode(header.replace(found, instead));
  const size = new Uint8Array(4);
  new DataView(size.buffer).setUint32(0, json.length, true);
  return new Blob([file.slice(0, 8), size, json, file.slice(12 + length)]);
}

test("a header that does not fit is refused in words", async () => {
  /** @type {[string, string, RegExp][]} */
  const cases = [
    ['"format":"mlpages-project"', '"format":"other"', /does not hold a project/],
    ['"version":1', '"version":2', /has version 2 and this page reads version 1/],
    ['"label":"happy"', '"label":"angry"', /the list of pictures/],
    ['"bytes":13', '"bytes":-1', /the list of pictures/],
    ['"pictures":[', '"pictures":null,"others":[', /the list of pictures/],
    ['"tap":"middle","size":3', '"tap":"middle","size":1000000000', /how long its parts are/],
    ['"shape":[3,2]', '"shape":[4,2]', /the head/],
    ['"mean":3', '"mean":2', /the head/],
    ['"shape":[2]', '"shape":[3]', /the head/],
    ['"kind":"linear","backbone"', '"kind":"other","backbone"', /the head/],
    ['"kind":"linear","backbone":"e', '"kind":"linear","backbone":"m', /the head/],
    ['"classes":["happy","sad"],"size"', '"classes":["happy","so","sad"],"size"', /the head/],
    ['"scores":{"train":1', '"scores":{"train":"1"', /the head/],
    ['"threshold":0.6', '"threshold":6', /the head/],
    ['"loss":0.5', '"loss":null', /the head/],
    ['"why":"It', '"because":"It', /the head/],
    ['"labels":[0,1]', '"labels":[0,2]', /the head/],
    ['"labels":[0,1]', '"labels":[0]', /the head/],
    ['"stale":true', '"stale":0', /whether the head is up to date/],
    ['"source":"folder"', '"source":"elsewhere"', /the list of pictures/],
    ['"classes":["happy","sad"]', '"classes":["happy","happy"]', /the class names/],
    ['"classes":["happy","sad"]', '"classes":["happy",1]', /the class names/],
    ['"backbone":"efficientnet_lite0"', '"backbone":7', /the name of its backbone/],
    ["{", "[", /its header cannot be read/],
  ];
  for (const [found, instead, words] of cases) {
    await assert.rejects(readProject(await withHeader(found, instead)), words, instead);
  }
});

test("names that objects use themselves are names like others", async () => {
  const project = makeProject();
  const classes = ["__proto__", "constructor"];
  const pictures = project.pictures.map((picture, i) => ({ ...picture, label: classes[i] }));
  const head = project.head && { ...project.head, classes };
  const opened = await readProject(await writeProject({ ...project, classes, pictures, head }));
  assert.deepEqual(opened.head?.classes, classes);
  assert.deepEqual(opened.pictures.map(({ label }) => label), classes);
});

test("a key that would change all objects is dropped", async () => {
  const file = await withHeader('"stale":true', '"stale":true,"__proto__":{"stale":false}');
  assert.equal((await readProject(file)).stale, true);
  assert.equal(/** @type {{stale?: boolean}} */ ({}).stale, undefined);
});

test("a long file is hashed piece by piece, and every piece counts", async () => {
  const project = makeProject();
  const [first, second] = project.pictures;
  const long = { ...first, jpeg: new Blob([new Uint8Array(17 * 2 ** 20)], { type: "image/jpeg" }) };
  const file = await writeProject({ ...project, pictures: [long, second] });
  const { pictures } = await readProject(file);
  assert.equal(pictures[0].jpeg.size, 17 * 2 ** 20);
  assert.equal(await pictures[1].jpeg.text(), "JPEG number 1");
  for (const at of [1000, 16 * 2 ** 20 + 1000].map((from) => file.size - 17 * 2 ** 20 + from)) {
    const changed = new Blob([file.slice(0, at), new Uint8Array([9]), file.slice(at + 1)]);
    await assert.rejects(readProject(changed), /checksum of its content is wrong/);
  }
});
