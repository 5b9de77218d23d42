/**
 * A PNG reader for data: bytes in, the exact pixels out, no canvas on the way (a canvas manages
 * colours, adds privacy noise in some browsers and limits the size).
 *
 * Reads what generator/png.py writes: 8-bit grey or RGB, not interlaced. The format is the PNG
 * specification, third edition, https://www.w3.org/TR/png-3/.
 */

import { atMost } from "./at-most.js";

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** @type {Record<number, number>} colour type -> bytes per pixel */
const CHANNELS = { 0: 1, 2: 3 };

/**
 * @param {Uint8Array<ArrayBuffer>} bytes the whole file
 * @returns {Promise<{width: number, height: number, channels: number, pixels: Uint8Array}>}
 *   pixels: height * width * channels values, row by row
 */
export async function readPng(bytes) {
  if (!SIGNATURE.every((byte, i) => bytes[i] === byte)) throw new Error("it is not a PNG file");
  const { header, data } = readChunks(bytes);
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  const width = view.getUint32(0);
  const height = view.getUint32(4);
  const channels = CHANNELS[header[9]];
  if (header[8] !== 8 || channels === undefined || header[12] !== 0) {
    throw new Error("it is not an 8-bit grey or RGB PNG without interlace");
  }
  const stride = width * channels;
  const filtered = await inflate(data, height * (stride + 1));
  if (filtered.length !== height * (stride + 1)) {
    throw new Error(`it holds ${filtered.length} bytes where ${height * (stride + 1)} belong`);
  }
  return { width, height, channels, pixels: unfilter(filtered, height, stride, channels) };
}

/**
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @returns {{header: Uint8Array, data: Uint8Array<ArrayBuffer>[]}}
 */
function readChunks(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  /** @type {Uint8Array<ArrayBuffer>[]} */
  const data = [];
  let header = null;
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = view.getUint32(at);
    const kind = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const end = at + 8 + length;
    if (end + 4 > bytes.length) break;
    const body = bytes.subarray(at + 8, end);
    if (kind === "IHDR" && length === 13) header = body;
    else if (kind === "IDAT") data.push(body);
    else if (kind === "IEND" && header) return { header, data };
    at = end + 4;
  }
  throw new Error("it is truncated");
}

/**
 * @param {Uint8Array<ArrayBuffer>[]} parts of one zlib stream, whose checksum is verified
 * @param {number} size of what they hold: a few bytes can promise a picture and hold gigabytes
 * @returns {Promise<Uint8Array>}
 */
async function inflate(parts, size) {
  const stream = new Blob(parts).stream().pipeThrough(new DecompressionStream("deflate"));
  try {
    return new Uint8Array(await new Response(stream.pipeThrough(atMost(size))).arrayBuffer());
  } catch (cause) {
    throw new Error("its compressed data is damaged", { cause });
  }
}

/**
 * Undo the filter of each row (PNG 9.2), in place where that is possible.
 *
 * @param {Uint8Array} filtered height rows of one filter byte and `stride` values
 * @param {number} height
 * @param {number} stride
 * @param {number} channels distance to the value on the left
 * @returns {Uint8Array}
 */
function unfilter(filtered, height, stride, channels) {
  const out = new Uint8Array(height * stride);
  for (let row = 0; row < height; row++) {
    const from = row * (stride + 1);
    const to = row * stride;
    const kind = filtered[from];
    const values = filtered.subarray(from + 1, from + 1 + stride);
    if (kind > 4) throw new Error(`its row ${row} has the unknown filter ${kind}`);
    out.set(values, to);
    if (kind !== 0) unfilterRow(out, to, stride, channels, kind, row === 0);
  }
  return out;
}

/**
 * @param {Uint8Array} out
 * @param {number} to where the row begins
 * @param {number} stride
 * @param {number} channels
 * @param {number} kind 1 Sub, 2 Up, 3 Average, 4 Paeth
 * @param {boolean} top
 */
function unfilterRow(out, to, stride, channels, kind, top) {
  for (let i = 0; i < stride; i++) {
    const left = i < channels ? 0 : out[to + i - channels];
    const up = top ? 0 : out[to + i - stride];
    const corner = top || i < channels ? 0 : out[to + i - stride - channels];
    if (kind === 1) out[to + i] += left;
    else if (kind === 2) out[to + i] += up;
    else if (kind === 3) out[to + i] += (left + up) >> 1;
    else out[to + i] += paeth(left, up, corner);
  }
}

/**
 * @param {number} a left
 * @param {number} b above
 * @param {number} c above left
 */
function paeth(a, b, c) {
  const toA = Math.abs(b - c);
  const toB = Math.abs(a - c);
  const toC = Math.abs(a + b - 2 * c);
  if (toA <= toB && toA <= toC) return a;
  return toB <= toC ? b : c;
}
