/** Tiles: the right piece of the right sheet, few sheets in memory, and what is refused. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { Sheets } from "../../templates/shared/sheets.js";
import { Tiles } from "../../templates/shared/tiles.js";
import { labelOf, MANIFEST_URL, Served } from "./served.js";

const { fetch, createImageBitmap } = globalThis;
const [SIDE, COLUMNS, PER_SHEET] = [2, 4, 10];
afterEach(() => {
  Object.assign(globalThis, { fetch, createImageBitmap });
});

/** A decoded picture that knows where it was cut from, and whether it was closed. */
class Bitmap {
  closed = false;

  /** @param {string} name @param {number} width @param {number} height @param {number[]} from */
  constructor(name, width, height, from = []) {
    this.name = name;
    this.width = width;
    this.height = height;
    this.from = from;
  }

  close() {
    this.closed = true;
  }
}

/** @type {Bitmap[]} sheets that were decoded, in order */
let decoded = [];
/** Pixels of a sheet; a test may change what the browser finds. */
let [width, height] = [0, 0];

/** In place of the browser's: a sheet's bytes are its name. */
async function pretend(/** @type {Blob | Bitmap} */ source, /** @type {unknown[]} */ ...rest) {
  if (source instanceof Bitmap) {
    if (source.closed) throw new Error("the sheet was closed");
    const [x, y, across, down] = /** @type {number[]} */ (rest);
    return new Bitmap(source.name, across, down, [x, y]);
  }
  assert.deepEqual(rest, [{ colorSpaceConversion: "none" }]);
  assert.equal(source.type, "image/webp");
  const name = await source.text();
  if (name.startsWith("damaged")) throw new Error("no picture");
  const sheet = new Bitmap(name, width, height);
  decoded.push(sheet);
  return sheet;
}

beforeEach(() => {
  decoded = [];
  [width, height] = [COLUMNS * SIDE, Math.ceil(PER_SHEET / COLUMNS) * SIDE];
  Object.assign(globalThis, { createImageBitmap: pretend });
});

/** @param {Partial<Record<"train" | "validation" | "test", number>>} counts */
function served(counts) {
  const made = new Served(counts, { perSheet: PER_SHEET, side: SIDE });
  made.manifest.layout = "tiles";
  for (const { sheets } of Object.values(made.manifest.splits)) {
    for (const sheet of sheets) put(made, sheet, sheet.file);
  }
  return made.start();
}

/** @param {Served} made @param {{file: string}} entry @param {string} text */
function put(made, entry, text) {
  Object.assign(entry, made.put(entry.file, new TextEncoder().encode(text)), { columns: COLUMNS });
}

/** @param {Served} made */
const tilesOf = (made) => new Tiles(MANIFEST_URL, made.manifest);
/** @param {Promise<ImageBitmap>} picture */
const placeOf = async (picture) => {
  const { name, from } = /** @type {Bitmap} */ (/** @type {unknown} */ (await picture));
  return [name, ...from];
};
const open = () => decoded.filter(({ closed }) => !closed).map(({ name }) => name);

test("a picture is cut from its place on its sheet", async () => {
  const tiles = tilesOf(served({ train: 30 }));
  assert.deepEqual(await placeOf(tiles.picture("train", 0)), ["train-0.png", 0, 0]);
  assert.deepEqual(await placeOf(tiles.picture("train", 9)), ["train-0.png", 2, 4]);
  assert.deepEqual(await placeOf(tiles.picture("train", 26)), ["train-2.png", 4, 2]);
});

test("only the sheets that are asked for are fetched, and each once", async () => {
  const made = served({ train: 30, validation: 10 });
  const tiles = tilesOf(made);
  assert.deepEqual(made.asked, []);
  await Promise.all([12, 10, 19].map((index) => tiles.picture("train", index)));
  assert.deepEqual(made.asked, ["train-1.png"]);
});

test("two sheets stay decoded, the ones used last", async () => {
  const made = served({ train: 30, validation: 10 });
  const tiles = tilesOf(made);
  for (const index of [0, 10, 1, 20]) await tiles.picture("train", index);
  assert.deepEqual(open(), ["train-0.png", "train-2.png"]);
  await tiles.picture("validation", 3);
  assert.deepEqual(open(), ["train-2.png", "validation-0.png"]);
  tiles.close();
  await tiles.picture("train", 20);
  assert.deepEqual(open(), ["train-2.png"]);
});

test("pictures of many sheets may be asked for at once", async () => {
  const tiles = tilesOf(served({ train: 30, validation: 10 }));
  const asked = [0, 10, 20, 1, 11].map((index) => tiles.picture("train", index));
  const places = await Promise.all(asked.map(placeOf));
  assert.deepEqual(places.map(([name]) => name), [
    "train-0.png",
    "train-1.png",
    "train-2.png",
    "train-0.png",
    "train-1.png",
  ]);
  assert.equal(open().length, 2);
});

test("labels are fetched once and counted", async () => {
  const made = served({ train: 10 });
  const tiles = tilesOf(made);
  const [labels, again] = await Promise.all([tiles.labels("train"), tiles.labels("train")]);
  assert.equal(labels, again);
  assert.deepEqual([...labels], Array.from({ length: 10 }, (_, i) => labelOf(i)));
  assert.deepEqual(made.asked, ["train-labels"]);
  made.manifest.splits.train.count = 11;
  await assert.rejects(tilesOf(made).labels("train"), /holds 10 labels for 11 pictures/);
});

test("a damaged sheet is named, and fetched again the next time", async () => {
  const made = served({ train: 10 });
  const tiles = tilesOf(made);
  const mend = made.damage("train-0.png", (bytes) => bytes.fill(1, 0, 1));
  await assert.rejects(tiles.picture("train", 0), /train-0\.png is damaged.*Reload the page\.$/);
  mend();
  assert.deepEqual(await placeOf(tiles.picture("train", 0)), ["train-0.png", 0, 0]);
});

test("a sheet that the browser cannot decode is named", async () => {
  const made = served({ train: 10 });
  put(made, made.manifest.splits.train.sheets[0], "damaged when it was made");
  await assert.rejects(tilesOf(made).picture("train", 0), /train-0\.png cannot be read by this/);
});

test("a sheet of another size than promised is refused and its memory given back", async () => {
  const made = served({ train: 10 });
  width += 1;
  await assert.rejects(
    tilesOf(made).picture("train", 0),
    /train-0\.png measures 9 x 6 pixels where the manifest promises 8 x 6\. Build/,
  );
  assert.deepEqual(open(), []);
});

test("a picture that does not exist is refused in words", async () => {
  const tiles = tilesOf(served({ train: 10 }));
  await assert.rejects(tiles.picture("train", 10), /There is no picture 10 in train\./);
  await assert.rejects(tiles.picture("train", -1), /There is no picture -1 in train\./);
});

test("rows are refused by tiles, and tiles by rows", async () => {
  const made = served({ train: 10 });
  const rows = { ...made.manifest, layout: "rows" };
  made.put("manifest.json", new TextEncoder().encode(JSON.stringify(rows)));
  await assert.rejects(Tiles.open(MANIFEST_URL), /as rows and this page reads tiles\. Build/);
  made.put("manifest.json", new TextEncoder().encode(JSON.stringify(made.manifest)));
  await assert.rejects(Sheets.open(MANIFEST_URL), /as tiles and this page reads rows\. Build/);
  assert.equal((await Tiles.open(MANIFEST_URL)).manifest.layout, "tiles");
});
