/**
 * Seeded randomness: the same seed shuffles the same way in every browser.
 *
 * The generator is mulberry32 (Tommy Ettinger, public domain): 32 bits of state, good enough to
 * shuffle images, not for secrets.
 *
 * @param {number} seed any integer
 * @returns {() => number} uniform in [0, 1)
 */
export function seededRandom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/**
 * Shuffle part of an array in place (Fisher and Yates).
 *
 * @param {Uint32Array} array
 * @param {() => number} random
 * @param {number} [from]
 * @param {number} [to]
 */
export function shuffle(array, random, from = 0, to = array.length) {
  for (let i = to - 1; i > from; i--) {
    const j = from + Math.floor(random() * (i - from + 1));
    [array[i], array[j]] = [array[j], array[i]];
  }
}
