/**
 * The pictures that this browser keeps: one record a picture and backbone, under the hash of the
 * picture's content, with its embeddings. Written once, however often classes and labels change.
 *
 * @import { Place } from "../shared/storage.js"
 * @import { Picture } from "./project.js"
 * @import { TapRows } from "./project-file.js"
 *
 * @typedef {Omit<Picture, "id" | "jpeg"> & {key: string}} KeptPicture key: of its record
 * @typedef {{key: string, jpeg: ArrayBuffer, taps: Record<string, Float32Array>}} PictureRecord
 * @typedef {{
 *   missing: (ids: number[], taps: string[]) => Promise<number[]>,
 *   embeddings: (ids: number[], tap: string) => Promise<Float32Array>
 * }} Source where embeddings come from
 */
import { transact } from "../shared/storage.js";
import { FLOAT } from "./project-checks.js";
import { KEPT } from "./keeper.js";

/** Name of the store. */
export const PICTURES = "pictures";
/** Pictures to a transaction: the page stays quick, and a stop is noticed. */
const PIECE = 64;

export class KeptPictures {
  /** @type {Map<string, string>} taps that are written, by key */
  written = new Map();

  /** @param {Place} place */
  constructor(place) {
    this.place = place;
  }

  /**
   * @param {string} backbone
   * @param {Picture} picture
   */
  static key(backbone, { hash }) {
    return `${backbone} ${hash}`;
  }

  /** @param {KeptPicture[]} kept */
  async read(kept) {
    const pictures = [];
    /** @type {Map<string, BlobPart[]>} */
    const rows = new Map(KEPT.map((tap) => [tap, []]));
    for (let at = 0; at < kept.length; at += PIECE) {
      const piece = kept.slice(at, at + PIECE);
      /** @type {(PictureRecord | undefined)[]} */
      const records = await transact(this.place, "readonly", (store) =>
        piece.map(({ key }) => store(PICTURES).get(key)),
      );
      for (const [i, record] of records.entries()) {
        if (!record) continue; // then the others are still worth having
        const { key, ...picture } = piece[i];
        pictures.push({ ...picture, jpeg: new Blob([record.jpeg], { type: "image/jpeg" }) });
        this.written.set(key, signature(Object.keys(record.taps)));
        for (const [tap, values] of Object.entries(record.taps)) {
          rows.get(tap)?.push(new Uint8Array(values.slice().buffer));
        }
      }
    }
    return { pictures, taps: completeTaps(rows, pictures.length) };
  }

  /**
   * Write the pictures that are not there yet, or lack embeddings that there are now.
   *
   * @param {string} backbone
   * @param {Picture[]} pictures
   * @param {Source} source
   * @param {() => boolean} isOver asked now and then
   */
  async write(backbone, pictures, source, isOver) {
    const taps = await tapsOf(pictures, source);
    const todo = pictures.filter((picture) => {
      const written = this.written.get(KeptPictures.key(backbone, picture));
      return written !== signature(taps.get(picture.id) ?? []);
    });
    for (let at = 0; at < todo.length && !isOver(); at += PIECE) {
      const records = await makeRecords(backbone, todo.slice(at, at + PIECE), taps, source);
      if (isOver()) return;
      await transact(this.place, "readwrite", (store) => {
        for (const record of records) store(PICTURES).put(record);
      });
      for (const { key, taps: own } of records) this.written.set(key, signature(Object.keys(own)));
    }
  }

  /** @param {Iterable<string>} wanted keys */
  unwanted(wanted) {
    const known = new Set(wanted);
    return [...this.written.keys()].filter((key) => !known.has(key));
  }
}

/** @param {string[]} taps */
function signature(taps) {
  return `with ${taps.toSorted().join(" ")}`;
}

/**
 * At which taps each picture is embedded.
 *
 * @param {Picture[]} pictures
 * @param {Source} source
 * @returns {Promise<Map<number, string[]>>} by the picture's number
 */
async function tapsOf(pictures, source) {
  const ids = pictures.map(({ id }) => id);
  /** @type {Map<number, string[]>} */
  const taps = new Map(ids.map((id) => [id, []]));
  for (const tap of KEPT) {
    const missing = new Set(await source.missing(ids, [tap]));
    for (const id of ids) if (!missing.has(id)) taps.get(id)?.push(tap);
  }
  return taps;
}

/**
 * @param {string} backbone
 * @param {Picture[]} pictures
 * @param {Map<number, string[]>} taps
 * @param {Source} source
 * @returns {Promise<PictureRecord[]>}
 */
async function makeRecords(backbone, pictures, taps, source) {
  /** @type {PictureRecord[]} */
  const records = await Promise.all(
    pictures.map(async (picture) => {
      const jpeg = await picture.jpeg.arrayBuffer();
      return { key: KeptPictures.key(backbone, picture), jpeg, taps: {} };
    }),
  );
  for (const tap of KEPT) {
    const having = pictures.flatMap(({ id }, i) => (taps.get(id)?.includes(tap) ? [i] : []));
    if (having.length === 0) continue;
    const ids = having.map((i) => pictures[i].id);
    const values = await source.embeddings(ids, tap);
    const size = values.length / having.length;
    having.forEach((i, row) => {
      records[i].taps[tap] = values.slice(row * size, (row + 1) * size);
    });
  }
  return records;
}

/**
 * The taps that all pictures were embedded at; others are made again.
 *
 * @param {Map<string, BlobPart[]>} rows
 * @param {number} count
 * @returns {TapRows[]}
 */
function completeTaps(rows, count) {
  return [...rows].flatMap(([tap, own]) => {
    if (count === 0 || own.length !== count) return [];
    const blob = new Blob(own);
    return [{ tap, size: blob.size / FLOAT / count, rows: blob }];
  });
}
