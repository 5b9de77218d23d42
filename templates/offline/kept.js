/**
 * What a site keeps in this browser: pages, and the files that they name. A page is kept when all
 * that it needs is, so it never stands there without its files; what no kept page names goes.
 *
 * Many sites share one origin: the cache carries the path of the site's root in its name, and no
 * other is touched.
 */
import { addressOf, cacheName, filesOf, isPage, previousOf } from "./names.js";

export class Kept {
  /** @type {Promise<void>} changes come one after another: one sweeps what another brings */
  changing = Promise.resolve();
  /** @type {Promise<Set<string>> | null} what kept pages name, until that changes */
  naming = null;

  /** @param {string} scope URL of the site's root */
  constructor(scope) {
    this.scope = scope;
    this.name = cacheName(scope);
  }

  /** @param {string} url */
  match(url) {
    return caches.match(url, { cacheName: this.name, ignoreVary: true });
  }

  /**
   * Keep a page with all that it needs, in place of what was kept of it.
   *
   * @param {Response} page
   * @param {string} url that it was asked for by
   */
  async keep(page, url) {
    const address = addressOf(url);
    const html = await page.text();
    const files = filesOf(html, address);
    if (files?.root !== this.scope) return; // another site's, or one that does not want it
    await caches.open(this.name);
    await this.change(async (cache) => {
      await Promise.all(files.now.map((file) => add(cache, file)));
      await this.keepPrevious(cache, address, html);
      await cache.put(address, asPage(html));
    });
  }

  /**
   * Tabs may still show the page of the last build, and ask for what it names.
   *
   * @param {Cache} cache
   * @param {string} address
   * @param {string} html of the new one
   */
  async keepPrevious(cache, address, html) {
    const before = await (await cache.match(address))?.text();
    if (before === undefined) return;
    const newer = namesOf(html, address);
    const isSame = namesOf(before, address).every((name) => newer.includes(name));
    if (!isSame) await cache.put(previousOf(address), asPage(before));
  }

  /**
   * The site has no such page any more.
   *
   * @param {string} url
   */
  forget(url) {
    return this.change(async (cache) => {
      await cache.delete(addressOf(url));
      await cache.delete(previousOf(addressOf(url)));
    });
  }

  /**
   * Keep a file that was fetched, if a kept page names it.
   *
   * @param {string} url
   * @param {Response} file
   */
  keepFile(url, file) {
    return this.change(async (cache) => {
      this.naming ??= readNames(cache);
      if ((await this.naming).has(url)) await cache.put(url, file);
    });
  }

  /** @param {(cache: Cache) => Promise<void>} work for what is kept, if anything is */
  change(work) {
    const done = this.changing.then(async () => {
      if (await caches.has(this.name)) await work(await caches.open(this.name));
    });
    this.changing = done.catch(() => {});
    return done;
  }

  /** Remove what no kept page names. */
  sweep() {
    return this.change(async (cache) => {
      this.naming = readNames(cache);
      const names = await this.naming;
      for (const { url } of await cache.keys()) {
        if (!isPage(url) && !names.has(url)) await cache.delete(url);
      }
    });
  }
}

/**
 * @param {Cache} cache
 * @returns {Promise<Set<string>>} URLs
 */
async function readNames(cache) {
  /** @type {Set<string>} */
  const names = new Set();
  for (const request of await cache.keys()) {
    if (!isPage(request.url)) continue;
    const html = (await (await cache.match(request))?.text()) ?? "";
    for (const name of namesOf(html, request.url)) names.add(name);
  }
  return names;
}

/**
 * @param {string} html
 * @param {string} address
 * @returns {string[]} URLs
 */
function namesOf(html, address) {
  const files = filesOf(html, address);
  return files ? [...files.now, ...files.later] : [];
}

/**
 * @param {Cache} cache
 * @param {string} url
 */
async function add(cache, url) {
  if (!(await cache.match(url))) await cache.add(url);
}

/** @param {string} html */
function asPage(html) {
  return new Response(html, { headers: { "content-type": "text/html; charset=utf-8" } });
}
