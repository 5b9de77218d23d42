/** Numbers as the pages that train write them. */

/** @param {number} share 0 to 1 */
export function formatPercent(share) {
  return `${(share * 100).toFixed(1)}%`;
}

/**
 * @param {number} share from 0 to 1
 * @returns {string} such as "99.8%"; never "100.0%" of what is not all
 */
export function formatShare(share) {
  if (share >= 0.9995 && share < 1) return ">99.9%";
  if (share > 0 && share < 0.0005) return "<0.1%";
  return `${(share * 100).toFixed(1)}%`;
}

/** @param {number} loss */
export function formatLoss(loss) {
  return loss.toFixed(loss < 0.01 ? 4 : loss < 10 ? 3 : 1);
}

/**
 * @param {number} seconds
 * @returns {string} such as "42 s", "3 min 5 s", "2 h 10 min"
 */
export function formatDuration(seconds) {
  const whole = Math.max(0, Math.ceil(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/**
 * Order of the classes in a row of probabilities, the likeliest first.
 *
 * @param {ArrayLike<number>} row
 * @returns {number[]} indices of classes
 */
export function ranked(row) {
  return Array.from(row, (_, i) => i).sort((a, b) => row[b] - row[a] || a - b);
}
