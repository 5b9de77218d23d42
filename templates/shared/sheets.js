/**
 * The images of a data set, as they arrive: fetches sheets, checks their hashes, decodes them.
 *
 * Nothing is fetched before somebody asks for it, and no more sheets than hold the images asked
 * for. Images become readable sheet by sheet, in order, so training starts on the first while the
 * rest streams in.
 *
 * @import { Labels, Manifest, Sheet, SplitName } from "./manifest.js"
 *
 * @typedef {{bytes: number, totalBytes: number, images: number, needed: number}} LoadProgress
 */
import { fetchManifest, fetchOrExplain } from "./manifest.js";
import { readPng } from "./png.js";

/** Sheets in flight at once: enough to keep a connection busy while one is decoded. */
const AHEAD = 3;

/** What has arrived of one split. */
class Arrived {
  pixels = new Uint8Array(0);
  /** @type {Uint8Array | Uint16Array | null} */
  labels = null;
  ready = 0;
  wanted = 0;
  sheets = 0;
  /** @type {Promise<void> | null} */
  running = null;
  /** @type {Error | null} */
  failure = null;
  /** @type {{count: number, resolve: () => void, reject: (error: Error) => void}[]} */
  waiting = [];
}

export class Sheets {
  /**
   * @param {Manifest} manifest
   * @param {string} url the manifest's absolute URL
   */
  constructor(manifest, url) {
    this.manifest = manifest;
    this.url = url;
    const { height, width, channels } = manifest.image;
    /** Values of one image. */
    this.size = height * width * channels;
    this.bytes = 0;
    /** @type {Record<SplitName, Arrived>} */
    this.splits = { train: new Arrived(), validation: new Arrived(), test: new Arrived() };
  }

  /**
   * @param {string} url absolute URL of a manifest.json
   */
  static async open(url) {
    return new Sheets(await fetchManifest(url), url);
  }

  /**
   * Fetch what is missing of the first `count` images of a split; resolve when they are there.
   *
   * @param {SplitName} split
   * @param {number} count
   * @param {(progress: LoadProgress) => void} [onProgress]
   * @returns {Promise<void>}
   */
  async load(split, count, onProgress) {
    const state = this.splits[split];
    const needed = Math.min(count, this.manifest.splits[split].count);
    state.wanted = Math.max(state.wanted, needed);
    state.failure = null;
    this.reserve(state, state.wanted);
    state.running ??= this.run(split, onProgress).finally(() => {
      state.running = null;
    });
    await this.waitFor(split, needed);
  }

  /**
   * Resolve when the first `count` images are there; reject when the loading of them fails.
   *
   * @param {SplitName} split
   * @param {number} count
   * @returns {Promise<void>}
   */
  waitFor(split, count) {
    const state = this.splits[split];
    if (state.ready >= count) return Promise.resolve();
    if (state.failure) return Promise.reject(state.failure);
    return new Promise((resolve, reject) => state.waiting.push({ count, resolve, reject }));
  }

  /**
   * How many images of a split can be read, in order.
   *
   * @param {SplitName} split
   */
  ready(split) {
    return this.splits[split].ready;
  }

  /**
   * The pixels of a split, `size` values an image, of which the first `ready(split)` images are
   * there. Take it anew after a `load`: it moves when more is asked for.
   *
   * @param {SplitName} split
   */
  pixels(split) {
    return this.splits[split].pixels;
  }

  /**
   * Class indices of a whole split (they arrive before the first image).
   *
   * @param {SplitName} split
   * @returns {Uint8Array | Uint16Array}
   */
  labels(split) {
    const { labels } = this.splits[split];
    if (!labels) throw new Error(`The labels of the ${split} split have not been loaded yet.`);
    return labels;
  }

  /**
   * Copies of some images, one after the other.
   *
   * @param {SplitName} split
   * @param {ArrayLike<number>} indices
   */
  images(split, indices) {
    const { pixels, ready } = this.splits[split];
    const out = new Uint8Array(indices.length * this.size);
    for (let i = 0; i < indices.length; i++) {
      const index = indices[i];
      if (index >= ready) throw new Error(`Image ${index} of ${split} has not arrived yet.`);
      out.set(pixels.subarray(index * this.size, (index + 1) * this.size), i * this.size);
    }
    return out;
  }

  /**
   * @param {Arrived} state
   * @param {number} count
   */
  reserve(state, count) {
    if (state.pixels.length >= count * this.size) return;
    const larger = new Uint8Array(count * this.size);
    larger.set(state.pixels);
    state.pixels = larger;
  }

  /**
   * Fetch ahead, decode in order, until the wanted images are there.
   *
   * @param {SplitName} split
   * @param {((progress: LoadProgress) => void)} [onProgress]
   */
  async run(split, onProgress) {
    const state = this.splits[split];
    const { sheets, labels } = this.manifest.splits[split];
    /** @type {Promise<Uint8Array<ArrayBuffer>>[]} */
    const queue = [];
    let next = state.sheets;
    let planned = state.ready;
    try {
      state.labels ??= await this.fetchLabels(labels, this.manifest.splits[split].count);
      while (state.ready < state.wanted) {
        while (queue.length < AHEAD && planned < state.wanted) {
          const bytes = this.fetchChecked(sheets[next]);
          bytes.catch(() => {}); // reported when its turn comes
          queue.push(bytes);
          planned += sheets[next++].count;
        }
        const sheet = sheets[state.sheets];
        await this.accept(state, sheet, await /** @type {typeof queue[0]} */ (queue.shift()));
        onProgress?.(this.progress(split));
      }
    } catch (error) {
      state.failure = /** @type {Error} */ (error);
    }
    this.settle(state);
  }

  /**
   * @param {SplitName} split
   * @returns {LoadProgress}
   */
  progress(split) {
    const { wanted, ready, sheets } = this.splits[split];
    let [bytes, totalBytes, images] = [0, 0, 0];
    this.manifest.splits[split].sheets.forEach((sheet, i) => {
      if (i < sheets) bytes += sheet.bytes;
      if (images < wanted) totalBytes += sheet.bytes;
      images += sheet.count;
    });
    return { bytes, totalBytes, images: Math.min(ready, wanted), needed: wanted };
  }

  /**
   * @param {Arrived} state
   * @param {Sheet} sheet
   * @param {Uint8Array<ArrayBuffer>} bytes
   */
  async accept(state, sheet, bytes) {
    const picture = await readPng(bytes).catch((cause) => {
      throw new Error(`${this.resolve(sheet.file)} cannot be read: ${cause.message}.`, { cause });
    });
    if (picture.pixels.length !== sheet.count * this.size) {
      throw new Error(
        `${this.resolve(sheet.file)} holds ${picture.pixels.length} values where the manifest ` +
          `promises ${sheet.count} images of ${this.size}. Build the site again.`,
      );
    }
    this.reserve(state, state.ready + sheet.count);
    state.pixels.set(picture.pixels, state.ready * this.size);
    state.ready += sheet.count;
    state.sheets += 1;
    this.settle(state);
  }

  /** @param {Arrived} state */
  settle(state) {
    const { failure, ready } = state;
    state.waiting = state.waiting.filter(({ count, resolve, reject }) => {
      if (ready >= count) resolve();
      else if (failure) reject(failure);
      else return true;
      return false;
    });
  }

  /**
   * @param {Labels} labels
   * @param {number} count
   */
  async fetchLabels(labels, count) {
    const bytes = await this.fetchChecked(labels);
    const array = labels.dtype === "uint16" ? new Uint16Array(bytes.buffer) : bytes;
    if (array.length !== count) {
      throw new Error(
        `${this.resolve(labels.file)} holds ${array.length} labels for ${count} images. ` +
          "Build the site again.",
      );
    }
    return array;
  }

  /** @param {string} file */
  resolve(file) {
    return new URL(file, this.url).href;
  }

  /**
   * Fetch a file and compare it with what the manifest promised.
   *
   * @param {{file: string, bytes: number, sha256: string}} entry
   * @returns {Promise<Uint8Array<ArrayBuffer>>}
   */
  async fetchChecked({ file, bytes, sha256 }) {
    const url = this.resolve(file);
    const response = await fetchOrExplain(url);
    const buffer = await response.arrayBuffer().catch((cause) => {
      throw new Error(`${url} broke off while it was loading. Reload the page.`, { cause });
    });
    if (buffer.byteLength !== bytes) {
      throw new Error(
        `${url} is ${buffer.byteLength} bytes long where ${bytes} belong: it is truncated or ` +
          "from another version of the site. Reload the page.",
      );
    }
    // Browsers offer hashing on https and localhost alone; elsewhere the PNG's own checksum
    // still guards the pixels.
    if (globalThis.crypto?.subtle && (await hexDigest(buffer)) !== sha256) {
      throw new Error(`${url} is damaged: its checksum is not the manifest's. Reload the page.`);
    }
    this.bytes += buffer.byteLength;
    return new Uint8Array(buffer);
  }
}

/** @param {ArrayBuffer} buffer */
export async function hexDigest(buffer) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", buffer));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
