/** Logits, probabilities, and how far they are from the labels. */

/**
 * What each example weighs: classes with few pictures count as much as those with many, which is
 * what balanced batches do.
 *
 * @param {ArrayLike<number>} labels
 * @param {number} classes
 * @param {Set<number>} [without] rows to leave out
 * @returns {Float32Array} adds up to 1
 */
export function balance(labels, classes, without = new Set()) {
  const counts = new Array(classes).fill(0);
  for (let i = 0; i < labels.length; i++) if (!without.has(i)) counts[labels[i]]++;
  const present = counts.filter((count) => count > 0).length;
  return Float32Array.from(labels, (label, i) =>
    without.has(i) ? 0 : 1 / (counts[label] * present),
  );
}

/**
 * Logits to probabilities, in place, row by row.
 *
 * @template {Float32Array | Float64Array} T
 * @param {T} logits
 * @param {number} classes
 */
export function softmax(logits, classes) {
  for (let from = 0; from < logits.length; from += classes) {
    let largest = -Infinity;
    for (let c = 0; c < classes; c++) largest = Math.max(largest, logits[from + c]);
    let sum = 0;
    for (let c = 0; c < classes; c++) {
      sum += logits[from + c] = Math.exp(logits[from + c] - largest);
    }
    for (let c = 0; c < classes; c++) logits[from + c] /= sum;
  }
  return logits;
}

/**
 * Loss (mean cross-entropy, nats, each example weighed by its share) and accuracy.
 *
 * @param {Float32Array | Float64Array} probabilities
 * @param {ArrayLike<number>} labels
 * @param {Float32Array} shares
 */
export function measure(probabilities, labels, shares) {
  const classes = probabilities.length / labels.length;
  let [loss, right, total] = [0, 0, 0];
  for (let i = 0, at = 0; i < labels.length; i++, at += classes) {
    if (shares[i] === 0) continue;
    const own = probabilities[at + labels[i]];
    loss -= shares[i] * Math.log(Math.max(own, 1e-12));
    let best = 0;
    for (let c = 1; c < classes; c++) {
      if (probabilities[at + c] > probabilities[at + best]) best = c;
    }
    right += Number(best === labels[i]);
    total++;
  }
  return { loss, acc: total ? right / total : 0 };
}

/**
 * @template {Float32Array | Float64Array} T
 * @param {T} logits
 * @param {ArrayLike<number>} bias
 */
export function addBias(logits, bias) {
  for (let i = 0; i < logits.length; i++) logits[i] += bias[i % bias.length];
  return logits;
}
