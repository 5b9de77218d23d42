/**
 * What a model sees of what a visitor brings: a drawing, or a picture.
 *
 * Drawings get MNIST's own preparation: what its makers did to each scanned digit. From the data
 * set's description (LeCun, Cortes and Burges): the digit is fitted into 20x20 pixels, its aspect
 * kept, with grey edges from anti-aliasing; then it is placed in 28x28 so that its centre of mass
 * lies in the middle. In the published files the longest side is 20 pixels in 9,997 of the 10,000
 * test images, and the centre of mass lies within half a pixel of the position (14, 14), counted
 * from 0, in all of them: the shift is a whole number of pixels.
 *
 * Pure functions: Node runs their tests.
 *
 * @import { Grey } from "./resample.js"
 * @import { Ink } from "./ink.js"
 * @import { ModelInput } from "./manifest.js"
 * @import { Picture } from "./photo.js"
 */
import { inkBounds, paste } from "./ink.js";
import { normaliseInk } from "./photo.js";
import { resample } from "./resample.js";
import { centreCrop, centrePart } from "./square.js";

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
  const digit = fitDigit(ink, box);
  return digit && placeDigit(digit, target);
}

/**
 * The first half: only the digit, its longest side as long as the box, its aspect kept.
 *
 * @param {Ink} ink
 * @param {number} box
 * @returns {Ink | null}
 */
export function fitDigit(ink, box) {
  const bounds = inkBounds(ink);
  if (!bounds) return null;
  const shrink = box / Math.max(bounds.width, bounds.height);
  const width = Math.max(1, Math.round(bounds.width * shrink));
  const height = Math.max(1, Math.round(bounds.height * shrink));
  const digit = resample(ink, bounds, width, height);
  stretch(digit.pixels);
  return digit;
}

/**
 * The second half: the digit in a larger square, its centre of mass in the middle.
 *
 * @param {Ink} digit
 * @param {number} target
 * @returns {Uint8Array}
 */
export function placeDigit(digit, target) {
  const pixels = new Uint8Array(target * target);
  const left = centred(centreOfMass(digit, "x"), digit.width, target);
  const top = centred(centreOfMass(digit, "y"), digit.height, target);
  paste({ pixels, width: target, height: target }, digit, left, top);
  return pixels;
}

/**
 * What a model sees of a drawing, by the rule in its own metadata.
 *
 * @param {Ink} ink
 * @param {ModelInput} input
 * @returns {Uint8Array | null} height * width * channels values, or null when there is no ink
 */
export function prepareInput(ink, { height, width, channels, resize }) {
  const grey =
    resize === "mnist" && height === width
      ? prepareDigit(ink, height, digitBox(height))
      : fillInput(ink, width, height);
  if (!grey || channels === 1) return grey;
  return Uint8Array.from({ length: grey.length * channels }, (_, i) => grey[~~(i / channels)]);
}

/**
 * @param {Ink} ink
 * @param {number} width
 * @param {number} height
 */
function fillInput(ink, width, height) {
  if (!inkBounds(ink)) return null;
  const part = centrePart(ink.width, ink.height, width / height);
  return resample(ink, part, width, height).pixels;
}

/**
 * What a model sees of a picture, by the rule in its own metadata. Of strokes on paper ("mnist")
 * it is the ink, of anything else the centre part as it is.
 *
 * @param {Picture} picture what is see-through is laid on white
 * @param {ModelInput} input
 * @returns {Uint8Array | null} height * width * channels values, or null when there is no ink
 */
export function pictureInput(picture, input) {
  if (input.resize === "mnist") return prepareInput(normaliseInk(picture), input);
  const colours = centreCrop(inColour(picture), input.width, input.height);
  return input.channels === 1 ? toLuma(colours) : colours;
}

/** @param {Picture} picture */
function inColour({ pixels, width, height, channels }) {
  if (channels === 4) return { pixels, width, height };
  const spread = new Uint8ClampedArray(pixels.length * 4).fill(255);
  for (let i = 0; i < pixels.length; i++) spread.fill(pixels[i], i * 4, i * 4 + 3);
  return { pixels: spread, width, height };
}

/**
 * Brightness as ITU-R BT.601 weighs colours, rounded.
 *
 * @param {Uint8Array} colours red, green, blue
 */
function toLuma(colours) {
  return Uint8Array.from({ length: colours.length / 3 }, (_, i) => {
    const [red, green, blue] = colours.subarray(i * 3, i * 3 + 3);
    return Math.round(0.299 * red + 0.587 * green + 0.114 * blue);
  });
}

/**
 * How large a digit is in a picture, by MNIST's proportion.
 *
 * @param {number} target the picture's side
 */
export function digitBox(target) {
  return Math.round((target * 20) / 28);
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
