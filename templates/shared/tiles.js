/**
 * Pictures of a data set in the layout "tiles": sheets are fetched when one of their pictures is
 * asked for, compared with the manifest's hashes, and cut by the browser.
 *
 * @import { Manifest, Sheet, SplitName } from "./manifest.js"
 */
import { fetchChecked } from "./checked.js";
import { fetchManifest } from "./manifest.js";

/** Decoded sheets that are kept (some 18 MB each), the one used last at the end. */
const KEPT = 2;

export class Tiles {
  /** @type {Map<string, Promise<ImageBitmap>>} the sheets at hand, by their file */
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
    const { count, labels } = this.manifest.splits[split];
    const bytes = await fetchChecked(this.resolve(labels.file), labels);
    const values = labels.dtype === "uint8" ? bytes : new Uint16Array(bytes.buffer);
    if (values.length !== count) {
      throw new Error(
        `${this.resolve(labels.file)} holds ${values.length} labels for ${count} pictures. ` +
          "Build the site again.",
      );
    }
    return values;
  }

  /**
   * One picture; whoever asked for it closes it.
   *
   * @param {SplitName} split
   * @param {number} index
   * @returns {Promise<ImageBitmap>}
   */
  async picture(split, index) {
    const { sheet, place } = this.find(split, index);
    const { width, height } = this.manifest.image;
    const columns = sheet.columns ?? 1;
    const x = (place % columns) * width;
    const y = Math.floor(place / columns) * height;
    return createImageBitmap(await this.sheet(sheet), x, y, width, height);
  }

  /**
   * The sheet that holds a picture, and the picture's place on it.
   *
   * @param {SplitName} split
   * @param {number} index
   */
  find(split, index) {
    let place = index;
    for (const sheet of this.manifest.splits[split].sheets) {
      if (place >= 0 && place < sheet.count) return { sheet, place };
      place -= sheet.count;
    }
    throw new Error(`There is no picture ${index} in ${split}.`);
  }

  /**
   * A decoded sheet.
   *
   * @param {Sheet} sheet
   * @returns {Promise<ImageBitmap>}
   */
  sheet(sheet) {
    const decoded = this.sheets.get(sheet.file) ?? this.decode(sheet);
    this.sheets.delete(sheet.file);
    this.sheets.set(sheet.file, decoded);
    decoded.catch(() => this.sheets.delete(sheet.file)); // the next time it is fetched again
    const [oldest] = this.sheets.keys();
    if (this.sheets.size > KEPT) this.drop(oldest);
    return decoded;
  }

  /** @param {Sheet} sheet */
  async decode(sheet) {
    const bytes = await fetchChecked(this.resolve(sheet.file), sheet);
    const file = new Blob([bytes], { type: "image/webp" });
    const options = /** @type {const} */ ({ colorSpaceConversion: "none" });
    const bitmap = await createImageBitmap(file, options).catch((cause) => {
      throw new Error(
        `${this.resolve(sheet.file)} cannot be read by this browser. ` +
          "Reload the page or use a newer browser.",
        { cause },
      );
    });
    this.checkSize(sheet, bitmap);
    return bitmap;
  }

  /**
   * @param {Sheet} sheet
   * @param {ImageBitmap} bitmap
   */
  checkSize(sheet, bitmap) {
    const columns = sheet.columns ?? 1;
    const width = columns * this.manifest.image.width;
    const height = Math.ceil(sheet.count / columns) * this.manifest.image.height;
    if (bitmap.width === width && bitmap.height === height) return;
    const found = `${bitmap.width} x ${bitmap.height}`;
    bitmap.close();
    throw new Error(
      `${this.resolve(sheet.file)} measures ${found} pixels where the manifest promises ` +
        `${width} x ${height}. Build the site again.`,
    );
  }

  /** @param {string} file */
  resolve(file) {
    return new URL(file, this.url).href;
  }

  /** @param {string} file whose decoded sheet gives its memory back */
  drop(file) {
    const decoded = this.sheets.get(file);
    this.sheets.delete(file);
    // Pictures that were asked for earlier are cut first: their wait for the sheet began earlier.
    decoded?.then((bitmap) => bitmap.close()).catch(() => {});
  }

  /** Give the decoded sheets' memory back. */
  close() {
    for (const file of [...this.sheets.keys()]) this.drop(file);
  }
}
