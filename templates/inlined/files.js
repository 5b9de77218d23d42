/**
 * A page in one file: what it would fetch lies in it, by address, and a policy forbids it the
 * network. All that the page and its workers know of this is that `fetch` answers at once.
 *
 * @typedef {Map<string, Blob>} Files by absolute URL, on a host that no network has
 */

/**
 * Answer every `fetch` from these files; what is not among them is not found.
 *
 * @param {Files} files
 */
export function answerFetch(files) {
  globalThis.fetch = async (request) => {
    const url = request instanceof Request ? request.url : String(request);
    const file = files.get(url);
    return file ? new Response(file) : new Response(null, { status: 404 });
  };
}

/**
 * @param {string} base64
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function decodeBase64(base64) {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
