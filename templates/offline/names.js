/**
 * What a page says of the files that it stands on. All of them carry a hash in their names, so a
 * name means the same content for ever.
 *
 * @typedef {{root: string, now: string[], later: string[]}} PageFiles absolute URLs; now: what the
 *   page needs to work, later: what it may ask for
 */

const BLOCK = /<script type="application\/json" id="page-files">([^<]*)<\/script>/;

/**
 * @param {string} html
 * @param {string} address of the page
 * @returns {PageFiles | null} null when it says nothing: then it is not kept
 */
export function filesOf(html, address) {
  const block = BLOCK.exec(html);
  if (!block) return null;
  /** @type {PageFiles} with URLs that are relative to the page */
  const { root, now, later } = JSON.parse(block[1]);
  /** @param {string} name */
  const resolve = (name) => new URL(name, address).href;
  return { root: resolve(root), now: now.map(resolve), later: later.map(resolve) };
}

/**
 * The cache of the site with this root: many sites may share one origin.
 *
 * @param {string} scope URL of the site's root
 */
export function cacheName(scope) {
  return `mlpages:${new URL(scope).pathname}:pages`;
}

/**
 * The address under which a page is kept: without query and fragment, its folder's.
 *
 * @param {string} url
 */
export function addressOf(url) {
  const { origin, pathname } = new URL(url);
  return origin + pathname.replace(/\/index\.html$/, "/");
}

/**
 * Where the last page of that address is kept while tabs may still show it.
 *
 * @param {string} address
 */
export function previousOf(address) {
  return `${address}?previous`;
}

/**
 * Of all that is kept: is it a page? Files have no address that ends with a slash.
 *
 * @param {string} url
 */
export function isPage(url) {
  return new URL(url).pathname.endsWith("/");
}
