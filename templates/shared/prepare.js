/**
 * MNIST's own preparation: what its makers did to each scanned digit, done to a drawn one.
 *
 * From the data set's description (LeCun, Cortes and Burges): the digit is fitted into 20x20
 * pixels, its aspect kept, with grey edges from anti-aliasing; then it is placed in 28x28 so that
 * its centre of mass lies in the middle. In the published files the longest side is 20 pixels in
 * 9,997 of the 10,000 test images, and the centre of mass lies within half a pixel of the
 * position (14, 14), counted from 0, in all of them: the shift is a whole number of pixels.
 *
 * Pure functions: Node runs their tests.
 *
 * @import { Box, Grey } from "./resample.js"
 * @import { Ink } from "./ink.js"
 * @import { ModelInput } from "./manifest.js"
 */
import { inkBounds, paste } from "./ink.js";
import { resample } from "./resample.js";

export { normaliseInk } from "./photo.js";

/**
 * The picture that a model sees.
 *
 * @param {Ink} ink of any size
 * @param {number} [target] the picture's width and height
 * @param {number} [box] the digit's longest side in it
 * @returns {Uint8Array | null} target * target greys, or null when there is no ink
 */
export function prepareDigit(ink, target = 28, box = 20) {
  const bounds = inkBounds(ink);
  if (!bounds) return null;
  const shrink = box / Math.max(bounds.width, bounds.height);
  const width = Math.max(1, Math.round(bounds.width * shrink));
  const height = Math.max(1, Math.round(bounds.height * shrink));
  const digit = resample(ink, bounds, width, height);
  stretch(digit.pixels);
  const left = centred(centreOfMass(digit, "x"), width, target);
  const top = centred(centreOfMass(digit, "y"), height, target);
  const pixels = new Uint8Array(target * target);
  paste({ pixels, width: target, height: target }, digit, left, top);
  return pixels;
}

/**
 * The picture that a model sees, by the rule in its own metadata.
 *
 * @param {Ink} ink
 * @param {ModelInput} input
 * @returns {Uint8Array | null} height * width * channels values, or null when there is no ink
 */
export function prepareInput(ink, { height, width, channels, resize }) {
  const grey =
    resize === "mnist" && height === width
      ? prepareDigit(ink, height, Math.round((height * 20) / 28))
      : inkBounds(ink) && resample(ink, centreCrop(ink, width / height), width, height).pixels;
  if (!grey || channels === 1) return grey;
  return Uint8Array.from({ length: grey.length * channels }, (_, i) => grey[~~(i / channels)]);
}

/**
 * The largest box of an aspect in the middle of a picture.
 *
 * @param {Grey} picture
 * @param {number} aspect width / height
 * @returns {Box}
 */
function centreCrop(picture, aspect) {
  const width = Math.min(picture.width, picture.height * aspect);
  const height = width / aspect;
  return { x: (picture.width - width) / 2, y: (picture.height - height) / 2, width, height };
}

/**
 * Make the darkest ink full ink: every MNIST digit has a pixel of 254 or 255.
 *
 * @param {Uint8Array} pixels changed in place
 */
function stretch(pixels) {
  const most = pixels.reduce((a, b) => Math.max(a, b), 0);
  for (let i = 0; i < pixels.length; i++) pixels[i] = Math.round((pixels[i] * 255) / most);
}

/**
 * @param {Grey} picture
 * @param {"x" | "y"} axis
 * @returns {number} counted from 0 in the middle of the first pixel
 */
function centreOfMass({ pixels, width }, axis) {
  let [mass, moment] = [0, 0];
  for (let i = 0; i < pixels.length; i++) {
    mass += pixels[i];
    moment += pixels[i] * (axis === "x" ? i % width : Math.floor(i / width));
  }
  return moment / mass;
}

/**
 * Where a part of some size must begin for its centre of mass to fall on the middle, as a whole
 * number and without leaving the picture.
 *
 * @param {number} centre of the part
 * @param {number} size of the part
 * @param {number} target size of the picture
 */
function centred(centre, size, target) {
  return Math.min(target - size, Math.max(0, Math.round(target / 2 - centre)));
}
