/**
 * A row of test images to try, one of each class: for the keyboard, and to compare a drawing with.
 *
 * @import { Metadata } from "../shared/manifest.js"
 * @import { DrawingPad } from "../shared/pad.js"
 * @import { Note } from "./tools.js"
 * @typedef {(indices: number[]) => Promise<{pixels: Uint8Array, labels: number[]}>} Fetch
 */
import { showGallery } from "../shared/digit-view.js";
import { byId } from "../shared/page.js";

/** Images to choose from; they are in the first sheet, which is one request. */
const CANDIDATES = 400;

export class SampleRow {
  /** @type {Uint8Array[][]} by class, images in the order of the data */
  images = [];
  /** @type {number[][]} */
  indices = [];
  round = 0;

  /**
   * @param {Metadata} metadata
   * @param {DrawingPad} pad
   * @param {Note} note
   */
  constructor({ classes, input }, pad, note) {
    this.classes = classes;
    this.input = input;
    this.pad = pad;
    this.note = note;
    this.row = byId("samples", HTMLElement);
    this.others = byId("others", HTMLButtonElement);
    this.others.addEventListener("click", () => {
      this.round += 1;
      this.show();
    });
  }

  /**
   * Fetch images and show the first row.
   *
   * @param {Fetch} fetchImages
   */
  async offer(fetchImages) {
    const count = Math.min(CANDIDATES, Number(this.row.dataset.images));
    const indices = Array.from({ length: count }, (_, i) => i);
    const { pixels, labels } = await fetchImages(indices);
    const size = pixels.length / indices.length;
    this.images = this.classes.map(() => []);
    this.indices = this.classes.map(() => []);
    labels.forEach((label, i) => {
      this.images[label].push(pixels.subarray(i * size, (i + 1) * size));
      this.indices[label].push(i);
    });
    this.show();
    this.others.disabled = false;
  }

  show() {
    const pick = (/** @type {number} */ i) => this.round % this.images[i].length;
    const shown = this.classes.flatMap((_, i) => (this.images[i].length ? [i] : []));
    showGallery(
      this.row,
      shown.map((i) => this.images[i][pick(i)]),
      this.input,
      {
        name: (i) => `Test image of ${this.classes[shown[i]]}`,
        choose: (i) => this.choose(shown[i], pick(shown[i])),
      },
    );
  }

  /**
   * @param {number} label
   * @param {number} pick
   */
  choose(label, pick) {
    const { height, width, channels } = this.input;
    const image = this.images[label][pick];
    // On the pad an image is grey, whatever its colours are.
    const pixels = image.filter((_, i) => i % channels === 0);
    this.pad.drawInk({ pixels, width, height });
    const index = this.indices[label][pick];
    this.note.say(`Test image ${index}, labelled ${this.classes[label]}.`);
  }
}
