/**
 * The project is kept in this browser while one works on it: a database per site and page. Only
 * that one is ever deleted; many sites can share an origin.
 *
 * @import { Place } from "../shared/storage.js"
 * @typedef {{slug: string, savedAt: number, pictures: number, file: Blob}} Kept
 */
import { databaseName, inStore } from "../shared/storage.js";

export class Autosave {
  /**
   * @param {string} root of the site, relative to the page
   * @param {string} slug of the page
   */
  constructor(root, slug) {
    this.slug = slug;
    /** @type {Place} */
    this.place = { database: `${databaseName(root)}:projects`, store: "projects", key: "slug" };
    /** Is this the tab that may write? The first one of several is. */
    this.mine = this.claim(`${this.place.database}:${slug}`);
  }

  /**
   * @param {string} name
   * @returns {Promise<boolean>}
   */
  claim(name) {
    if (!navigator.locks) return Promise.resolve(true);
    return new Promise((resolve) => {
      // The lock is held until the tab is closed: its promise never settles.
      navigator.locks.request(name, { ifAvailable: true }, (lock) => {
        resolve(lock !== null);
        return lock ? new Promise(() => {}) : undefined;
      });
    });
  }

  /** @returns {Promise<Kept | undefined>} */
  read() {
    return inStore(this.place, "readonly", (store) => store.get(this.slug));
  }

  /**
   * @param {Blob} file
   * @param {number} pictures how many
   */
  async write(file, pictures) {
    /** @type {Kept} */
    const kept = { slug: this.slug, savedAt: Date.now(), pictures, file };
    await inStore(this.place, "readwrite", (store) => store.put(kept));
  }

  async forget() {
    await inStore(this.place, "readwrite", (store) => store.delete(this.slug));
  }
}
