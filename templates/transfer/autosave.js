/**
 * The project is kept in this browser while one works on it: a database per site and page. Only
 * that one is ever emptied; many sites can share an origin.
 *
 * Pictures are records of their own (kept-pictures.js). What changes often, classes and labels and
 * the head, is one small record beside them, written last: it names only pictures that are there.
 *
 * @import { Place } from "../shared/storage.js"
 * @import { Picture, TrainedHead } from "./project.js"
 * @import { KeptPicture, Source } from "./kept-pictures.js"
 * @import { SavedProject } from "./project-file.js"
 *
 * @typedef {{
 *   key: string, savedAt: number, backbone: string, classes: string[],
 *   pictures: KeptPicture[], head: TrainedHead | null, stale: boolean
 * }} KeptProject
 */
import { databaseName, transact } from "../shared/storage.js";
import { KeptPictures, PICTURES } from "./kept-pictures.js";

const STORE = "project";
/** Keys in it: the project, and the wish that nothing be kept. */
const [PROJECT, OFF] = ["project", "off"];

export class Autosave {
  /** @type {Promise<unknown>} one thing after the other */
  queue = Promise.resolve();
  /** How often everything was forgotten: what was begun before must not write any more. */
  forgotten = 0;

  /**
   * @param {string} root of the site, relative to the page
   * @param {string} slug of the page
   */
  constructor(root, slug) {
    /** @type {Place} */
    this.place = {
      database: `${databaseName(root)}:projects:${slug}`,
      stores: { [STORE]: "key", [PICTURES]: "key" },
      what: "pictures",
    };
    this.pictures = new KeptPictures(this.place);
  }

  /**
   * Is this the tab that may write? The first one of several is, until it is closed.
   *
   * @returns {Promise<boolean>}
   */
  claim() {
    if (!navigator.locks) return Promise.resolve(true); // an insecure origin
    return new Promise((resolve) => {
      navigator.locks
        .request(this.place.database, { ifAvailable: true }, (lock) => {
          resolve(lock !== null);
          return lock ? new Promise(() => {}) : undefined;
        })
        .catch(() => resolve(true));
    });
  }

  /**
   * What was kept the last time.
   *
   * @returns {Promise<{project: KeptProject | undefined, off: boolean}>}
   */
  async look() {
    /** @type {[KeptProject | undefined, object | undefined, string[]]} */
    const [project, off, keys] = await transact(this.place, "readonly", (store) => [
      store(STORE).get(PROJECT),
      store(STORE).get(OFF),
      store(PICTURES).getAllKeys(),
    ]);
    // Until they are read they count as incomplete: written anew, or dropped.
    for (const key of keys) this.pictures.written.set(key, "");
    return { project, off: off !== undefined };
  }

  /** @param {boolean} off should nothing be kept the next time, either? */
  async turn(off) {
    await transact(this.place, "readwrite", (store) => {
      if (off) store(STORE).put({ key: OFF });
      else store(STORE).delete(OFF);
    });
  }

  /** @returns {Promise<SavedProject | null>} */
  read() {
    return this.inTurn(async () => {
      const { project } = await this.look();
      if (!project) return null;
      const { backbone, classes, head, stale } = project;
      const found = await this.pictures.read(project.pictures);
      return { backbone, classes, head, stale, ...found };
    });
  }

  /**
   * Write what is new, then the small record, and drop what is no longer wanted.
   *
   * @param {Omit<SavedProject, "pictures" | "taps"> & {pictures: Picture[]}} project
   * @param {Source} source
   * @returns {Promise<boolean>} false when everything was forgotten meanwhile
   */
  write({ pictures, ...project }, source) {
    const { forgotten } = this;
    const isOver = () => forgotten !== this.forgotten;
    return this.inTurn(async () => {
      await this.recount();
      await this.pictures.write(project.backbone, pictures, source, isOver);
      if (isOver()) return false;
      const named = pictures.map(({ id: _, jpeg: __, ...picture }, i) => {
        return { ...picture, key: KeptPictures.key(project.backbone, pictures[i]) };
      });
      const unwanted = this.pictures.unwanted(named.map(({ key }) => key));
      /** @type {KeptProject} */
      const kept = { ...project, key: PROJECT, savedAt: Date.now(), pictures: named };
      await transact(this.place, "readwrite", (store) => {
        for (const key of unwanted) store(PICTURES).delete(key);
        store(STORE).put(kept);
      });
      for (const key of unwanted) this.pictures.written.delete(key);
      return true;
    });
  }

  /** Visitors and browsers may clear the storage under an open page: then all is written again. */
  async recount() {
    const keys = new Set(
      await transact(this.place, "readonly", (store) => store(PICTURES).getAllKeys()),
    );
    for (const key of this.pictures.written.keys()) {
      if (!keys.has(key)) this.pictures.written.delete(key);
    }
  }

  /** Empty the database; what is being written is not written any more. */
  forget() {
    this.forgotten++;
    return this.inTurn(async () => {
      await transact(this.place, "readwrite", (store) => {
        store(STORE).delete(PROJECT);
        store(PICTURES).clear();
      });
      this.pictures.written.clear();
    });
  }

  /**
   * @template T
   * @param {() => Promise<T>} task
   * @returns {Promise<T>}
   */
  inTurn(task) {
    const turn = this.queue.then(task);
    this.queue = turn.catch(() => {});
    return turn;
  }
}
