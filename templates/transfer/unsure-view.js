/**
 * When to say "not sure": a slider, what it costs and gains, and the same for every threshold as a
 * chart and a table.
 *
 * @import { Predicted } from "./predicted.js"
 */
import { LineChart } from "../shared/charts.js";
import { element } from "../shared/dom.js";
import { byId, formatCount } from "../shared/page.js";
import { formatPercent } from "../shared/words.js";
import { answered } from "./predicted.js";
import { WANTED } from "./unsure.js";

const STEPS = 100;
/** An index with no values. */
const NONE = -1;
/** Percent between two rows of the table. */
const ROW = 5;
const ANNOUNCE_MILLISECONDS = 700;

export class UnsureView {
  /** @type {Predicted[]} answers to pictures that the head has not learned from */
  answers = [];
  /** @type {number | null} the one that was chosen, not moved by hand */
  chosen = null;
  /** @type {number | null} */
  threshold = null;
  pictures = "";
  /** @type {LineChart | undefined} */
  chart;
  waiting = 0;

  /**
   * @param {{onThreshold: (threshold: number | null) => void, announce: (text: string) => void}}
   *   actions
   */
  constructor({ onThreshold, announce }) {
    this.onThreshold = onThreshold;
    this.announce = announce;
    this.slider = byId("look-threshold", HTMLInputElement);
    this.value = byId("look-threshold-value", HTMLOutputElement);
    this.text = byId("look-unsure-text", HTMLElement);
    this.hint = byId("look-unsure-hint", HTMLElement);
    this.back = byId("look-threshold-reset", HTMLButtonElement);
    this.none = byId("look-threshold-none", HTMLButtonElement);
    this.mark = element("i", { class: "threshold-mark" });
    this.slider.addEventListener("input", () => this.move(Number(this.slider.value) / 100));
    this.back.addEventListener("click", () => this.move(this.chosen));
    this.none.addEventListener("click", () => this.move(null));
  }

  /** The chart measures its place, so it is made when that is shown. */
  makeChart() {
    const chart = new LineChart(byId("look-unsure-chart", HTMLElement), {
      title: "Threshold",
      xLabel: "least probability, %",
      lines: [
        { label: "get an answer", colour: "--accent", points: false },
        { label: "of these right", colour: "--second", style: "dashed", points: false },
      ],
      columns: ["From", "Get an answer", "Of these right"],
      format: formatPercent,
      tick: (value) => `${Math.round(value * 100)}%`,
      highest: () => 1,
    });
    chart.resting = NONE; // the sentence above has the exact values
    chart.plot.over.append(this.mark);
    return chart;
  }

  /**
   * @param {Predicted[]} answers
   * @param {{threshold: number | null, chosen: number | null}} from threshold: what holds now;
   *   chosen: what these answers speak for
   * @param {string} pictures what they are called, such as "validation pictures"
   * @param {string} hint where they come from
   */
  show(answers, { threshold, chosen }, pictures, hint) {
    this.answers = answers;
    this.threshold = threshold;
    this.chosen = chosen;
    this.pictures = pictures;
    this.hint.textContent = hint;
    this.slider.disabled = this.none.disabled = answers.length === 0;
    this.back.hidden = !chosen;
    this.back.textContent = `Back to ${formatPercent(chosen ?? 0)}`;
    this.back.title = `The lowest at which ${WANTED * 100}% of the answers are right, if any`;
    this.draw();
    this.update();
  }

  draw() {
    this.chart ??= this.makeChart();
    const { chart } = this;
    chart.clear(STEPS);
    if (this.answers.length === 0) return;
    const percents = Array.from({ length: STEPS + 1 }, (_, percent) => percent);
    const points = percents.map((percent) => answered(this.answers, percent / 100));
    const coverage = points.map(({ given, total }) => given / total);
    const accuracy = points.map(({ given, right }) => (given ? right / given : null));
    chart.draw([percents, coverage, accuracy], STEPS);
    for (let percent = 0; percent <= STEPS; percent += ROW) {
      const right = accuracy[percent];
      const share = right === null ? "–" : formatPercent(right);
      chart.addRow([`${percent}%`, formatPercent(coverage[percent]), share]);
    }
    const [all] = points;
    const half = points[STEPS / 2];
    chart.describe(`${sentence(all, this.pictures)} From 50%: ${sentence(half, this.pictures)}`);
  }

  /** @param {number | null} threshold null: always answer */
  move(threshold) {
    this.threshold = threshold;
    this.update();
    this.onThreshold(threshold);
    clearTimeout(this.waiting);
    this.waiting = window.setTimeout(
      () => this.announce(this.text.textContent),
      ANNOUNCE_MILLISECONDS,
    );
  }

  update() {
    const { answers, slider, threshold } = this;
    const percent = (threshold ?? 0) * 100;
    if (Math.abs(Number(slider.value) - percent) > 1e-6) slider.value = String(percent);
    const words = threshold ? formatPercent(threshold) : "0%: always";
    this.value.textContent = words;
    slider.setAttribute("aria-valuetext", words);
    this.mark.style.left = `${percent}%`;
    this.mark.hidden = answers.length === 0;
    this.text.textContent = answers.length
      ? sentence(answered(answers, threshold), this.pictures)
      : "";
  }

  clear() {
    clearTimeout(this.waiting);
    this.answers = [];
    this.chosen = this.threshold = null;
  }
}

/**
 * @param {{given: number, right: number, total: number}} point
 * @param {string} pictures
 */
export function sentence({ given, right, total }, pictures) {
  if (given === 0) return `None of the ${formatCount(total)} ${pictures} gets an answer.`;
  const coverage = formatPercent(given / total);
  const accuracy = formatPercent(right / given);
  return (
    `${coverage} of the ${pictures} get an answer (${formatCount(given)} of ` +
    `${formatCount(total)}), and ${accuracy} of these answers are right (${formatCount(right)}).`
  );
}
