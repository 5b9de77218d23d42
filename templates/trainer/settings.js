/**
 * What the visitor chooses before a run. Limits stand in the page's HTML, where the generator took
 * them from the data set; a number beyond them is put right in the field, and a line says so.
 *
 * @typedef {{
 *   architecture: string, trainImages: number, validationImages: number, batchSize: number,
 *   epochs: number, learningRate: number, seed: number
 * }} Choices
 */
import { byId, formatCount } from "../shared/page.js";

/** @satisfies {Record<string, string>} field of the choices -> id of its input */
const NUMBERS = {
  trainImages: "train-images",
  validationImages: "validation-images",
  batchSize: "batch-size",
  epochs: "epochs",
  learningRate: "learning-rate",
  seed: "seed",
};

/**
 * A typed number made into one that is possible.
 *
 * @param {string} text
 * @param {{min: number, max: number, whole: boolean, otherwise: number}} limits
 * @returns {{value: number, note: string}} note: why it is not what was typed
 */
export function toPossible(text, { min, max, whole, otherwise }) {
  const typed = text.trim() === "" ? NaN : Number(text);
  if (!Number.isFinite(typed)) return { value: otherwise, note: "This must be a number." };
  if (typed < min) return { value: min, note: `The least is ${formatNumber(min)}.` };
  if (typed > max) return { value: max, note: `The most is ${formatNumber(max)}.` };
  if (whole && !Number.isInteger(typed)) {
    return { value: Math.round(typed), note: "Whole numbers only." };
  }
  return { value: typed, note: "" };
}

/** @param {number} value */
function formatNumber(value) {
  return Number.isInteger(value) ? formatCount(value) : String(value);
}

/** One number and the line under it. */
export class NumberField {
  /** @param {string} id */
  constructor(id) {
    this.input = byId(id, HTMLInputElement);
    this.hint = byId(`${id}-hint`, HTMLElement);
    this.teaching = this.hint.textContent;
    this.value = Number(this.input.value);
    this.input.addEventListener("change", () => this.check());
  }

  check() {
    const { value, min, max } = this.input;
    const whole = Number.isInteger(Number(min));
    const limits = { min: Number(min), max: Number(max), whole, otherwise: this.value };
    const possible = toPossible(value, limits);
    this.value = possible.value;
    this.input.value = String(possible.value);
    this.hint.textContent = possible.note || this.teaching;
    this.hint.classList.toggle("note", possible.note !== "");
  }
}

export class Settings {
  /** @param {() => void} onChange */
  constructor(onChange) {
    this.architecture = byId("architecture", HTMLSelectElement);
    const ids = Object.entries(NUMBERS);
    this.numbers = ids.map(([key, id]) => ({ key, field: new NumberField(id) }));
    const changed = () => {
      this.summarise();
      onChange();
    };
    this.architecture.addEventListener("change", changed);
    for (const { field } of this.numbers) field.input.addEventListener("change", changed);
    this.summarise();
  }

  /** @returns {Choices} */
  read() {
    const numbers = Object.fromEntries(this.numbers.map(({ key, field }) => [key, field.value]));
    return /** @type {Choices} */ ({ architecture: this.architecture.value, ...numbers });
  }

  /** @param {boolean} enabled */
  enable(enabled) {
    this.architecture.disabled = !enabled;
    for (const { field } of this.numbers) field.input.disabled = !enabled;
  }

  /** Say on the button how far it would go on. */
  relabel() {
    const { epochs } = this.read();
    const words = epochs === 1 ? "1 more epoch" : `${epochs} more epochs`;
    byId("more", HTMLButtonElement).textContent = words;
  }

  summarise() {
    const { epochs, batchSize, learningRate, seed } = this.read();
    byId("run-summary", HTMLElement).textContent =
      `${epochs} ${epochs === 1 ? "epoch" : "epochs"}, batches of ${batchSize}, ` +
      `learning rate ${learningRate}, seed ${seed}`;
  }
}
