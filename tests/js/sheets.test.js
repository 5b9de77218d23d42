/** Sheets as they arrive: in order, no more than asked for, checked, and after a failure again. */
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { Sheets } from "../../templates/shared/sheets.js";
import { imageOf, labelOf, MANIFEST_URL, Served } from "./served.js";

const ORIGINAL = globalThis.fetch;
/** For tests that might wait for ever; no machine is this slow. */
const PATIENT = { timeout: 120_000 };
afterEach(() => {
  globalThis.fetch = ORIGINAL;
});

/** @param {Served} served */
const open = (served) => {
  served.start();
  return Sheets.open(MANIFEST_URL);
};
/** @param {Sheets} sheets @param {number} count @param {number} from */
const expected = (sheets, count, from = 0) =>
  Array.from({ length: count }, (_, i) => [...imageOf(from + i, sheets.size)]).flat();

test("every image and label is where the manifest says", async () => {
  const sheets = await open(new Served({ train: 25, validation: 3, test: 12 }));
  for (const [split, count] of /** @type {const} */ ([["train", 25], ["test", 12]])) {
    await sheets.load(split, count);
    assert.deepEqual([...sheets.pixels(split)], expected(sheets, count));
    assert.deepEqual([...sheets.labels(split)], Array.from({ length: count }, (_, i) => labelOf(i)));
  }
  assert.deepEqual([...sheets.images("train", [24, 3])], [
    ...imageOf(24, sheets.size),
    ...imageOf(3, sheets.size),
  ]);
});

test("labels of many classes are read as whole uint16 values", async () => {
  const served = new Served({ train: 5 }, { dtype: "uint16" });
  const values = Uint16Array.from([0, 1, 300, 511, 65_535]);
  const entry = served.put("train-labels", new Uint8Array(values.buffer));
  Object.assign(served.manifest.splits.train.labels, entry);
  served.start();
  const sheets = new Sheets(served.manifest, MANIFEST_URL);
  await sheets.load("train", 5);
  assert.deepEqual(sheets.labels("train"), values);
});

test("nothing is fetched before somebody asks, and no more sheets than asked for", async () => {
  const served = new Served({ train: 100 });
  const sheets = await open(served);
  assert.deepEqual(served.asked, ["manifest.json"]);
  await sheets.load("train", 21);
  assert.deepEqual(served.asked.slice(1), [
    "train-labels",
    "train-0.png",
    "train-1.png",
    "train-2.png",
  ]);
  assert.equal(sheets.ready("train"), 30);
});

test("a second load goes on where the first ended", async () => {
  const served = new Served({ train: 100 });
  const sheets = await open(served);
  await sheets.load("train", 10);
  await sheets.load("train", 35);
  await sheets.load("train", 20);
  assert.deepEqual(served.asked.slice(1), [
    "train-labels",
    "train-0.png",
    "train-1.png",
    "train-2.png",
    "train-3.png",
  ]);
  assert.deepEqual([...sheets.pixels("train").subarray(0, 35 * sheets.size)], expected(sheets, 35));
});

test("more can be asked for while the first sheets are under way", async () => {
  const served = new Served({ train: 100 });
  const sheets = await open(served);
  await Promise.all([5, 50, 35].map((count) => sheets.load("train", count)));
  assert.equal(sheets.ready("train"), 50);
  assert.equal(served.asked.length, 7, "manifest, labels, five sheets, each once");
});

test("a load of more than there is resolves with all there is", async () => {
  const sheets = await open(new Served({ train: 15 }));
  await sheets.load("train", 1_000);
  assert.equal(sheets.ready("train"), 15);
  await sheets.load("validation", 5);
  assert.equal(sheets.ready("validation"), 0);
});

test("sheets become readable in order, and before the last is there", async () => {
  const served = new Served({ train: 40 });
  const sheets = await open(served);
  const [releaseFirst, releaseLast] = [served.hold("train-0.png"), served.hold("train-3.png")];
  const all = sheets.load("train", 40);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(sheets.ready("train"), 0, "the second sheet waits for the first");
  assert.throws(() => sheets.images("train", [10]), /Image 10 of train has not arrived yet/);
  releaseFirst();
  await sheets.waitFor("train", 30);
  assert.equal(sheets.ready("train"), 30);
  assert.deepEqual([...sheets.images("train", [29])], [...imageOf(29, sheets.size)]);
  releaseLast();
  await all;
  assert.equal(sheets.ready("train"), 40);
});

test("the first sheet comes alone, then few are in flight at once", PATIENT, async () => {
  const served = new Served({ train: 100 });
  const sheets = await open(served);
  const release = ["train-0.png", "train-1.png"].map((name) => served.hold(name));
  const all = sheets.load("train", 100);
  const few = ["train-0.png", "train-1.png", "train-2.png", "train-3.png"];
  for (const count of [1, 4]) {
    while (served.asked.length < 2 + count) await new Promise((resolve) => setTimeout(resolve, 1));
    await new Promise((resolve) => setTimeout(resolve, 20)); // in which no more are asked for
    assert.deepEqual(served.asked.slice(2), few.slice(0, count));
    release.shift()?.();
  }
  await all;
});

test("each load hears of its own progress, to the last sheet", async () => {
  const served = new Served({ train: 40 });
  const sheets = await open(served);
  /** @type {number[][]} */
  const heard = [[], []];
  const sizes = served.manifest.splits.train.sheets.map(({ bytes }) => bytes);
  const release = served.hold("train-0.png");
  const loads = [20, 40].map((count, i) =>
    sheets.load("train", count, ({ bytes, totalBytes, images, needed }) => {
      heard[i].push(images);
      assert.deepEqual([totalBytes, needed], [sizes.reduce((a, b) => a + b), 40]);
      assert.equal(bytes, sizes.slice(0, images / 10).reduce((a, b) => a + b));
    }),
  );
  release();
  await Promise.all(loads);
  assert.deepEqual(heard, [
    [10, 20],
    [10, 20, 30, 40],
  ]);
});

const byHalf = (/** @type {Uint8Array<ArrayBuffer>} */ bytes) => bytes.slice(0, bytes.length / 2);
const byOneBit = (/** @type {Uint8Array<ArrayBuffer>} */ bytes) => {
  bytes[bytes.length >> 1] ^= 1;
  return bytes;
};
/** @type {[string, typeof byHalf | number, RegExp][]} */
const FAULTS = [
  ["train-1.png", 404, /train-1\.png could not be loaded \(HTTP 404\).*reload the page/],
  ["train-1.png", byHalf, /train-1\.png is \d+ bytes long where \d+ belong: it is truncated/],
  ["train-1.png", byOneBit, /train-1\.png is damaged: its checksum is not the manifest's/],
  ["train-labels", 503, /train-labels could not be loaded \(HTTP 503\)/],
  ["train-labels", byHalf, /train-labels is 15 bytes long where 30 belong: it is truncated/],
  ["train-labels", byOneBit, /train-labels is damaged/],
];

for (const [file, change, sentence] of FAULTS) {
  test(`${file} is refused (${sentence.source.slice(0, 45)}…) and can be tried again`, async () => {
    const served = new Served({ train: 30 });
    const sheets = await open(served);
    const repair = served.damage(file, change);
    await assert.rejects(sheets.load("train", 30), sentence);
    await assert.rejects(sheets.waitFor("train", 30), /^Error: https:\/\/site\.example\/data\/made/);
    assert.equal(sheets.ready("train"), file === "train-labels" ? 0 : 10);
    repair();
    await sheets.load("train", 30);
    assert.deepEqual([...sheets.pixels("train")], expected(sheets, 30));
  });
}

test("who waits for images can ask again as soon as they fail", PATIENT, async () => {
  const served = new Served({ train: 30 });
  const sheets = await open(served);
  const repair = served.damage("train-0.png", 404);
  sheets.load("train", 30).catch(() => {});
  await sheets.waitFor("train", 10).catch(() => {
    repair();
    return sheets.load("train", 30);
  });
  assert.equal(sheets.ready("train"), 30);
});

test("an unreachable host is said to be unreachable", async () => {
  const sheets = await open(new Served({ train: 30 }));
  globalThis.fetch = async () => {
    throw new TypeError("fetch failed");
  };
  await assert.rejects(sheets.load("train", 1), /train-labels could not be reached. Check the conn/);
});

test("an answer that breaks off is named", async () => {
  const served = new Served({ train: 30 });
  const sheets = await open(served);
  globalThis.fetch = async (url) => {
    const whole = await served.fetch(String(url));
    if (!String(url).endsWith("train-0.png")) return whole;
    /** @param {ReadableStreamDefaultController} stream */
    const pull = (stream) => stream.error(new TypeError("network error"));
    return new Response(new ReadableStream({ pull }));
  };
  await assert.rejects(sheets.load("train", 1), /train-0\.png broke off while it was loading/);
});

/** @type {[string, (served: Served) => void, RegExp][]} what a faulty build might have written */
const MISMADE = [
  [
    "a sheet of other images",
    ({ manifest }) => (manifest.image.height = 3),
    /train-0\.png holds 40 values where the manifest promises 10 images of 6\. Build the site/,
  ],
  [
    "a sheet that is no PNG",
    (served) => {
      const entry = served.put("train-0.png", new TextEncoder().encode("<!doctype html>"));
      Object.assign(served.manifest.splits.train.sheets[0], entry);
    },
    /train-0\.png cannot be read: it is not a PNG file\. Reload the page or build the site again\.$/,
  ],
  [
    "too few labels",
    (served) => {
      const entry = served.put("train-labels", new Uint8Array(29));
      Object.assign(served.manifest.splits.train.labels, entry);
    },
    /train-labels holds 29 labels for 30 images\. Build the site again\.$/,
  ],
  [
    "half a uint16 label",
    (served) => {
      const entry = served.put("train-labels", new Uint8Array(59));
      Object.assign(served.manifest.splits.train.labels, entry, { dtype: "uint16" });
    },
    /train-labels holds 29\.5 labels for 30 images\. Build the site again\.$/,
  ],
];

for (const [what, change, sentence] of MISMADE) {
  test(`${what}: the page asks for another build`, async () => {
    const served = new Served({ train: 30 }).start();
    change(served);
    await assert.rejects(new Sheets(served.manifest, MANIFEST_URL).load("train", 30), sentence);
  });
}

test("labels cannot be read before they are there", async () => {
  const sheets = await open(new Served({ train: 30 }));
  assert.throws(() => sheets.labels("train"), /labels of the train split have not been loaded yet/);
});
