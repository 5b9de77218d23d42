/**
 * What makes pages cross-origin isolated. A file needs it as much as a page does: an isolated page
 * starts no worker whose script comes without.
 */
const HEADERS = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  "cross-origin-resource-policy": "same-origin",
};

/**
 * @param {Response} response
 * @returns {Response} the same, with the headers of an isolated site
 */
export function isolate(response) {
  if (response.status === 0) return response; // a redirect that the browser is to follow
  const { body, status, statusText } = response;
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(HEADERS)) headers.set(name, value);
  return new Response(body, { status, statusText, headers });
}
