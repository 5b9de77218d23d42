/**
 * How the worker makes a model's input of a picture, in a chunk that loads with the first one.
 *
 * @import { ModelInput } from "../shared/manifest.js"
 */
import { readPicture } from "../shared/bitmap.js";
import { pictureInput } from "../shared/prepare.js";

/**
 * @param {ImageBitmap} bitmap
 * @param {ModelInput} input
 */
export function seeBitmap(bitmap, input) {
  return pictureInput(readPicture(bitmap, input.resize, "use another browser"), input);
}
