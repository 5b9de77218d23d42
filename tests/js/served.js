/**
 * A made data set behind a pretended network: real PNG sheets, label files and hashes, of which
 * a test can damage what it likes.
 *
 * @import { Manifest, SplitName } from "../../templates/shared/manifest.js"
 */
import { createHash } from "node:crypto";
import { makeSheet } from "./make-png.js";

export const MANIFEST_URL = "https://site.example/data/made/manifest.json";
const CLASSES = 10;
/** @type {SplitName[]} */
const SPLITS = ["train", "validation", "test"];

/**
 * The pixels of one image, no two alike within 65,536.
 *
 * @param {number} index
 * @param {number} size
 */
export function imageOf(index, size) {
  return Uint8Array.from({ length: size }, (_, i) => (i === 0 ? index % 256 : index >> 8) + i);
}

/** @param {number} index */
export const labelOf = (index) => (index * 7) % CLASSES;

export class Served {
  /** @type {Map<string, Uint8Array<ArrayBuffer> | number>} URL -> bytes, or the status of a refusal */
  files = new Map();
  /** @type {string[]} names of the files that were asked for, in order */
  asked = [];
  /** @type {Map<string, Promise<unknown>>} name -> what its answer waits for */
  held = new Map();

  /**
   * @param {Partial<Record<SplitName, number>>} counts
   * @param {{perSheet?: number, side?: number, dtype?: "uint8" | "uint16"}} [form]
   */
  constructor(counts, { perSheet = 10, side = 2, dtype = "uint8" } = {}) {
    this.size = side * side;
    /** @type {Manifest} */
    this.manifest = {
      format: "mlpages-data",
      version: 1,
      name: "made",
      title: "Made",
      licence: "none",
      source: "none",
      image: { height: side, width: side, channels: 1 },
      classes: Array.from({ length: CLASSES }, (_, i) => String(i)),
      layout: "rows",
      drawn: true,
      splits: /** @type {Manifest["splits"]} */ (
        Object.fromEntries(
          SPLITS.map((name) => [name, this.split(name, counts[name] ?? 0, perSheet, dtype)]),
        )
      ),
    };
    this.put("manifest.json", new TextEncoder().encode(JSON.stringify(this.manifest)));
  }

  /**
   * @param {SplitName} name
   * @param {number} count
   * @param {number} perSheet
   * @param {"uint8" | "uint16"} dtype
   */
  split(name, count, perSheet, dtype) {
    const all = Array.from({ length: count }, (_, i) => i);
    const sheets = [];
    for (let start = 0; start < count; start += perSheet) {
      const rows = all.slice(start, start + perSheet).map((index) => imageOf(index, this.size));
      const entry = this.put(`${name}-${sheets.length}.png`, makeSheet(rows));
      sheets.push({ ...entry, count: rows.length });
    }
    const values = all.map(labelOf);
    const labels =
      dtype === "uint16"
        ? new Uint8Array(Uint16Array.from(values).buffer)
        : Uint8Array.from(values);
    return { count, sheets, labels: { ...this.put(`${name}-labels`, labels), dtype } };
  }

  /**
   * Serve a file; the entry tells of its true length and hash.
   *
   * @param {string} file
   * @param {Uint8Array<ArrayBuffer>} bytes
   */
  put(file, bytes) {
    this.files.set(new URL(file, MANIFEST_URL).href, bytes);
    return { file, bytes: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") };
  }

  /**
   * Let a file arrive changed, or answer with a status.
   *
   * @param {string} file
   * @param {((bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>) | number} change
   * @returns {() => void} undoes it
   */
  damage(file, change) {
    const { href } = new URL(file, MANIFEST_URL);
    const whole = this.files.get(href);
    if (!(whole instanceof Uint8Array)) throw new Error(`${file} is not served.`);
    this.files.set(href, typeof change === "number" ? change : change(whole.slice()));
    return () => this.files.set(href, whole);
  }

  /**
   * Keep the answer to a file back.
   *
   * @param {string} file
   * @returns {() => void} lets it go
   */
  hold(file) {
    let release = () => {};
    this.held.set(file, new Promise((resolve) => (release = () => resolve(null))));
    return release;
  }

  /** In place of the global fetch. */
  fetch = async (/** @type {string} */ url) => {
    const name = url.split("/").at(-1) ?? "";
    this.asked.push(name);
    await this.held.get(name);
    const found = this.files.get(url) ?? 404;
    if (typeof found === "number") return new Response("gone", { status: found });
    return new Response(found);
  };

  /** Answer what the page fetches from now on. */
  start() {
    Object.assign(globalThis, { fetch: this.fetch });
    return this;
  }
}
