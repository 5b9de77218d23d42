/**
 * How good answers are, and what they have to be compared with.
 *
 * @typedef {{
 *   count: number, accuracy: number, loss: number,
 *   perClass: {name: string, right: number, total: number}[], confusion: number[][],
 *   predicted: number[], probability: number[]
 * }} Scores confusion: [true class][predicted class]; predicted and probability: picture by picture
 */

/**
 * @param {Float32Array} probabilities one row a picture
 * @param {ArrayLike<number>} labels
 * @param {string[]} classes
 * @returns {Scores}
 */
export function evaluate(probabilities, labels, classes) {
  const count = labels.length;
  const confusion = classes.map(() => classes.map(() => 0));
  const predicted = [];
  const probability = [];
  let loss = 0;
  for (let i = 0; i < count; i++) {
    const row = probabilities.subarray(i * classes.length, (i + 1) * classes.length);
    const best = likeliest(row);
    predicted.push(best);
    probability.push(row[best]);
    confusion[labels[i]][best]++;
    loss -= Math.log(Math.max(row[labels[i]], 1e-12)) / count;
  }
  const perClass = classes.map((name, i) => ({
    name,
    right: confusion[i][i],
    total: confusion[i].reduce((sum, n) => sum + n, 0),
  }));
  const right = perClass.reduce((sum, entry) => sum + entry.right, 0);
  const accuracy = count ? right / count : 0;
  return { count, accuracy, loss, perClass, confusion, predicted, probability };
}

/**
 * The class with the highest probability; of equals the first.
 *
 * @param {ArrayLike<number>} row
 */
export function likeliest(row) {
  let best = 0;
  for (let c = 1; c < row.length; c++) if (row[c] > row[best]) best = c;
  return best;
}

/**
 * What guessing reaches.
 *
 * @param {string[]} classes
 */
export function chance(classes) {
  return 1 / classes.length;
}

/**
 * What always naming the commonest class reaches.
 *
 * @param {ArrayLike<number>} labels
 * @param {string[]} classes
 */
export function majority(labels, classes) {
  const counts = classes.map(() => 0);
  for (let i = 0; i < labels.length; i++) counts[labels[i]]++;
  return labels.length ? Math.max(...counts) / labels.length : 0;
}
