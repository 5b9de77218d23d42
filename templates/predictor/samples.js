/**
 * Test images to try, of all classes in turn: for the keyboard, for a first answer with one click,
 * and to compare with what a visitor brings.
 *
 * @import { ImageShape } from "../shared/digit-view.js"
 * @typedef {{
 *   labels: () => Promise<number[]>, images: (indices: number[]) => Promise<Uint8Array>
 * }} Source labels: of the first images; images: pixels, one image after another
 */
import { showGallery } from "../shared/digit-view.js";
import { byId, showError } from "../shared/page.js";

/**
 * The numbers of the images to show in a round: class after class in turn, each with its next
 * image, until all were shown.
 *
 * @param {number[][]} byClass the numbers of each class's images
 * @param {number} room how many images fit
 * @param {number} round from 0
 */
export function pickRound(byClass, room, round) {
  const known = byClass.filter((indices) => indices.length > 0);
  const all = known.reduce((sum, indices) => sum + indices.length, 0);
  const count = Math.min(room, all);
  return Array.from({ length: count }, (_, i) => {
    const turn = round * count + i;
    const indices = known[turn % known.length];
    return indices[Math.floor(turn / known.length) % indices.length];
  });
}

export class SampleRow {
  /** @type {number[][]} by class, the numbers of its images */
  byClass = [];
  round = 0;

  /**
   * @param {string[]} classes
   * @param {ImageShape} shape
   * @param {Source} source
   * @param {(pixels: Uint8Array, words: string) => void} choose
   */
  constructor(classes, shape, source, choose) {
    this.classes = classes;
    this.shape = shape;
    this.source = source;
    this.choose = choose;
    this.row = byId("samples", HTMLElement);
    this.others = byId("others", HTMLButtonElement);
    /** How many images fit. */
    this.room = this.row.children.length;
    this.others.addEventListener("click", () => {
      this.round += 1;
      this.show().catch(showError);
    });
  }

  /** Show the first images. */
  async offer() {
    const labels = await this.source.labels();
    this.byClass = this.classes.map(() => []);
    labels.forEach((label, index) => this.byClass[label].push(index));
    await this.show();
    this.others.disabled = false;
  }

  async show() {
    const { round } = this;
    const indices = pickRound(this.byClass, this.room, round);
    const pixels = await this.source.images(indices);
    if (round !== this.round) return; // others were asked for meanwhile
    const size = pixels.length / indices.length;
    const images = indices.map((_, i) => pixels.subarray(i * size, (i + 1) * size));
    const names = indices.map((index) => this.nameOf(index));
    showGallery(this.row, images, this.shape, {
      name: (i) => `Test image of ${names[i]}`,
      choose: (i) => {
        this.choose(images[i], `Test image ${indices[i]}, labelled ${names[i]}.`);
      },
    });
  }

  /** @param {number} index */
  nameOf(index) {
    return this.classes[this.byClass.findIndex((indices) => indices.includes(index))];
  }
}
