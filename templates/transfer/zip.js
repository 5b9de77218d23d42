/**
 * What is in a zip file, by its directory at the end; the browser itself inflates.
 *
 * @typedef {{
 *   name: string, method: number, packed: number, size: number, offset: number
 * }} Member packed, size: bytes in the zip file and out of it
 */

import { atMost } from "../shared/at-most.js";

/** More than this does not belong into a browser's memory: a small zip file can hold terabytes. */
const MOST = { megabytes: 1000, files: 20_000, name: 1000 };
/** The end's record: 22 bytes and a remark. */
const END = { bytes: 22, remark: 65_535, mark: 0x06054b50 };
const MEMBER = { bytes: 46, mark: 0x02014b50 };
const LOCAL = { bytes: 30, mark: 0x04034b50 };
const [STORED, DEFLATED] = [0, 8];

/**
 * @param {Blob} zip
 * @param {(name: string) => boolean} isWanted others are not unpacked
 * @param {AbortSignal} [signal] what was unpacked until then is kept
 * @param {number} [megabytes] more than this is refused before anything is unpacked
 * @returns {Promise<File[]>} with their paths as names; throws words that go on after the zip's
 *   name
 */
export async function unzip(zip, isWanted, signal, megabytes = MOST.megabytes) {
  const members = (await readDirectory(zip)).filter(({ name }) => isWanted(name));
  const bytes = members.reduce((sum, { size }) => sum + size, 0);
  if (members.length > MOST.files) throw new Error("holds more than 20,000 files");
  if (bytes > megabytes * 1e6) {
    throw new Error(`holds more than ${megabytes.toLocaleString("en")} MB`);
  }
  /** @type {File[]} */
  const files = [];
  for (const member of members) {
    if (signal?.aborted) break;
    files.push(new File([await inflate(zip, member)], member.name));
  }
  return files;
}

/**
 * @param {Blob} zip
 * @param {number} from
 * @param {number} length
 */
async function view(zip, from, length) {
  const end = Math.min(zip.size, from + length);
  return new DataView(await zip.slice(from, end).arrayBuffer());
}

/**
 * @param {Blob} zip
 * @returns {Promise<Member[]>} files; folders are in their names
 */
async function readDirectory(zip) {
  const from = Math.max(0, zip.size - END.bytes - END.remark);
  const tail = await view(zip, from, zip.size);
  let at = tail.byteLength - END.bytes;
  while (at >= 0 && tail.getUint32(at, true) !== END.mark) at--;
  if (at < 0) throw new Error("is no zip file, or breaks off");
  const [bytes, offset] = [tail.getUint32(at + 12, true), tail.getUint32(at + 16, true)];
  if (offset + bytes > zip.size) throw new Error("is damaged, or larger than 4 GB");
  return [...membersOf(await view(zip, offset, bytes))];
}

/**
 * @param {DataView<ArrayBuffer>} directory
 * @returns {Generator<Member>}
 */
function* membersOf(directory) {
  let at = 0;
  while (at + MEMBER.bytes <= directory.byteLength) {
    if (directory.getUint32(at, true) !== MEMBER.mark) throw new Error("is damaged");
    const two = (/** @type {number} */ i) => directory.getUint16(at + i, true);
    const four = (/** @type {number} */ i) => directory.getUint32(at + i, true);
    const [flags, length] = [two(8), two(28)];
    const isCut = at + MEMBER.bytes + length > directory.byteLength;
    if (isCut || length > MOST.name) throw new Error("is damaged");
    const bytes = new Uint8Array(directory.buffer, at + MEMBER.bytes, length);
    const name = new TextDecoder().decode(bytes).replaceAll("\\", "/");
    if (flags & 1) throw new Error("is protected by a password");
    if (!name.endsWith("/")) {
      yield { name, method: two(10), packed: four(20), size: four(24), offset: four(42) };
    }
    at += MEMBER.bytes + length + two(30) + two(32);
  }
}

/**
 * @param {Blob} zip
 * @param {Member} member
 * @returns {Promise<Blob>}
 */
async function inflate(zip, { name, method, packed, size, offset }) {
  const local = await view(zip, offset, LOCAL.bytes);
  if (local.byteLength < LOCAL.bytes || local.getUint32(0, true) !== LOCAL.mark) {
    throw new Error(`is damaged at ${name}`);
  }
  const start = offset + LOCAL.bytes + local.getUint16(26, true) + local.getUint16(28, true);
  const content = zip.slice(start, start + packed);
  if (method === STORED) {
    if (content.size !== size) throw new Error(`is damaged at ${name}`);
    return content;
  }
  if (method !== DEFLATED) throw new Error(`packs ${name} in a way that browsers do not know`);
  try {
    const stream = content.stream().pipeThrough(new DecompressionStream("deflate-raw"));
    return await new Response(stream.pipeThrough(atMost(size))).blob();
  } catch (cause) {
    throw new Error(`is damaged at ${name}`, { cause });
  }
}
