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

/**
 * @param {{pixels: Uint8Array, labels: number[]}} samples
 * @param {Manifest} manifest
 */
export function showSamples({ pixels, labels }, { image, classes }) {
  const drawn = pictures(pixels, image, (i) => `A training image: ${classes[labels[i]]}`);
  byId("samples", HTMLElement).replaceChildren(
    ...drawn.map((canvas, i) =>
      element("li", {}, canvas, element("span", { "aria-hidden": "true", title: classes[labels[i]] }, classes[labels[i]])),
    ),
  );
}
