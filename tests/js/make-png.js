/** PNG files for tests: written by the specification, with each row's filter chosen by the test. */
import { deflateSync } from "node:zlib";

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** @param {string} kind @param {Uint8Array} data */
function chunk(kind, data) {
  const out = Buffer.alloc(12 + data.length);
  out.writeUInt32BE(data.length, 0);
  out.write(kind, 4, "latin1");
  out.set(data, 8);
  return out;
}

/**
 * A PNG in two IDAT chunks; the chunks' checksums are left at zero.
 *
 * @param {number} width
 * @param {number} height
 * @param {number} colour 0 grey, 2 RGB
 * @param {Uint8Array} filtered height rows: a filter byte, then the row's values
 */
export function makePng(width, height, colour, filtered) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, colour], 8);
  const data = deflateSync(filtered);
  return new Uint8Array(
    Buffer.concat([
      SIGNATURE,
      chunk("IHDR", header),
      chunk("IDAT", data.subarray(0, 5)),
      chunk("IDAT", data.subarray(5)),
      chunk("IEND", new Uint8Array()),
    ]),
  );
}

/**
 * A grey PNG with one image a row, as data sheets are.
 *
 * @param {Uint8Array[]} rows of one length
 */
export function makeSheet(rows) {
  const filtered = rows.flatMap((row) => [0, ...row]);
  return makePng(rows[0].length, rows.length, 0, Uint8Array.from(filtered));
}
