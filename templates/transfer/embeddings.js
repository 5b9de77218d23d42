/**
 * What the pages keep of each picture: the values at the taps of the backbone, by the picture's
 * number. 7 kB for the middle tap, where the picture's pixels as numbers would be 600.
 *
 * @import { Matrix } from "./matrix.js"
 */
export class Embeddings {
  /** @type {Map<string, Map<number, Float32Array>>} tap -> picture -> values */
  taps = new Map();

  /**
   * @param {string} tap
   * @param {number[]} ids
   * @param {Float32Array} values one row a picture
   */
  put(tap, ids, values) {
    const size = values.length / ids.length;
    const rows = this.taps.get(tap) ?? new Map();
    this.taps.set(tap, rows);
    ids.forEach((id, i) => rows.set(id, values.slice(i * size, (i + 1) * size)));
  }

  /**
   * @param {string} tap
   * @param {number[]} ids
   * @returns {Matrix} a copy
   */
  matrix(tap, ids) {
    const rows = ids.map((id) => {
      const row = this.taps.get(tap)?.get(id);
      if (!row) throw new Error(`Picture ${id} has not been embedded at the tap "${tap}".`);
      return row;
    });
    const size = rows[0]?.length ?? 0;
    const values = new Float32Array(rows.length * size);
    rows.forEach((row, i) => values.set(row, i * size));
    return { values, count: rows.length, size };
  }

  /**
   * @param {number[]} ids
   * @param {string[]} taps
   * @returns {number[]} the pictures that lack one of them
   */
  missing(ids, taps) {
    return ids.filter((id) => taps.some((tap) => !this.taps.get(tap)?.has(id)));
  }

  /** @param {number[]} ids */
  forget(ids) {
    for (const rows of this.taps.values()) ids.forEach((id) => rows.delete(id));
  }

  clear() {
    this.taps.clear();
  }

  get bytes() {
    let bytes = 0;
    for (const rows of this.taps.values()) {
      for (const row of rows.values()) bytes += row.byteLength;
    }
    return bytes;
  }
}
