/** Hand a file to the visitor. */
import { element } from "./dom.js";

/**
 * @param {Blob} blob
 * @param {string} name
 */
export function download(blob, name) {
  const url = URL.createObjectURL(blob);
  element("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/**
 * A name that every file system takes.
 *
 * @param {string} name
 * @param {string} otherwise when nothing is left of it
 */
export function safeName(name, otherwise) {
  const safe = name.normalize("NFC").replace(/[^\p{L}\p{N} ._-]+/gu, "-").replace(/^[. ]+/, "");
  return safe.trim() || otherwise;
}
