/**
 * Pictures on canvases: whole with the part that counts in a frame, or that part alone.
 *
 * @import { Box } from "../shared/resample.js"
 * @typedef {{image: ImageBitmap | HTMLCanvasElement, crop: Box, isPixelated: boolean}} Shown
 *   isPixelated: so small that each pixel is shown as a square
 */

/**
 * Draw a picture as large as the canvas allows; dim what lies beside the crop.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {Shown} shown
 */
export function drawWhole(canvas, { image, crop, isPixelated }) {
  const context = cleared(canvas, isPixelated);
  const scale = Math.min(canvas.width / image.width, canvas.height / image.height);
  const [width, height] = [image.width * scale, image.height * scale];
  const [left, top] = [(canvas.width - width) / 2, (canvas.height - height) / 2];
  context.drawImage(image, left, top, width, height);
  if (crop.width === image.width && crop.height === image.height) return;
  const box = /** @type {const} */ ([
    left + crop.x * scale,
    top + crop.y * scale,
    crop.width * scale,
    crop.height * scale,
  ]);
  context.beginPath();
  context.rect(left, top, width, height);
  context.rect(...box);
  context.fillStyle = "rgb(0 0 0 / 60%)";
  context.fill("evenodd");
  // Two lines, so that one of them shows on any picture.
  for (const [colour, line] of /** @type {const} */ ([["#000", 5], ["#fff", 2.5]])) {
    context.strokeStyle = colour;
    context.lineWidth = (line * canvas.width) / 640;
    context.strokeRect(...box);
  }
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Shown} shown
 */
export function drawPart(canvas, { image, crop: { x, y, width, height }, isPixelated }) {
  const context = cleared(canvas, isPixelated);
  const scale = Math.min(canvas.width / width, canvas.height / height);
  const [across, down] = [width * scale, height * scale];
  const [left, top] = [(canvas.width - across) / 2, (canvas.height - down) / 2];
  context.drawImage(image, x, y, width, height, left, top, across, down);
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {boolean} isPixelated
 */
function cleared(canvas, isPixelated) {
  const context = canvas.getContext("2d");
  if (!context) throw new Error("This browser cannot draw pictures. Try another one.");
  context.clearRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingEnabled = !isPixelated;
  context.imageSmoothingQuality = "high";
  return context;
}
