/**
 * Loss and accuracy of a run, as two charts with a table each.
 *
 * @import { Epoch, History } from "./history.js"
 */
import { LineChart } from "../shared/charts.js";
import { byId } from "../shared/page.js";
import { formatLoss, formatPercent } from "../shared/words.js";

const LINES = [
  { label: "batch", colour: "--accent", style: /** @type {const} */ ("faint") },
  { label: "training", colour: "--accent" },
  { label: "validation", colour: "--second", style: /** @type {const} */ ("dashed") },
];

export class Curves {
  constructor() {
    const common = { xLabel: "epochs", lines: LINES };
    this.loss = new LineChart(byId("chart-loss", HTMLElement), {
      ...common,
      title: "Loss",
      columns: ["Epoch", "Training loss", "Validation loss", "Seconds"],
      format: formatLoss,
      tick: (value) => String(Number(value.toFixed(3))),
      highest: (seen) => Math.max(seen * 1.05, 0.1),
    });
    this.accuracy = new LineChart(byId("chart-accuracy", HTMLElement), {
      ...common,
      title: "Accuracy",
      columns: ["Epoch", "Training accuracy", "Validation accuracy", "Seconds"],
      format: formatPercent,
      tick: (value) => `${Math.round(value * 100)}%`,
      highest: () => 1,
    });
  }

  /**
   * @param {History} history
   * @param {number} goal epochs at the right end
   */
  draw(history, goal) {
    this.loss.draw(history.curve("loss"), goal);
    this.accuracy.draw(history.curve("acc"), goal);
  }

  /** @param {Epoch} row */
  add({ epoch, loss, acc, valLoss, valAcc, seconds }) {
    const time = seconds.toFixed(1);
    this.loss.addRow([String(epoch), formatLoss(loss), formatLoss(valLoss), time]);
    this.accuracy.addRow([String(epoch), formatPercent(acc), formatPercent(valAcc), time]);
    this.loss.describe(`training ${formatLoss(loss)}, validation ${formatLoss(valLoss)}`);
    this.accuracy.describe(`training ${formatPercent(acc)}, validation ${formatPercent(valAcc)}`);
  }

  /** @param {number} goal */
  clear(goal) {
    this.loss.clear(goal);
    this.accuracy.clear(goal);
  }

  /** Do the charts end below the window's edge? */
  get isBelow() {
    return this.accuracy.box.getBoundingClientRect().bottom > innerHeight;
  }
}
