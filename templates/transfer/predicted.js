/**
 * Answers to pictures whose class is known: which are wrong, which unsure, in which order to look
 * at them. Pure functions: Node runs their tests.
 *
 * @import { Cell } from "../shared/confusion.js"
 * @typedef {{
 *   index: number, label: number, predicted: number, probability: number, row: Float32Array
 * }} Predicted index: the picture's place among those that were asked for; row: probabilities
 * @typedef {"all" | "wrong" | "right" | "unsure"} Which
 * @typedef {"wrong" | "least" | "name"} Order wrong: wrong ones first, of these the surest; least:
 *   the least sure first
 */
import { ranked } from "../shared/words.js";
import { likeliest } from "./scores.js";

/**
 * @param {Float32Array} probabilities one row a picture
 * @param {number[]} labels
 * @param {number} classes
 * @returns {Predicted[]}
 */
export function predictedOf(probabilities, labels, classes) {
  return labels.map((label, index) => {
    const row = probabilities.subarray(index * classes, (index + 1) * classes);
    const predicted = likeliest(row);
    return { index, label, predicted, probability: row[predicted], row };
  });
}

/** @param {Predicted} answer */
export function isRight({ label, predicted }) {
  return label === predicted;
}

/**
 * @param {Predicted[]} answers
 * @param {{which: Which, cell: Cell | null, threshold: number | null}} wanted cell: of the
 *   confusion matrix, by class; threshold: least probability that counts as an answer
 */
export function filtered(answers, { which, cell, threshold }) {
  return answers.filter((answer) => {
    const { label, predicted, probability } = answer;
    if (cell && (label !== cell.row || predicted !== cell.column)) return false;
    if (which === "wrong") return !isRight(answer);
    if (which === "right") return isRight(answer);
    if (which === "unsure") return probability < (threshold ?? 0);
    return true;
  });
}

/**
 * @param {Predicted[]} answers
 * @param {Order} order
 * @param {(answer: Predicted) => string} name
 */
export function sorted(answers, order, name) {
  return answers.toSorted((a, b) => {
    if (order === "name") return name(a).localeCompare(name(b), "en", { numeric: true });
    if (order === "least") return a.probability - b.probability;
    const wrong = Number(isRight(a)) - Number(isRight(b));
    if (wrong) return wrong;
    return isRight(a) ? a.probability - b.probability : b.probability - a.probability;
  });
}

/**
 * How many pictures get an answer when it has to be so sure, and how many of these are right.
 *
 * @param {Predicted[]} answers
 * @param {number | null} threshold
 */
export function answered(answers, threshold) {
  const given = answers.filter(({ probability }) => probability >= (threshold ?? 0));
  const right = given.filter(isRight).length;
  return { total: answers.length, given: given.length, right };
}

/**
 * What to say of one picture.
 *
 * @param {ArrayLike<number>} row
 * @param {string[]} classes
 * @param {number | null} threshold
 * @param {(share: number) => string} format of a probability
 * @returns {{best: number, sure: boolean, name: string, sentence: string}}
 */
export function answerTo(row, classes, threshold, format) {
  const [best, second] = ranked(row);
  const sure = threshold === null || row[best] >= threshold;
  const named = (/** @type {number} */ i) => `${classes[i]} (${format(row[i])})`;
  if (sure) {
    const sentence = second === undefined ? "" : `${format(row[best])} sure, else ${named(second)}`;
    return { best, sure, name: classes[best], sentence };
  }
  const or = second === undefined ? "" : ` or ${named(second)}`;
  const why = `It answers from ${format(/** @type {number} */ (threshold))} on.`;
  return { best, sure, name: "Not sure", sentence: `It could be ${named(best)}${or}. ${why}` };
}
