/** The golden manifest, which the generator wrote and pytest reads too, and what is refused. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { afterEach, test } from "node:test";
import { checkManifest, fetchManifest, fetchOrExplain } from "../../templates/shared/manifest.js";

const URL = "https://site.example/data/shapes/manifest.json";
const TEXT = readFileSync("tests/fixtures/manifest.json", "utf8");
const ORIGINAL = globalThis.fetch;
afterEach(() => {
  globalThis.fetch = ORIGINAL;
});

/** @param {string} body @param {number} [status] */
function answer(body, status = 200) {
  globalThis.fetch = async () => new Response(body, { status });
}

test("what the generator writes is accepted and means what it says", async () => {
  answer(TEXT);
  const manifest = await fetchManifest(URL, "rows");
  assert.deepEqual(manifest, JSON.parse(TEXT));
  assert.deepEqual(manifest.classes, ["circle", "square", "triangle", "cross"]);
  assert.deepEqual(manifest.image, { height: 28, width: 28, channels: 1 });
  for (const { count, sheets, labels } of Object.values(manifest.splits)) {
    assert.equal(sheets.reduce((sum, sheet) => sum + sheet.count, 0), count);
    assert.equal(labels.bytes, count);
    for (const { file, sha256 } of [...sheets, labels]) {
      assert.equal(file.split(".")[1], sha256.slice(0, 10), "the name carries the hash");
    }
  }
});

test("another version is refused, with both numbers and what to do", () => {
  for (const version of [0, 2, 99]) {
    assert.throws(
      () => checkManifest({ ...JSON.parse(TEXT), version }, URL, "rows"),
      { message: `${URL} has version ${version} and this page reads version 1: ` +
        "page and data come from different builds. Reload the page." },
    );
  }
});

test("sheets of another layout are refused, with both names and what to do", () => {
  assert.throws(() => checkManifest(JSON.parse(TEXT), URL, "tiles"), {
    message: `${URL} lays its images out as rows and this page reads tiles. Build the site again.`,
  });
});

test("what is no manifest is refused by its URL", async () => {
  const sentence = { message: `${URL} is not a data manifest of mlpages. Build the site again.` };
  for (const json of [null, undefined, "text", [], {}, { format: "mlpages-model", version: 1 }]) {
    assert.throws(() => checkManifest(json, URL, "rows"), sentence);
  }
  for (const body of ["", "<!doctype html>", TEXT.slice(0, TEXT.length / 2)]) {
    answer(body);
    await assert.rejects(fetchManifest(URL, "rows"), sentence);
  }
});

test("a manifest that is not there is named with its status", async () => {
  answer("gone", 404);
  await assert.rejects(fetchManifest(URL, "rows"), {
    message: `${URL} could not be loaded (HTTP 404). ` +
      "The site may have been updated since this page was opened: reload the page.",
  });
});

test("an unreachable host keeps its cause", async () => {
  const cause = new TypeError("fetch failed");
  globalThis.fetch = async () => {
    throw cause;
  };
  await assert.rejects(fetchOrExplain(URL), {
    message: `${URL} could not be reached. Check the connection and reload the page.`,
    cause,
  });
});
