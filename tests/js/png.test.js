import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateSync } from "node:zlib";
import { readPng } from "../../templates/shared/png.js";

/** @param {string} kind @param {Uint8Array} data */
function chunk(kind, data) {
  const out = Buffer.alloc(12 + data.length);
  out.writeUInt32BE(data.length, 0);
  out.write(kind, 4, "latin1");
  out.set(data, 8);
  return out;
}

/**
 * @param {number} width
 * @param {number} height
 * @param {number} colour
 * @param {Uint8Array} filtered
 */
function png(width, height, colour, filtered) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, colour], 8);
  const data = deflateSync(filtered);
  return new Uint8Array(
    Buffer.concat([
      Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
      chunk("IHDR", header),
      chunk("IDAT", data.subarray(0, 5)),
      chunk("IDAT", data.subarray(5)),
      chunk("IEND", new Uint8Array()),
    ]),
  );
}

test("each filter is undone as the specification says", async () => {
  // Rows 10 20 30 and 11 22 35 under the filters None, Sub, Up, Average, Paeth.
  const rows = [
    [0, 10, 20, 30],
    [1, 11, 11, 13],
    [2, 0, 0, 0],
    [3, 6, 6, 7],
    [4, 1, 0, 3],
  ];
  const { pixels, width, height } = await readPng(png(3, 5, 0, Uint8Array.from(rows.flat())));
  assert.deepEqual([width, height], [3, 5]);
  assert.deepEqual(
    [...pixels],
    [10, 20, 30, 11, 22, 35, 11, 22, 35, 11, 22, 35, 12, 22, 38],
  );
});

test("RGB values filter by pixel", async () => {
  const { pixels, channels } = await readPng(
    png(2, 1, 2, Uint8Array.from([1, 250, 2, 3, 10, 20, 30])),
  );
  assert.equal(channels, 3);
  assert.deepEqual([...pixels], [250, 2, 3, 4, 22, 33]);
});

test("what is wrong with a file is said", async () => {
  const good = png(3, 1, 0, Uint8Array.from([0, 1, 2, 3]));
  await assert.rejects(readPng(good.slice(0, 40)), /truncated/);
  await assert.rejects(readPng(Uint8Array.from([1, 2, 3])), /not a PNG/);
  await assert.rejects(readPng(png(3, 1, 6, Uint8Array.from([0, 1, 2, 3]))), /8-bit grey or RGB/);
  await assert.rejects(readPng(png(9, 1, 0, Uint8Array.from([0, 1, 2, 3]))), /holds 4 bytes/);
  const damaged = good.slice();
  damaged[good.length - 18] ^= 0xff;
  await assert.rejects(readPng(damaged), /damaged/);
});
