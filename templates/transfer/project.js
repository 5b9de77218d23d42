/**
 * What the visitor has made: pictures with their classes and the head that learned from them.
 * Owns no element and no tensor; whoever shows something listens for "change" (pictures and classes),
 * "head" and "threshold".
 *
 * Names of classes are kept in Unicode's composed form (NFC): folders that look alike are alike,
 * whichever system wrote them.
 *
 * @import { HeadFile, TrainSettings } from "./session.js"
 * @import { Choice } from "./choose.js"
 *
 * @typedef {"train" | "validation"} Role
 * @typedef {"folder" | "files" | "webcam" | "paste" | "samples" | "opened"} Source
 * @typedef {{
 *   id: number, name: string, label: string, role: Role, source: Source, hash: string, jpeg: Blob
 * }} Picture name: its path as it was dropped; hash: sha256 of the file, hex; jpeg: 224 × 224
 *
 * @typedef {{epoch: number, loss: number, acc: number, valLoss?: number, valAcc?: number}} Epoch
 * @typedef {{
 *   kind: "linear" | "classic", backbone: string, taps: string[], classes: string[],
 *   size: number, file: HeadFile, mean: Float32Array, settings: TrainSettings,
 *   choice: Choice | null, history: Epoch[], counts: {train: number[], validation: number[]},
 *   scores: {train: number, validation: number | null, pixels: number | null},
 *   threshold: number | null
 * }} TrainedHead size: values of a row of features; file: a layers model on raw features; mean: of
 *   the training pictures' features; scores: accuracies, `pixels` that of the baseline;
 *   threshold: least probability that counts as an answer, chosen or moved by the visitor
 */

export class Project extends EventTarget {
  /** @type {Map<number, Picture>} */
  pictures = new Map();
  /** @type {TrainedHead | null} */
  head = null;
  /** Have pictures changed since the head was trained? */
  stale = false;
  /** Counts changes, for whoever works on what there was at some moment. */
  version = 0;
  nextId = 1;

  /** @param {string[]} classes in the order of their indices */
  constructor(classes) {
    super();
    this.classes = [...classes];
  }

  /**
   * Take pictures in; one whose content is in the same role and class already is left out.
   *
   * @param {Omit<Picture, "id">[]} found
   * @returns {Picture[]} those that were added
   */
  add(found) {
    const known = new Set([...this.pictures.values()].map(sameness));
    const added = [];
    for (const { label, ...rest } of found) {
      const picture = { ...rest, label: label.normalize() };
      if (known.has(sameness(picture))) continue;
      known.add(sameness(picture));
      if (!this.classes.includes(picture.label)) this.classes.push(picture.label);
      const kept = { ...picture, id: this.nextId++ };
      this.pictures.set(kept.id, kept);
      added.push(kept);
    }
    if (added.length) this.changed();
    return added;
  }

  /** @param {number[]} ids */
  remove(ids) {
    for (const id of ids) this.pictures.delete(id);
    this.changed();
  }

  /**
   * @param {number[]} ids
   * @param {{label?: string, role?: Role}} change
   */
  move(ids, change) {
    if (change.label) change = { ...change, label: change.label.normalize() };
    for (const id of ids) {
      const picture = this.pictures.get(id);
      if (picture) this.pictures.set(id, { ...picture, ...change });
    }
    if (change.label && !this.classes.includes(change.label)) this.classes.push(change.label);
    this.changed();
  }

  /**
   * Give a class another name; that of another class joins the two.
   *
   * @param {string} from
   * @param {string} to
   */
  renameClass(from, to) {
    to = to.normalize();
    if (from === to) return;
    const known = this.classes.includes(to);
    this.classes = this.classes.map((name) => (name === from ? to : name));
    if (known) this.classes = [...new Set(this.classes)];
    for (const [id, picture] of this.pictures) {
      if (picture.label === from) this.pictures.set(id, { ...picture, label: to });
    }
    this.changed();
  }

  /** @param {string} name */
  addClass(name) {
    name = name.normalize();
    if (this.classes.includes(name)) return;
    this.classes.push(name);
    this.changed();
  }

  /** @param {string} name goes with its pictures */
  removeClass(name) {
    this.classes = this.classes.filter((other) => other !== name);
    for (const [id, picture] of this.pictures) {
      if (picture.label === name) this.pictures.delete(id);
    }
    this.changed();
  }

  /**
   * @param {Role} role
   * @param {string} [label]
   * @returns {Picture[]} in the order in which they came
   */
  of(role, label) {
    return [...this.pictures.values()].filter(
      (picture) => picture.role === role && (label === undefined || picture.label === label),
    );
  }

  /**
   * @param {TrainedHead | null} head
   * @param {{stale: boolean}} [found] stale: have pictures changed since it was trained?
   */
  setHead(head, { stale } = { stale: false }) {
    this.head = head;
    this.stale = head !== null && stale;
    this.dispatchEvent(new Event("head"));
  }

  /** @param {number | null} threshold from which probability on the head answers; null: always */
  setThreshold(threshold) {
    if (!this.head) return;
    this.head.threshold = threshold;
    this.dispatchEvent(new Event("threshold"));
  }

  /**
   * Replace everything, as opening a saved project does.
   *
   * @param {{classes: string[], pictures: Omit<Picture, "id">[], head: TrainedHead | null}} saved
   * @returns {Picture[]} the pictures with their numbers, in the same order
   */
  replace({ classes, pictures, head }) {
    this.pictures.clear();
    this.classes = [...classes];
    const kept = pictures.map((picture) => ({ ...picture, id: this.nextId++ }));
    for (const picture of kept) this.pictures.set(picture.id, picture);
    this.changed();
    this.setHead(head);
    return kept;
  }

  /** @param {string[]} classes to begin again with */
  clear(classes) {
    this.replace({ classes, pictures: [], head: null });
  }

  changed() {
    this.version++;
    this.stale = this.head !== null;
    this.dispatchEvent(new Event("change"));
  }
}

/** @param {Omit<Picture, "id">} picture */
function sameness({ hash, role, label }) {
  return `${hash} ${role} ${label}`;
}
