/**
 * What kind of picture a file holds and how large it is, by its first bytes: names and types lie,
 * and a picture that is too large must be known before it is decoded.
 *
 * Pure functions: Node runs their tests.
 *
 * @typedef {{type: string, title: string, width?: number, height?: number}} Kind title: with its
 *   article; width and height: only where the first bytes tell
 */

/** Bytes that are enough: a JPEG's size comes after its EXIF data, thumbnail and colour profile. */
export const HEAD = 1 << 18;

/**
 * @param {Uint8Array<ArrayBuffer>} bytes the file's first ones
 * @returns {Kind | null} null for what is no picture
 */
export function kindOf(bytes) {
  const head = new Head(bytes);
  for (const read of [png, jpeg, gif, webp, bmp, heif, others, svg]) {
    const kind = read(head);
    if (kind) return kind;
  }
  return null;
}

/** Bytes that can be read past their end: what is not there is 0. */
class Head {
  /** @param {Uint8Array<ArrayBuffer>} bytes */
  constructor(bytes) {
    this.bytes = bytes;
  }

  /**
   * @param {number} at
   * @param {number} count of bytes, the first one counts most
   */
  big(at, count) {
    let value = 0;
    for (let i = 0; i < count; i++) value = value * 256 + (this.bytes[at + i] ?? 0);
    return value;
  }

  /**
   * @param {number} at
   * @param {number} count of bytes, the last one counts most
   */
  little(at, count) {
    let value = 0;
    for (let i = count - 1; i >= 0; i--) value = value * 256 + (this.bytes[at + i] ?? 0);
    return value;
  }

  /**
   * @param {number} from
   * @param {number} to
   * @returns {string} one character a byte
   */
  text(from, to) {
    return String.fromCharCode(...this.bytes.subarray(from, to));
  }
}

/** @param {Head} head */
function png(head) {
  if (head.text(0, 8) !== "\x89PNG\r\n\x1a\n") return null;
  const size = { width: head.big(16, 4), height: head.big(20, 4) };
  return { type: "image/png", title: "a PNG picture", ...size };
}

/** @param {Head} head */
function gif(head) {
  if (!/^GIF8[79]a/.test(head.text(0, 6))) return null;
  const size = { width: head.little(6, 2), height: head.little(8, 2) };
  return { type: "image/gif", title: "a GIF picture", ...size };
}

/** @param {Head} head */
function bmp(head) {
  if (head.text(0, 2) !== "BM" || head.little(14, 4) < 12 || head.little(14, 4) > 200) return null;
  const kind = { type: "image/bmp", title: "a BMP picture" };
  if (head.little(14, 4) === 12) return kind; // of the time before Windows 3: decode and see
  const height = head.little(22, 4);
  // A picture that begins at the top has a negative height.
  return { ...kind, width: head.little(18, 4), height: Math.min(height, 2 ** 32 - height) };
}

/** @param {Head} head */
function webp(head) {
  if (head.text(0, 4) !== "RIFF" || head.text(8, 12) !== "WEBP") return null;
  const kind = { type: "image/webp", title: "a WebP picture" };
  const form = head.text(12, 16);
  if (form === "VP8X") {
    return { ...kind, width: head.little(24, 3) + 1, height: head.little(27, 3) + 1 };
  }
  if (form === "VP8L") {
    const bits = head.little(21, 4);
    return { ...kind, width: (bits % 2 ** 14) + 1, height: ((bits >>> 14) % 2 ** 14) + 1 };
  }
  return { ...kind, width: head.little(26, 2) % 2 ** 14, height: head.little(28, 2) % 2 ** 14 };
}

/**
 * A JPEG is a row of segments; the one that begins a frame tells the size.
 *
 * @param {Head} head
 */
function jpeg(head) {
  if (head.big(0, 3) !== 0xffd8ff) return null;
  const kind = { type: "image/jpeg", title: "a JPEG picture" };
  let at = 2;
  while (at + 9 < head.bytes.length && head.bytes[at] === 0xff) {
    const marker = head.bytes[at + 1];
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return { ...kind, width: head.big(at + 7, 2), height: head.big(at + 5, 2) };
    at += marker === 0xff ? 1 : 2 + head.big(at + 2, 2);
  }
  return kind;
}

/**
 * AVIF and HEIC share a container, whose first box names its brands.
 *
 * @param {Head} head
 */
function heif(head) {
  if (head.text(4, 8) !== "ftyp") return null;
  const brands = head.text(8, Math.min(head.big(0, 4), 64));
  const isAvif = /avi[fs]/.test(brands);
  if (!isAvif && !/hei[cxms]|hev[cx]|mif1|msf1/.test(brands)) return null;
  const kind = isAvif
    ? { type: "image/avif", title: "an AVIF picture" }
    : { type: "image/heic", title: "a HEIC picture" };
  // Tiles and thumbnails have sizes, too; the largest is the picture's.
  const found = /** @type {{width: number, height: number}[]} */ ([]);
  const text = head.text(0, 16_384);
  for (let at = text.indexOf("ispe"); at >= 0; at = text.indexOf("ispe", at + 1)) {
    found.push({ width: head.big(at + 8, 4), height: head.big(at + 12, 4) });
  }
  found.sort((a, b) => b.width * b.height - a.width * a.height);
  return { ...kind, ...found[0] };
}

/**
 * Kinds that some browsers know.
 *
 * @param {Head} head
 */
function others(head) {
  const begins = head.text(0, 12);
  if (/^(II\*\0|MM\0\*)/.test(begins)) return { type: "image/tiff", title: "a TIFF picture" };
  if (/^\0\0\x01\0[^\0]/.test(begins)) return { type: "image/x-icon", title: "an icon" };
  const isXl = begins.startsWith("\xff\x0a") || begins.startsWith("\0\0\0\x0cJXL ");
  return isXl ? { type: "image/jxl", title: "a JPEG XL picture" } : null;
}

/** @param {Head} head */
function svg(head) {
  const text = head.text(0, 2048).replaceAll("\0", "");
  if (!/^(\xef\xbb\xbf)?\s*</.test(text) || !/<svg[\s>]/i.test(text)) return null;
  return { type: "image/svg+xml", title: "an SVG drawing" };
}
