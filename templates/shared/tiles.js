/**
 * Pictures of a data set in the layout "tiles": sheets are fetched when one of their pictures is
 * asked for, compared with the manifest's hashes, and cut by the browser.
 *
 * @import { Manifest, Sheet, SplitName } from "./manifest.js"
 */
import { fetchChecked } from "./checked.js";
import { fetchManifest } from "./manifest.js";

export class Tiles {
  /** @type {Map<string, Promise<ImageBitmap>>} the sheet at hand, by its file */
  sheets = new Map();
  /** @type {Map<SplitName, Promise<Uint8Array | Uint16Array>>} */
  labelFiles = new Map();

  /**
   * @param {string} url of the manifest
   * @param {Manifest} manifest
   */
  constructor(url, manifest) {
    this.url = url;
    this.manifest = manifest;
  }

  /** @param {string} url absolute URL of the manifest */
  static async open(url) {
    return new Tiles(url, await fetchManifest(url, "tiles"));
  }

  /**
   * Class indices of a split's pictures.
   *
   * @param {SplitName} split
   * @returns {Promise<Uint8Array | Uint16Array>}
   */
  labels(split) {
    const known = this.labelFiles.get(split) ?? this.fetchLabels(split);
    this.labelFiles.set(split, known);
    known.catch(() => this.labelFiles.delete(split));
    return known;
  }

  /** @param {SplitName} split */
  async fetchLabels(split) {
    const { labels } = this.manifest.splits[split];
    const bytes = await fetchChecked(new URL(labels.file, this.url).href, labels);
    return labels.dtype === "uint8" ? bytes : new Uint16Array(bytes.buffer);
  }

  /**
   * One picture; whoever asked for it closes it.
   *
   * @param {SplitName} split
   * @param {number} index
   * @returns {Promise<ImageBitmap>}
   */
  async picture(split, index) {
    let place = index;
    const { sheets } = this.manifest.splits[split];
    const sheet = sheets.find(({ count }) => place < count || ((place -= count), false));
    if (!sheet) throw new Error(`There is no picture ${index} in ${split}.`);
    const { width, height } = this.manifest.image;
    const columns = sheet.columns ?? 1;
    const x = (place % columns) * width;
    const y = Math.floor(place / columns) * height;
    return createImageBitmap(await this.sheet(sheet), x, y, width, height);
  }

  /**
   * A decoded sheet. Only the last one is kept: pictures are asked for in order.
   *
   * @param {Sheet} sheet
   */
  sheet(sheet) {
    const known = this.sheets.get(sheet.file);
    if (known) return known;
    this.close();
    const decoded = this.decode(sheet);
    this.sheets.set(sheet.file, decoded);
    decoded.catch(() => this.sheets.delete(sheet.file));
    return decoded;
  }

  /** @param {Sheet} sheet */
  async decode(sheet) {
    const bytes = await fetchChecked(new URL(sheet.file, this.url).href, sheet);
    const file = new Blob([bytes], { type: "image/webp" });
    return createImageBitmap(file, { colorSpaceConversion: "none" });
  }

  /** Give the decoded sheet's memory back. */
  close() {
    for (const sheet of this.sheets.values()) {
      sheet.then((bitmap) => bitmap.close()).catch(() => {});
    }
    this.sheets.clear();
  }
}
