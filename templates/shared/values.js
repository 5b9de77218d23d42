/** What values of JSON are that came from anywhere. */

/** @param {unknown} value */
export function isText(value) {
  return typeof value === "string";
}

/** @param {unknown} value */
export function isCount(value) {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

/**
 * @param {unknown} value
 * @returns {value is object} neither null nor a list
 */
export function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * @template T
 * @param {T[] | undefined} value
 * @param {(entry: unknown) => boolean} check
 * @returns {value is T[]}
 */
export function isListOf(value, check) {
  return Array.isArray(value) && value.every(check);
}

/**
 * For messages: a word or a number as it is, anything else by its kind.
 *
 * @param {unknown} value
 */
export function shown(value) {
  return ["string", "number"].includes(typeof value) ? String(value).slice(0, 40) : typeof value;
}
