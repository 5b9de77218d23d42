/** @import { ModelFile } from "../../templates/shared/manifest.js" */
import assert from "node:assert/strict";
import { test } from "node:test";
import { readModelFile, writeModelFile } from "../../templates/shared/modelfile.js";

/** @returns {ModelFile} a model of two by three weights and two biases */
function small() {
  return {
    format: "mlpages-saved-model",
    version: 1,
    metadata: {
      format: "mlpages-model",
      version: 1,
      name: "small",
      classes: ["nought", "öne"],
      input: {
        height: 1,
        width: 3,
        channels: 1,
        scale: 1 / 255,
        offset: 0,
        colour: "grey",
        resize: "mnist",
      },
      data: { name: "made", title: "Made", licence: "CC0" },
      accuracy: { value: 0.5, images: 10, split: "test" },
      training: { epochs: 2 },
      converter: "none",
      licence: "CC0",
      weights: "float32",
    },
    topology: { class_name: "Sequential", config: { layers: [] } },
    weights: [
      { name: "dense/kernel", shape: [3, 2], dtype: "float32" },
      { name: "dense/bias", shape: [2], dtype: "float32" },
    ],
    weightData: new Float32Array([1, 2, 3, 4, 5, 6, 0.25, -0.5]).buffer,
    epochsTrained: 2,
  };
}

/** @param {ModelFile} file */
async function bytesOf(file) {
  return (await writeModelFile(file)).arrayBuffer();
}

/**
 * A file whose header was changed, with the length put right.
 *
 * @param {(header: Record<string, unknown>) => void} change
 */
async function withHeader(change) {
  const bytes = new Uint8Array(await bytesOf(small()));
  const length = new DataView(bytes.buffer).getUint32(8, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(12, 12 + length)));
  change(header);
  return assemble(JSON.stringify(header), bytes.subarray(12 + length));
}

/**
 * @param {string} header
 * @param {Uint8Array} weights
 */
function assemble(header, weights) {
  const text = new TextEncoder().encode(header);
  const out = new Uint8Array(12 + text.length + weights.length);
  out.set(new TextEncoder().encode("MLPAGES1"));
  new DataView(out.buffer).setUint32(8, text.length, true);
  out.set(text, 12);
  out.set(weights, 12 + text.length);
  return out.buffer;
}

test("a model comes back from its file as it was", async () => {
  assert.deepEqual(await readModelFile(await bytesOf(small())), small());
});

test("a file starts with its magic word and the length of its header", async () => {
  const bytes = await bytesOf(small());
  assert.equal(new TextDecoder().decode(bytes.slice(0, 8)), "MLPAGES1");
  const length = new DataView(bytes).getUint32(8, true);
  assert.equal(bytes.byteLength, 12 + length + small().weightData.byteLength);
});

test("every truncation is refused in words", async () => {
  const bytes = await bytesOf(small());
  for (let end = 8; end < bytes.byteLength; end++) {
    await assert.rejects(readModelFile(bytes.slice(0, end)), /truncated/, `cut at ${end}`);
  }
  for (let end = 0; end < 8; end++) {
    await assert.rejects(readModelFile(bytes.slice(0, end)), /not a model file|version/);
  }
});

test("bytes behind the end are refused", async () => {
  const longer = new Uint8Array([...new Uint8Array(await bytesOf(small())), 0, 0, 0, 0]);
  await assert.rejects(readModelFile(longer.buffer), /holds 36 bytes of content where 32 belong/);
});

test("another file is not taken for a model", async () => {
  const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13]);
  await assert.rejects(readModelFile(png.buffer), /This is not a model file.*\.mlpages/);
});

test("another version is named, in the magic word and in the header", async () => {
  const bytes = new Uint8Array(await bytesOf(small()));
  bytes[7] = "2".charCodeAt(0);
  await assert.rejects(readModelFile(bytes.buffer), /has version 2 and this page reads version 1/);
  const newer = await withHeader((header) => (header.version = 3));
  await assert.rejects(readModelFile(newer), /has version 3/);
});

test("a changed weight is found by its checksum", async () => {
  const bytes = new Uint8Array(await bytesOf(small()));
  bytes[bytes.length - 1] ^= 1;
  await assert.rejects(readModelFile(bytes.buffer), /the checksum of its content is wrong/);
});

test("weights that do not fill the layers are refused", async () => {
  const bytes = await withHeader((header) => {
    header.weights = [{ name: "dense/kernel", shape: [3, 3], dtype: "float32" }];
  });
  await assert.rejects(readModelFile(bytes), /its layers need 36 bytes of weights, it has 32/);
});

test("a header that is no JSON, or the wrong JSON, is refused", async () => {
  const weights = new Uint8Array(32);
  await assert.rejects(readModelFile(assemble("{", weights)), /its header cannot be read/);
  await assert.rejects(readModelFile(assemble("null", weights)), /not hold a model of this site/);
  await assert.rejects(readModelFile(assemble("[1]", weights)), /not hold a model of this site/);
});

test("each field that is missing or wrong is named", async () => {
  /** @type {[string, unknown, RegExp][]} */
  const cases = [
    ["topology", "layers", /the layers cannot be read/],
    ["metadata", null, /the metadata cannot be read/],
    ["metadata", {}, /the class names cannot be read/],
    ["metadata", { classes: [1, 2] }, /the class names cannot be read/],
    ["metadata", { ...small().metadata, input: { height: -1 } }, /the size and scale of its input/],
    ["weights", [{ name: "a", shape: [-1], dtype: "float32" }], /the list of weights/],
    ["weights", [{ name: "a", shape: [8], dtype: "string" }], /the list of weights/],
    ["weights", {}, /the list of weights/],
    ["epochsTrained", "two", /the number of epochs/],
  ];
  for (const [key, value, message] of cases) {
    const bytes = await withHeader((header) => (header[key] = value));
    await assert.rejects(readModelFile(bytes), message);
  }
});

test("a hostile header changes no prototype", async () => {
  const bytes = new Uint8Array(await bytesOf(small()));
  const length = new DataView(bytes.buffer).getUint32(8, true);
  const header = new TextDecoder().decode(bytes.subarray(12, 12 + length));
  const hostile = header
    .replace('"metadata":{', '"metadata":{"__proto__":{"polluted":true},')
    .replace("{", '{"__proto__":{"polluted":true},');
  assert.ok(hostile.split("__proto__").length === 3);
  const file = await readModelFile(assemble(hostile, bytes.subarray(12 + length)));
  assert.equal(Reflect.get({}, "polluted"), undefined);
  assert.equal(Reflect.get(Object.assign({}, file.metadata), "polluted"), undefined);
  assert.ok(!Object.hasOwn(file.metadata, "__proto__"));
});
