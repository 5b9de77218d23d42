/**
 * The images of a data set, as they arrive: fetches sheets, checks their hashes, decodes them.
 *
 * Nothing is fetched before somebody asks for it, and no more sheets than hold the images asked
 * for. Images become readable sheet by sheet, in order, so training starts on the first while the
 * rest streams in.
 *
 * @import { LoadProgress } from "./arrived.js"
 * @import { Labels, Manifest, Sheet, SplitName } from "./manifest.js"
 */
import { Arrived } from "./arrived.js";
import { fetchChecked } from "./checked.js";
import { fetchManifest } from "./manifest.js";
import { readPng } from "./png.js";

/**
 * Sheets in flight at once: enough to keep a connection busy while one is decoded. The first comes
 * alone: training starts with it, and others would take their share of the line.
 */
const AHEAD = 3;

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
    /** @type {Record<SplitName, Arrived>} */
    this.splits = { train: new Arrived(), validation: new Arrived(), test: new Arrived() };
  }

  /**
   * @param {string} url absolute URL of a manifest.json
   */
  static async open(url) {
    return new Sheets(await fetchManifest(url, "rows"), url);
  }

  /**
   * Fetch what is missing of the first `count` images of a split and their labels; resolve when
   * they are there. After a failure, call it again to go on from what has arrived.
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
    state.reserve(state.wanted * this.size);
    if (onProgress) state.listeners.add(onProgress);
    if (!state.running) this.run(split);
    try {
      await this.waitFor(split, needed);
    } finally {
      if (onProgress) state.listeners.delete(onProgress);
    }
  }

  /**
   * Resolve when the first `count` images are there; reject when the loading of them fails.
   *
   * @param {SplitName} split
   * @param {number} count
   * @returns {Promise<void>}
   */
  waitFor(split, count) {
    return this.splits[split].waitFor(count);
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
   * Fetch ahead, decode in order, until the wanted images are there.
   *
   * @param {SplitName} split
   */
  async run(split) {
    const state = this.splits[split];
    state.running = true;
    const { sheets, labels } = this.manifest.splits[split];
    /** @type {Promise<Uint8Array<ArrayBuffer>>[]} */
    const queue = [];
    let next = state.sheets;
    let planned = state.ready;
    const plan = () => {
      const ahead = state.sheets ? AHEAD : 1;
      while (queue.length < ahead && planned < state.wanted) {
        const bytes = this.fetchChecked(sheets[next]);
        bytes.catch(() => {}); // reported when its turn comes
        queue.push(bytes);
        planned += sheets[next++].count;
      }
    };
    try {
      const named = state.labels ?? this.fetchLabels(labels, this.manifest.splits[split].count);
      plan(); // the first sheet need not wait for the labels
      state.labels = await named;
      while (state.ready < state.wanted) {
        plan();
        const sheet = sheets[state.sheets];
        await this.accept(state, sheet, await /** @type {typeof queue[0]} */ (queue.shift()));
        for (const listener of state.listeners) listener(this.progress(split));
        state.settle();
      }
    } catch (error) {
      state.failure = /** @type {Error} */ (error);
    }
    // Before anybody hears of the end: who does may ask for more at once.
    state.running = false;
    state.settle();
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
      throw new Error(
        `${this.resolve(sheet.file)} cannot be read: ${cause.message}. ` +
          "Reload the page or build the site again.",
        { cause },
      );
    });
    if (picture.pixels.length !== sheet.count * this.size) {
      throw new Error(
        `${this.resolve(sheet.file)} holds ${picture.pixels.length} values where the manifest ` +
          `promises ${sheet.count} images of ${this.size}. Build the site again.`,
      );
    }
    state.reserve((state.ready + sheet.count) * this.size);
    state.pixels.set(picture.pixels, state.ready * this.size);
    state.ready += sheet.count;
    state.sheets += 1;
  }

  /**
   * @param {Labels} labels
   * @param {number} count
   */
  async fetchLabels(labels, count) {
    const bytes = await this.fetchChecked(labels);
    const held = labels.dtype === "uint16" ? bytes.length / 2 : bytes.length;
    if (held !== count) {
      throw new Error(
        `${this.resolve(labels.file)} holds ${held} labels for ${count} images. ` +
          "Build the site again.",
      );
    }
    return labels.dtype === "uint16" ? new Uint16Array(bytes.buffer) : bytes;
  }

  /** @param {string} file */
  resolve(file) {
    return new URL(file, this.url).href;
  }

  /**
   * @param {{file: string, bytes: number, sha256: string}} entry
   * @returns {Promise<Uint8Array<ArrayBuffer>>}
   */
  fetchChecked(entry) {
    return fetchChecked(this.resolve(entry.file), entry);
  }
}
