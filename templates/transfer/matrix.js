/**
 * Features of several pictures, one picture to a row.
 *
 * @typedef {{values: Float32Array, count: number, size: number}} Matrix `count` rows of `size`
 *   values
 */

/**
 * Put the rows of several matrices side by side.
 *
 * @param {Matrix[]} parts all with the same number of rows
 * @returns {Matrix}
 */
export function sideBySide(parts) {
  if (parts.length === 1) return parts[0];
  const { count } = parts[0];
  const size = parts.reduce((sum, part) => sum + part.size, 0);
  const values = new Float32Array(count * size);
  let column = 0;
  for (const part of parts) {
    for (let row = 0; row < count; row++) {
      const from = row * part.size;
      values.set(part.values.subarray(from, from + part.size), row * size + column);
    }
    column += part.size;
  }
  return { values, count, size };
}
