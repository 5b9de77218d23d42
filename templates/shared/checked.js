/** Files that a manifest promises: what arrives is compared with the promise. */
import { fetchOrExplain } from "./manifest.js";

/**
 * Fetch a file whose length and hash are known.
 *
 * @param {string} url
 * @param {{bytes: number, sha256: string}} promised
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
export async function fetchChecked(url, { bytes, sha256 }) {
  const response = await fetchOrExplain(url);
  const buffer = await response.arrayBuffer().catch((cause) => {
    throw new Error(`${url} broke off while it was loading. Reload the page.`, { cause });
  });
  if (buffer.byteLength !== bytes) {
    throw new Error(
      `${url} is ${buffer.byteLength} bytes long where ${bytes} belong: it is truncated or ` +
        "from another version of the site. Reload the page.",
    );
  }
  // Browsers offer hashing on https and localhost alone; elsewhere the PNG's own checksum
  // still guards the pixels.
  if (globalThis.crypto?.subtle && (await hexDigest(buffer)) !== sha256) {
    throw new Error(`${url} is damaged: its checksum is not the manifest's. Reload the page.`);
  }
  return new Uint8Array(buffer);
}

/** @param {ArrayBuffer} buffer */
export async function hexDigest(buffer) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", buffer));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
