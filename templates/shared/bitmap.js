/**
 * Pictures that a visitor brings, decoded by the browser.
 *
 * @import { ModelInput } from "./manifest.js"
 * @import { Picture } from "./photo.js"
 */

/**
 * Pixels a side that are looked at: ink needs no more; of anything else all count, up to what a
 * phone's memory holds, and the canvas's own filter has its way with what is larger.
 */
const LARGEST = { mnist: 400, "centre-crop": 4096 };

/**
 * @param {Blob} file any kind of picture that the browser knows; turned as its EXIF data says
 * @param {string} name for the message when it cannot be read
 * @returns {Promise<ImageBitmap>}
 */
export async function openPicture(file, name) {
  try {
    return await createImageBitmap(file);
  } catch (cause) {
    const isPicture = file.type.startsWith("image/");
    const why = isPicture ? "is damaged or of a kind that this browser does not know" : "is none";
    throw new Error(`"${name}" cannot be read as a picture: it ${why}. Try a PNG or JPEG file.`, {
      cause,
    });
  }
}

/**
 * The pixels of a bitmap, made smaller if it is large.
 *
 * @param {ImageBitmap | HTMLCanvasElement} bitmap
 * @param {ModelInput["resize"]} [resize] the rule by which a model's input is made of them
 * @param {string} [otherwise] what else the visitor can do when the browser hides them
 * @returns {Picture & {pixels: Uint8ClampedArray}}
 */
export function readPicture(bitmap, resize = "mnist", otherwise = undefined) {
  const shrink = Math.min(1, LARGEST[resize] / Math.max(bitmap.width, bitmap.height));
  const width = Math.max(1, Math.round(bitmap.width * shrink));
  const height = Math.max(1, Math.round(bitmap.height * shrink));
  const context = reader(width, height, otherwise);
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, width, height);
  return { pixels: context.getImageData(0, 0, width, height).data, width, height, channels: 4 };
}

/**
 * A canvas to read pixels back from, once it has shown that it gives back what was put in: some
 * browsers add noise against fingerprinting, or return something else altogether.
 *
 * @param {number} width
 * @param {number} height
 * @param {string} [otherwise] what else the visitor can do
 */
export function reader(width, height, otherwise = "draw the digit instead") {
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error(`This browser cannot read pictures here: ${otherwise}.`);
  context.fillStyle = "rgb(40 80 160)";
  context.fillRect(0, 0, 1, 1);
  const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
  if (Math.max(Math.abs(red - 40), Math.abs(green - 80), Math.abs(blue - 160)) > 8) {
    throw new Error(
      "A privacy setting of this browser hides the pixels of pictures from pages. Allow this " +
        `page to read them (canvas data), or ${otherwise}.`,
    );
  }
  context.clearRect(0, 0, 1, 1);
  return context;
}
