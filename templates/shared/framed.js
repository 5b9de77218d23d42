/**
 * One file out of a header and bytes: eight bytes that name the format and its version, the length
 * of the header (uint32, little-endian), the header as JSON, then the bytes that it describes.
 *
 * A file comes from anywhere: everything is checked before it is used.
 *
 * @typedef {{magic: string, version: number, what: string, ending: string}} Format magic: seven
 *   letters; what: such as "model file", for messages
 * @typedef {{bytes: number, sha256: string}} Sealed what `frame` adds to a header
 */
import { hexDigest } from "./checked.js";
import { shown } from "./values.js";

const MAGIC = 7;
const PRELUDE = MAGIC + 1 + 4;
/** Bytes that are hashed at a time: thousands of pictures need not be in memory at once. */
const PIECE = 16 * 2 ** 20;

/**
 * @param {Format} format
 * @param {object} header
 * @param {BlobPart[]} parts
 * @returns {Promise<Blob>}
 */
export async function frame({ magic, version }, header, parts) {
  const body = new Blob(parts);
  const sealed = { ...header, bytes: body.size, sha256: await digest(body) };
  const json = new TextEncoder().encode(JSON.stringify(sealed));
  const prelude = new Uint8Array(PRELUDE);
  prelude.set(new TextEncoder().encode(magic + version));
  new DataView(prelude.buffer).setUint32(PRELUDE - 4, json.length, true);
  return new Blob([prelude, json, body], { type: "application/octet-stream" });
}

/**
 * Take apart what `frame` wrote; throw one clear sentence when it is anything else.
 *
 * @template {Sealed} T
 * @param {Format} format
 * @param {Blob} file
 * @param {(header: T) => void} check throws when the header is not what it has to be
 * @returns {Promise<{header: T, body: Blob}>}
 */
export async function unframe({ magic, version, what, ending }, file, check) {
  const prelude = await file.slice(0, PRELUDE).arrayBuffer();
  const start = new TextDecoder("latin1").decode(prelude.slice(0, MAGIC + 1));
  if (!start.startsWith(magic)) {
    throw new Error(`This is not a ${what}: a file saved here ends in ${ending}.`);
  }
  if (start !== magic + version) throw otherVersion(what, start.slice(MAGIC), version);
  const complete = prelude.byteLength === PRELUDE;
  const length = complete ? new DataView(prelude).getUint32(PRELUDE - 4, true) : Infinity;
  if (PRELUDE + length > file.size) throw new Error(`This ${what} is truncated.`);
  const text = await file.slice(PRELUDE, PRELUDE + length).text();
  const header = /** @type {T} */ (parseSafely(text, what));
  check(header);
  const body = file.slice(PRELUDE + length);
  const { bytes, sha256 } = header;
  if (body.size !== bytes) {
    throw new Error(
      `This ${what} holds ${body.size} bytes of content where ${bytes} belong: it is truncated ` +
        "or damaged.",
    );
  }
  const found = await digest(body);
  // Without https there is no hashing in browsers: then neither side can compare.
  if (found && sha256 && found !== sha256) {
    throw new Error(`This ${what} is damaged: the checksum of its content is wrong.`);
  }
  return { header, body };
}

/**
 * @param {string} what
 * @param {unknown} found
 * @param {number} version
 */
export function otherVersion(what, found, version) {
  return new Error(
    `This ${what} has version ${shown(found || "?")} and this page reads version ${version}: ` +
      "open it on the site that wrote it.",
  );
}

/**
 * The hash of the content; of a long one, the hash of the hashes of its pieces.
 *
 * @param {Blob} body
 */
async function digest(body) {
  if (!globalThis.crypto?.subtle) return "";
  const digests = [];
  for (let at = 0; at === 0 || at < body.size; at += PIECE) {
    digests.push(await hexDigest(await body.slice(at, at + PIECE).arrayBuffer()));
  }
  if (digests.length === 1) return digests[0];
  return hexDigest(new TextEncoder().encode(digests.join("")).buffer);
}

/**
 * Parse JSON from anywhere: a key named __proto__ is dropped, so that copying can do no harm.
 *
 * @param {string} text
 * @param {string} what
 * @returns {unknown}
 */
function parseSafely(text, what) {
  try {
    return JSON.parse(text, (key, value) => (key === "__proto__" ? undefined : value));
  } catch (cause) {
    throw new Error(`This ${what} is damaged: its header cannot be read.`, { cause });
  }
}
