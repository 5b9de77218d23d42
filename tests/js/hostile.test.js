/**
 * Whatever the bytes, a reader returns or throws one sentence: mutations of whole files, and bytes
 * at random, from a seed. Kept below: what was found so, and what other programs fell for.
 *
 * @typedef {(bytes: Uint8Array<ArrayBuffer>) => unknown} Read
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { zipSync } from "fflate/browser";
import { frame } from "../../templates/shared/framed.js";
import { checkManifest } from "../../templates/shared/manifest.js";
import { readModelFile, writeModelFile } from "../../templates/shared/modelfile.js";
import { readPng } from "../../templates/shared/png.js";
import { toCsv } from "../../templates/transfer/csv.js";
import { kindOf } from "../../templates/transfer/kinds.js";
import { detectLayout } from "../../templates/transfer/layouts.js";
import { readProject, writeProject } from "../../templates/transfer/project-file.js";
import { readLabels } from "../../templates/transfer/tables.js";
import { readTeachable } from "../../templates/transfer/teachable.js";
import { unzip } from "../../templates/transfer/zip.js";
import { METADATA } from "./made.js";
import { makePng } from "./make-png.js";

const RUNS = { seed: 5, numRuns: 400 };
const ZIP = new Uint8Array(readFileSync("tests/fixtures/teachable.zip"));
const MANIFEST = readFileSync("tests/fixtures/manifest.json");
const PATHS = ["a/1.jpg", "b/2.jpg", "c.png"];

/** @param {string} text */
const encode = (text) => new Uint8Array(new TextEncoder().encode(text));

/** @param {Blob} blob */
const bytesOf = async (blob) => new Uint8Array(await blob.arrayBuffer());

/** @param {Uint8Array<ArrayBuffer>} bytes @param {string} [name] */
const asFile = (bytes, name = "x.zip") => ({ path: name, file: new File([bytes], name) });

function makeModel() {
  return writeModelFile({
    format: "mlpages-saved-model",
    version: 1,
    metadata: METADATA,
    topology: { class_name: "Sequential" },
    weights: [{ name: "kernel", shape: [1, 2], dtype: "float32" }],
    weightData: new Float32Array(2).buffer,
    epochsTrained: 1,
  });
}

/** @param {Partial<Parameters<typeof writeProject>[0]>} change */
function makeProject(change = {}) {
  const jpeg = new Blob(["a JPEG"]);
  const [role, source] = /** @type {const} */ (["train", "folder"]);
  return writeProject({
    backbone: "lite",
    classes: ["cat", "dog"],
    pictures: [{ name: "1.jpg", label: "cat", role, source, hash: "0", jpeg }],
    taps: [{ tap: "middle", size: 2, rows: new Blob([new Float32Array(2)]) }],
    head: null,
    stale: false,
    ...change,
  });
}

/** @type {Record<string, {seeds: Uint8Array<ArrayBuffer>[], read: Read}>} */
const READERS = {
  png: { seeds: [makePng(3, 2, 0, Uint8Array.of(1, 2, 3, 4, 4, 5, 6, 7))], read: readPng },
  "model file": {
    seeds: [await bytesOf(await makeModel())],
    read: (bytes) => readModelFile(bytes.slice().buffer),
  },
  project: {
    seeds: [await bytesOf(await makeProject())],
    read: (bytes) => readProject(new Blob([bytes])),
  },
  "teachable zip": { seeds: [ZIP], read: (bytes) => readTeachable([asFile(bytes)]) },
  zip: {
    seeds: [ZIP, new Uint8Array(zipSync({ "a/b.txt": encode("text") }, { level: 0 }))],
    read: (bytes) => unzip(new Blob([bytes]), () => true),
  },
  manifest: { seeds: [new Uint8Array(MANIFEST)], read: (bytes) => readManifest(bytes) },
  table: {
    seeds: [
      encode("\0file,label\na/1.jpg,cat\n2.jpg,\"dog, 2\"\n"),
      encode('\x01{"a/1.jpg": "cat", "c.png": "dog"}'),
      encode('\x01[{"file": "a/1.jpg", "label": 1}, {"file": "c.png", "label": "dog"}]'),
    ],
    read: (bytes) => {
      const name = bytes[0] % 2 ? "labels.json" : "labels.csv";
      return readLabels(name, new TextDecoder().decode(bytes.subarray(1)), PATHS);
    },
  },
  picture: {
    seeds: [
      new Uint8Array(Buffer.from("ffd8ffe000104a46494600ffc0000b0800100010010111", "hex")),
      new Uint8Array(Buffer.from("0000001c6674797061766966ispe".replace("ispe", "69737065"), "hex")),
    ],
    read: (bytes) => kindOf(bytes),
  },
};

/** @param {Uint8Array} bytes */
function readManifest(bytes) {
  let json = null;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    // What fetches it says so.
  }
  return checkManifest(json, "data/manifest.json", "rows");
}

/**
 * What a reader may do: return, or throw one sentence. Other errors are its own mistakes.
 *
 * @param {Read} read
 * @param {Uint8Array<ArrayBuffer>} bytes
 */
async function ask(read, bytes) {
  try {
    await read(bytes);
    return "";
  } catch (error) {
    assert.equal(/** @type {Error} */ (error).constructor, Error, String(error));
    const { message } = /** @type {Error} */ (error);
    assert.match(message, /^\S.*\S$/s);
    assert.doesNotMatch(message, /undefined|NaN|\[object/);
    return message;
  }
}

/** @param {Uint8Array<ArrayBuffer>[]} seeds */
function mutated(seeds) {
  const edit = fc.tuple(
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.nat(6),
    fc.oneof(
      fc.uint8Array({ maxLength: 6 }),
      fc.constantFrom(encode("9".repeat(20)), encode("null"), encode("[]"), encode("-1")),
      fc.constantFrom(new Uint8Array(4), new Uint8Array(4).fill(255)),
    ),
  );
  return fc.tuple(fc.constantFrom(...seeds), fc.array(edit, { maxLength: 5 })).map(apply);
}

/** @param {[Uint8Array<ArrayBuffer>, [number, number, Uint8Array][]]} change */
function apply([bytes, edits]) {
  for (const [place, taken, put] of edits) {
    const at = Math.floor(place * bytes.length);
    bytes = Uint8Array.of(...bytes.slice(0, at), ...put, ...bytes.slice(at + taken));
  }
  return bytes;
}

for (const [name, { seeds, read }] of Object.entries(READERS)) {
  test(`${name}: whole files are read`, async () => {
    for (const seed of seeds) assert.equal(await ask(read, seed), "");
  });

  test(`${name}: other bytes are refused in a sentence`, { timeout: 120_000 }, async () => {
    const bytes = fc.oneof(
      { arbitrary: mutated(seeds), weight: 4 },
      { arbitrary: fc.uint8Array({ maxLength: 200 }), weight: 1 },
    );
    const property = fc.asyncProperty(bytes, async (bytes) => {
      await ask(read, new Uint8Array(bytes));
    });
    await fc.assert(property, RUNS);
  });
}

test("JSON of any shape in place of a manifest or a header is refused", async () => {
  const { name, ...rest } = JSON.parse(String(MANIFEST));
  const key = fc.constantFrom("name", ...Object.keys(rest), "height", "train", "sheets", "labels");
  const property = fc.asyncProperty(key, fc.jsonValue({ maxDepth: 3 }), async (key, value) => {
    const swapped = JSON.stringify({ name, ...rest }, (k, old) => (k === key ? value : old));
    await ask(readManifest, encode(swapped));
    const model = await frame(
      { magic: "MLPAGES", version: 1, what: "model file", ending: ".mlpages" },
      { format: "mlpages-saved-model", version: 1, metadata: value, weights: value, [key]: value },
      [],
    );
    await ask((bytes) => readModelFile(bytes.slice().buffer), await bytesOf(model));
    const changed = /** @type {any} */ ({ stale: value, backbone: value });
    await ask((bytes) => readProject(new Blob([bytes])), await bytesOf(await makeProject(changed)));
  });
  await fc.assert(property, { ...RUNS, numRuns: 200 });
});

test("keys that mean something to JavaScript change nothing", async () => {
  const classes = ["__proto__", "constructor", "toString"];
  const project = await readProject(await makeProject({ classes, pictures: [], taps: [] }));
  assert.deepEqual(project.classes, classes);
  const header = '{"__proto__": {"polluted": true}, "constructor": {"prototype": {"polluted": 1}}}';
  const prelude = Uint8Array.of(...encode("MLPROJT1"), header.length, 0, 0, 0);
  await ask((bytes) => readProject(new Blob([bytes])), Uint8Array.of(...prelude, ...encode(header)));
  const rows = '[{"file": "a/1.jpg", "__proto__": "x"}, {"file": "c.png", "constructor": "dog"}]';
  const { labels } = readLabels("labels.json", rows, PATHS);
  assert.ok(![...labels.values()].some((label) => label.includes("function")), "nothing inherited");
  assert.equal(/** @type {any} */ ({}).polluted, undefined);
});

test("classes may be called like what objects have", async () => {
  const names = ["__proto__", "constructor", "toString", "hasOwnProperty"];
  const files = names.flatMap((name) => {
    return [1, 2].map((i) => asFile(encode("x"), `${name}/${i}.jpg`));
  });
  const { classes } = await detectLayout(files, "train");
  assert.deepEqual(classes.map(([name]) => name).sort(), [...names].sort());
  assert.deepEqual(classes.map(([, count]) => count), [2, 2, 2, 2]);
});

test("a small PNG that holds a thousand times what it promises is refused unopened", async () => {
  const bomb = makePng(3, 2, 0, new Uint8Array(50_000_000));
  assert.ok(bomb.length < 100_000);
  assert.equal(await ask(readPng, bomb), "its compressed data is damaged");
  const wide = makePng(2 ** 31, 2 ** 31, 0, new Uint8Array(8));
  assert.match(await ask(readPng, wide), /holds 8 bytes where \d+ belong/);
});

test("a table is read in a time that grows with its bytes", { timeout: 20_000 }, () => {
  const wide = `file,label${",x".repeat(100_000)}\n${"a/1.jpg,cat\n".repeat(100_000)}`;
  assert.equal(readLabels("labels.csv", wide, PATHS).labels.get("a/1.jpg"), "cat");
  const deep = `file,label\n${"a/".repeat(60_000)}1.jpg,cat\n`;
  assert.equal(readLabels("labels.csv", deep, PATHS).labels.size, 0);
  const items = Array.from({ length: 20_000 }, (_, i) => ({ file: "a/1.jpg", [`key${i}`]: 1 }));
  readLabels("labels.json", JSON.stringify(items), PATHS);
});

test("a zip whose directory lies is refused", async () => {
  const zip = zipSync({ "a.bin": new Uint8Array(1_000_000) });
  const directory = Buffer.from(zip).lastIndexOf("PK\x01\x02", undefined, "latin1");
  const view = new DataView(zip.buffer, directory);
  view.setUint32(24, 10, true); // its size unpacked
  const less = await ask((bytes) => unzip(new Blob([bytes]), () => true), new Uint8Array(zip));
  assert.equal(less, "is damaged at a.bin");
  view.setUint32(24, 2 ** 31, true);
  const more = await ask((bytes) => unzip(new Blob([bytes]), () => true), new Uint8Array(zip));
  assert.equal(more, "holds more than 1,000 MB");
});

test("no cell of a table that is downloaded is a formula", () => {
  const cells = ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", '=HYPERLINK("x")', "plain"];
  const first = toCsv(cells.map((cell) => [cell])).split("\r\n");
  for (const line of first) assert.doesNotMatch(line, /^"?[=+\-@\t\r]/);
});
