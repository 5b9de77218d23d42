/**
 * Some training images with their labels: what the network will learn from.
 *
 * @import { Manifest } from "../shared/manifest.js"
 */
import { element } from "../shared/dom.js";
import { byId } from "../shared/page.js";
import { pictures } from "./pictures.js";

/** As many as two rows hold at most; what does not fit is not shown. */
export const SAMPLES = 24;
/** Test images to try the network with: one row. */
export const OFFERED = 10;

/**
 * The numbers of a split's first images.
 *
 * @param {{count: number}} split
 * @param {number} most
 */
export function firstImages({ count }, most) {
  return Array.from({ length: Math.min(most, count) }, (_, i) => i);
}

/**
 * @param {{pixels: Uint8Array, labels: number[]}} samples
 * @param {Manifest} manifest
 */
export function showSamples({ pixels, labels }, { image, classes }) {
  const drawn = pictures(pixels, image, (i) => `A training image: ${classes[labels[i]]}`);
  const captions = labels.map((label) =>
    element("span", { "aria-hidden": "true", title: classes[label] }, classes[label]),
  );
  byId("samples", HTMLElement).replaceChildren(
    ...drawn.map((canvas, i) => element("li", {}, canvas, captions[i])),
  );
}
