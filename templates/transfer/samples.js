/**
 * The sample pictures that come with the page: so many of each class, for training and validation.
 *
 * @import { Entry } from "./layouts.js"
 * @import { Prepared } from "./preparer.js"
 * @import { Role } from "./project.js"
 * @import { Session } from "./session.js"
 * @typedef {Omit<Entry, "file"> & {index: number}} Sample
 */
import { transfer } from "comlink";
import { absolute } from "../shared/page.js";
import { Tiles } from "../shared/tiles.js";

/** @type {Role[]} */
const ROLES = ["train", "validation"];

export class Samples {
  /** @param {Session} session with samples */
  constructor({ transfer, preparer }) {
    if (!transfer.samples) throw new Error("This page comes without sample pictures.");
    this.url = absolute(transfer.samples.manifest);
    this.each = transfer.samples.each;
    this.preparer = preparer;
    /** @type {Tiles | null} */
    this.tiles = null;
  }

  /** @returns {Promise<Sample[]>} */
  async list() {
    this.tiles ??= await Tiles.open(this.url);
    const { classes } = this.tiles.manifest;
    /** @type {Sample[]} */
    const samples = [];
    for (const role of ROLES) {
      const left = classes.map(() => this.each[role]);
      (await this.tiles.labels(role)).forEach((label, index) => {
        if (left[label]-- <= 0) return;
        const path = `${role}/${classes[label]}/${String(index).padStart(3, "0")}`;
        samples.push({ path, label: classes[label], role, index });
      });
    }
    return samples;
  }

  /**
   * @param {Sample} sample
   * @returns {Promise<Prepared>}
   */
  async prepare({ role, index }) {
    const tiles = /** @type {Tiles} */ (this.tiles);
    const bitmap = await tiles.picture(role, index);
    return this.preparer.fromBitmap(transfer(bitmap, [bitmap]));
  }

  close() {
    this.tiles?.close();
  }
}
