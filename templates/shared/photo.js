/**
 * Ink from a picture that a visitor brings: a scan, a screenshot, a photo of handwriting; dark on
 * light or light on dark, in any light.
 *
 * Pure functions: Node runs their tests.
 *
 * @import { Grey } from "./resample.js"
 * @import { Ink } from "./ink.js"
 *
 * @typedef {{
 *   pixels: Uint8Array | Uint8ClampedArray, width: number, height: number, channels: 1 | 4
 * }} Picture grey, or red, green, blue and alpha
 */
import { dropSpecks, thicken } from "./blobs.js";
import { fitSurface, spread } from "./surface.js";

/** Ink must differ from the paper by this many of 255 greys and this many times the noise. */
const CONTRAST = { greys: 16, noise: 6 };
/** What differs less than this share of full ink, or less than thrice the noise, is paper. */
const PAPER = { share: 0.05, noise: 3 };
/** Sorting all pixels of a photo takes longer than everything else; so many tell as much. */
const ENOUGH = 30_000;

/**
 * @param {Picture} picture
 * @returns {Ink} black where no ink was found
 */
export function normaliseInk(picture) {
  const { width, height } = picture;
  const grey = toGrey(picture);
  const { ink, noise } = abovePaper(grey, width, height);
  const full = fullInk(ink);
  const pixels = new Uint8Array(ink.length);
  if (full < Math.max(CONTRAST.greys, CONTRAST.noise * noise)) return { pixels, width, height };
  const paper = Math.max(PAPER.share * full, PAPER.noise * noise);
  for (let i = 0; i < ink.length; i++) {
    const share = (ink[i] - paper) / (full - paper);
    pixels[i] = Math.round(255 * Math.min(1, Math.max(0, share)));
  }
  return thicken(dropSpecks({ pixels, width, height }));
}

/**
 * Brightness as the eye weighs colours. A see-through picture is laid on white, or on black if
 * nothing shows on white.
 *
 * @param {Picture} picture
 * @returns {Float32Array}
 */
function toGrey({ pixels, channels }) {
  if (channels === 1) return Float32Array.from(pixels);
  const onWhite = layOn(pixels, 255);
  return onWhite.every((grey) => Math.abs(grey - onWhite[0]) < 1) ? layOn(pixels, 0) : onWhite;
}

/**
 * @param {Uint8Array | Uint8ClampedArray} pixels red, green, blue, alpha
 * @param {number} sheet grey of what lies below
 */
function layOn(pixels, sheet) {
  const grey = new Float32Array(pixels.length / 4);
  for (let i = 0; i < grey.length; i++) {
    const [red, green, blue] = [pixels[4 * i], pixels[4 * i + 1], pixels[4 * i + 2]];
    const cover = pixels[4 * i + 3] / 255;
    grey[i] = (0.299 * red + 0.587 * green + 0.114 * blue) * cover + sheet * (1 - cover);
  }
  return grey;
}

/**
 * How far each pixel stands out from the paper below it, towards the side where the ink is. Paper
 * is most of a picture; light falls on it unevenly, but smoothly: a curved surface stands for it.
 *
 * @param {Float32Array} grey
 * @param {number} width
 * @param {number} height
 * @returns {{ink: Float32Array, noise: number}}
 */
function abovePaper(grey, width, height) {
  const { paper, noise } = fitSurface(grey, width, height);
  const difference = grey.map((value, i) => value - paper[i]);
  const [darkest, brightest] = percentiles(difference, [0.002, 0.998]);
  const sign = -darkest > brightest ? -1 : 1;
  return { ink: difference.map((value) => Math.max(0, value * sign)), noise };
}

/**
 * The difference that full ink makes: the middle of what is clearly ink.
 *
 * @param {Float32Array} ink
 */
function fullInk(ink) {
  const [peak] = percentiles(ink, [0.999]);
  return spread(sample(ink).filter((value) => value > peak / 2)).middle;
}

/**
 * @param {Float32Array} values
 * @param {number[]} shares of the values that lie below
 */
function percentiles(values, shares) {
  const sorted = sample(values).sort();
  return shares.map((share) => sorted[Math.round(share * (sorted.length - 1))]);
}

/**
 * Evenly chosen values, as many as are enough.
 *
 * @param {Float32Array} values
 */
function sample(values) {
  const step = Math.max(1, values.length / ENOUGH);
  const length = Math.floor(values.length / step);
  return Float32Array.from({ length }, (_, i) => values[Math.floor(i * step)]);
}
