/**
 * Scores in sentences. Pure functions: Node runs their tests.
 */
import { formatPercent } from "../shared/words.js";

/** Fewer pictures make a score that one picture more could overturn. */
const FEW = 20;

/** @type {Record<string, string>} */
const TAPS = { middle: "middle layer", last: "last layer", classic: "last feature map" };

/** @param {string[]} taps */
export function nameTaps(taps) {
  return taps.map((tap) => TAPS[tap] ?? tap).join(" + ");
}

/**
 * What the scores come to.
 *
 * @param {{
 *   accuracy: number, pixels: number | null, chance: number, checked: boolean, count: number
 * }} scores accuracy: on `count` pictures, new ones if checked; chance: what needs no head
 */
export function judge({ accuracy, pixels, chance, checked, count }) {
  if (!checked) {
    return (
      "Whether it has learned more than these very pictures only pictures can tell that it has " +
      "not seen: add some to the validation pictures and train again."
    );
  }
  const few = count < FEW ? ` With only ${count} new pictures, one more or less matters.` : "";
  if (accuracy <= chance + 0.02) {
    return `No better than guessing: more pictures, or clearer ones, are needed.${few}`;
  }
  const over = `${formatPercent(accuracy)} against ${formatPercent(chance)} without looking`;
  if (pixels === null) return `It has learned something: ${over}.${few}`;
  const gain = Math.round((accuracy - pixels) * 100);
  const backbone =
    gain > 0
      ? `What the backbone knows of photographs adds ${gain} points to what bare pixels give.`
      : "Bare pixels do as well here: the backbone adds nothing to this task.";
  return `It has learned something: ${over}. ${backbone}${few}`;
}
