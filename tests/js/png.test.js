import assert from "node:assert/strict";
import { test } from "node:test";
import { readPng } from "../../templates/shared/png.js";
import { makePng } from "./make-png.js";

test("each filter is undone as the specification says", async () => {
  // Rows 10 20 30 and 11 22 35 under the filters None, Sub, Up, Average, Paeth.
  const rows = [
    [0, 10, 20, 30],
    [1, 11, 11, 13],
    [2, 0, 0, 0],
    [3, 6, 6, 7],
    [4, 1, 0, 3],
  ];
  const { pixels, width, height } = await readPng(makePng(3, 5, 0, Uint8Array.from(rows.flat())));
  assert.deepEqual([width, height], [3, 5]);
  assert.deepEqual(
    [...pixels],
    [10, 20, 30, 11, 22, 35, 11, 22, 35, 11, 22, 35, 12, 22, 38],
  );
});

test("RGB values filter by pixel", async () => {
  const { pixels, channels } = await readPng(
    makePng(2, 1, 2, Uint8Array.from([1, 250, 2, 3, 10, 20, 30])),
  );
  assert.equal(channels, 3);
  assert.deepEqual([...pixels], [250, 2, 3, 4, 22, 33]);
});

test("what is wrong with a file is said", async () => {
  const good = makePng(3, 1, 0, Uint8Array.from([0, 1, 2, 3]));
  await assert.rejects(readPng(good.slice(0, 40)), /truncated/);
  await assert.rejects(readPng(Uint8Array.from([1, 2, 3])), /not a PNG/);
  await assert.rejects(readPng(makePng(3, 1, 6, Uint8Array.from([0, 1, 2, 3]))), /8-bit grey or RGB/);
  await assert.rejects(readPng(makePng(9, 1, 0, Uint8Array.from([0, 1, 2, 3]))), /holds 4 bytes/);
  const damaged = good.slice();
  damaged[good.length - 18] ^= 0xff;
  await assert.rejects(readPng(damaged), /damaged/);
});
