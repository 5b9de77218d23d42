/**
 * The test images of a data set as pixels, whichever way its sheets lay them out.
 *
 * @import { Manifest, SplitName } from "../shared/manifest.js"
 * @typedef {{
 *   manifest: Manifest,
 *   labels: (split: SplitName) => Promise<Uint8Array | Uint16Array>,
 *   images: (split: SplitName, indices: number[]) => Promise<Uint8Array<ArrayBuffer>>
 * }} TestImages labels: class indices of the whole split; images: pixels, one image after another
 */
import { reader } from "../shared/bitmap.js";
import { checkManifest, fetchOrExplain } from "../shared/manifest.js";
import { Sheets } from "../shared/sheets.js";
import { Tiles } from "../shared/tiles.js";

/**
 * @param {string} url absolute URL of a manifest.json
 * @returns {Promise<TestImages>}
 */
export async function openTestImages(url) {
  const response = await fetchOrExplain(url);
  /** @type {{layout?: string} | null} */
  const json = await response.json().catch(() => null);
  if (json?.layout === "tiles") return ofTiles(new Tiles(url, checkManifest(json, url, "tiles")));
  return ofRows(new Sheets(checkManifest(json, url, "rows"), url));
}

/**
 * @param {Sheets} sheets
 * @returns {TestImages}
 */
function ofRows(sheets) {
  return {
    manifest: sheets.manifest,
    labels: async (split) => {
      await sheets.load(split, 1); // the labels come before the first image
      return sheets.labels(split);
    },
    images: async (split, indices) => {
      await sheets.load(split, Math.max(...indices) + 1);
      return sheets.images(split, indices);
    },
  };
}

/**
 * @param {Tiles} tiles
 * @returns {TestImages}
 */
function ofTiles(tiles) {
  const { manifest } = tiles;
  const { width, height, channels } = manifest.image;
  const size = width * height * channels;
  return {
    manifest,
    labels: (split) => tiles.labels(split),
    images: async (split, indices) => {
      const pixels = new Uint8Array(indices.length * size);
      const context = reader(width, height, "use another browser");
      for (const [i, index] of indices.entries()) {
        const bitmap = await tiles.picture(split, index);
        context.drawImage(bitmap, 0, 0);
        bitmap.close();
        const { data } = context.getImageData(0, 0, width, height);
        copyColours(data, pixels.subarray(i * size, (i + 1) * size), channels);
      }
      return pixels;
    },
  };
}

/**
 * @param {Uint8ClampedArray} rgba of an opaque picture
 * @param {Uint8Array} target
 * @param {number} channels 1 of a grey picture, whose colours are equal, or 3
 */
function copyColours(rgba, target, channels) {
  for (let from = 0, to = 0; from < rgba.length; from += 4) {
    for (let channel = 0; channel < channels; channel++) target[to++] = rgba[from + channel];
  }
}
