/**
 * Small pictures from a data set's pixels.
 *
 * @import { ImageShape } from "../shared/digit-view.js"
 */
import { drawDigit } from "../shared/digit-view.js";
import { element } from "../shared/dom.js";

/**
 * One canvas for each image; CSS enlarges it and keeps its pixels sharp.
 *
 * @param {Uint8Array} pixels images one after the other
 * @param {ImageShape} shape
 * @param {(i: number) => string} describe what a screen reader says of image i
 * @returns {HTMLCanvasElement[]}
 */
export function pictures(pixels, shape, describe) {
  const size = shape.height * shape.width * shape.channels;
  return Array.from({ length: pixels.length / size }, (_, i) => {
    const label = { role: "img", "aria-label": describe(i) };
    const canvas = element("canvas", { class: "pixelated", ...label });
    drawDigit(canvas, pixels.subarray(i * size, (i + 1) * size), shape);
    return canvas;
  });
}
