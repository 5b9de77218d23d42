/**
 * What is on a drawing pad, as ink for a model and as a picture for the eye.
 *
 * @import { Box } from "./resample.js"
 * @import { Ink } from "./ink.js"
 * @import { Stroke } from "./pen.js"
 *
 * @typedef {{strokes: Stroke[], picture: Ink | null}} Drawing strokes over a picture, if any
 */
import { inkBounds, paste } from "./ink.js";
import { inkStrokes, paintLine, smooth, strokeBounds } from "./pen.js";
import { resample } from "./resample.js";

/** The pad's side in its own units, whatever its size on the screen. */
export const SIDE = 280;
/** Strokes that are all within this distance are a slip, no drawing. */
const SPECK = 8;

/**
 * Is there nothing that a model could be asked about?
 *
 * @param {Drawing} drawing
 */
export function isBlank({ strokes, picture }) {
  return !(picture && inkBounds(picture)) && strokeBounds(strokes).extent < SPECK;
}

/**
 * White ink on black, to be prepared for a model. Strokes alone are written with MNIST's pen;
 * strokes over a picture must match it, so they are as wide as on the screen.
 *
 * @param {Drawing} drawing
 * @param {number} penWidth
 * @returns {Ink}
 */
export function inkOf({ strokes, picture }, penWidth) {
  if (!picture) return inkStrokes(strokes, SPECK);
  if (strokes.length === 0) return picture;
  const ink = { pixels: new Uint8Array(SIDE * SIDE), width: SIDE, height: SIDE };
  const { x, y, width, height } = placeOf(picture);
  const all = { x: 0, y: 0, width: picture.width, height: picture.height };
  paste(ink, resample(picture, all, width, height), x, y);
  for (const stroke of strokes) paintLine(ink, smooth(stroke), penWidth);
  return ink;
}

/**
 * Where a picture lies on the pad: in the middle, as large as fits.
 *
 * @param {Ink} picture
 * @returns {Box} in whole units
 */
function placeOf(picture) {
  const scale = SIDE / Math.max(picture.width, picture.height);
  const width = Math.max(1, Math.round(picture.width * scale));
  const height = Math.max(1, Math.round(picture.height * scale));
  return { x: (SIDE - width) >> 1, y: (SIDE - height) >> 1, width, height };
}

/**
 * @param {HTMLCanvasElement} canvas square
 * @param {Drawing} drawing
 * @param {number} penWidth
 * @param {string} colour of the ink
 */
export function paintDrawing(canvas, { strokes, picture }, penWidth, colour) {
  const context = canvas.getContext("2d");
  if (!context) return;
  const scale = canvas.width / SIDE;
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, SIDE, SIDE);
  if (picture) {
    const { x, y, width, height } = placeOf(picture);
    context.drawImage(tinted(picture, colour), x, y, width, height);
  }
  Object.assign(context, { lineWidth: penWidth, lineCap: "round", lineJoin: "round" });
  context.strokeStyle = colour;
  for (const stroke of strokes) {
    const [first, ...rest] = smooth(stroke);
    context.beginPath();
    context.moveTo(first.x, first.y);
    // A tap is a line from a point to itself: its round ends make a dot.
    for (const { x, y } of rest.length ? rest : [first]) context.lineTo(x, y);
    context.stroke();
  }
}

/**
 * @param {Ink} picture
 * @param {string} colour
 */
function tinted({ pixels, width, height }, colour) {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  const image = new ImageData(width, height);
  pixels.forEach((value, i) => {
    image.data[4 * i + 3] = value;
  });
  if (context) {
    context.putImageData(image, 0, 0);
    context.globalCompositeOperation = "source-in";
    context.fillStyle = colour;
    context.fillRect(0, 0, width, height);
  }
  return canvas;
}
