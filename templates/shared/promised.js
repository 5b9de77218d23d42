/**
 * Files that are what the build made, or are refused in words; and words for those that are slow.
 *
 * The browser itself compares what it fetches with a hash, also where pages may not (on plain
 * http), and says no more than that it failed.
 */

/**
 * Have every `fetch` from now on checked. A worker gets the text of this function, so it stands
 * alone: it uses nothing but its arguments and what every page and worker has.
 *
 * @param {Record<string, string>} promised integrity (as in the attribute) by absolute URL
 * @param {(word: "waiting" | "arrived", url: string) => void} tell called for a file that lets
 *   wait, and when it has come or failed
 */
export function keepPromises(promised, tell) {
  const SLOW_MILLISECONDS = 8_000;
  const plain = globalThis.fetch;
  /**
   * @param {string} url
   * @param {RequestInit} [options]
   * @returns {Promise<Response>}
   */
  const fetchPromised = async (url, options) => {
    const integrity = promised[url];
    try {
      const response = await plain(url, integrity ? { ...options, integrity } : options);
      // With the body: that may be what lets wait.
      return response.ok ? new Response(await response.blob(), response) : response;
    } catch (cause) {
      if (!integrity) throw cause;
      const response = await plain(url, options);
      if (!response.ok) return response;
      const words =
        `${url} is damaged, or from another version of the site: it is not the file that this ` +
        "page was made with. Reload the page.";
      throw Object.assign(new Error(words, { cause }), { name: "PromiseError" });
    }
  };
  globalThis.fetch = async (request, options) => {
    const url = request instanceof Request ? request.url : String(request);
    let isSlow = false;
    const timer = setTimeout(() => {
      isSlow = true;
      tell("waiting", url);
    }, SLOW_MILLISECONDS);
    try {
      return await fetchPromised(url, options);
    } finally {
      clearTimeout(timer);
      if (isSlow) tell("arrived", url);
    }
  };
}
