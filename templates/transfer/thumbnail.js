/**
 * A small picture, drawn from its JPEG. No <img>: what a browser has read for one of those it keeps
 * long after, bytes and all, and while pictures stream in, every one is in the gallery for a moment.
 */
import { element } from "../shared/dom.js";

/** Pixels of the canvas to one of the page: for screens that have more of them. */
const DENSITY = 2;

/**
 * @param {Blob} jpeg of a square picture
 * @param {number} size pixels a side on the page
 * @param {string} [alt] where no words beside it say what it is
 */
export function thumbnail(jpeg, size, alt = "") {
  const side = DENSITY * size;
  /** @type {Record<string, string>} */
  const words = alt ? { role: "img", "aria-label": alt } : {};
  const canvas = element("canvas", { width: side, height: side, ...words });
  draw(canvas, jpeg).catch(() => {}); // then its place stays empty
  return canvas;
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Blob} jpeg
 */
async function draw(canvas, jpeg) {
  const { width, height } = canvas;
  const bitmap = await createImageBitmap(jpeg, {
    resizeWidth: width,
    resizeHeight: height,
    resizeQuality: "medium",
  });
  canvas.getContext("bitmaprenderer")?.transferFromImageBitmap(bitmap);
}
