/**
 * Loss and accuracy of the head, epoch by epoch.
 *
 * @import { Epoch } from "./project.js"
 */
import { LineChart } from "../shared/charts.js";
import { byId } from "../shared/page.js";
import { formatLoss, formatPercent } from "../shared/words.js";

const LINES = [
  { label: "training", colour: "--accent" },
  { label: "validation", colour: "--second", style: /** @type {const} */ ("dashed") },
];

export class TrainCurves {
  /** @type {Epoch[]} */
  epochs = [];
  goal = 1;

  constructor() {
    const common = { xLabel: "epochs", lines: LINES };
    this.loss = new LineChart(byId("train-chart-loss", HTMLElement), {
      ...common,
      title: "Loss",
      columns: ["Epoch", "Training loss", "Validation loss"],
      format: formatLoss,
      tick: (value) => String(Number(value.toFixed(3))),
      highest: (seen) => Math.max(seen * 1.05, 0.1),
    });
    this.accuracy = new LineChart(byId("train-chart-accuracy", HTMLElement), {
      ...common,
      title: "Accuracy",
      columns: ["Epoch", "Training accuracy", "Validation accuracy"],
      format: formatPercent,
      tick: (value) => `${Math.round(value * 100)}%`,
      highest: () => 1,
    });
  }

  /** @param {Epoch} epoch */
  add(epoch) {
    this.epochs.push(epoch);
    this.draw();
  }

  draw() {
    const x = this.epochs.map(({ epoch }) => epoch);
    /** @param {"loss" | "acc" | "valLoss" | "valAcc"} key */
    const line = (key) => this.epochs.map((epoch) => epoch[key] ?? null);
    this.loss.draw([x, line("loss"), line("valLoss")], this.goal);
    this.accuracy.draw([x, line("acc"), line("valAcc")], this.goal);
  }

  /**
   * The run has ended: the charts end with it, and their tables and words are written.
   *
   * @param {Epoch[]} history
   */
  finish(history) {
    this.epochs = history;
    this.goal = Math.max(this.epochs.length, 1);
    this.draw();
    for (const { epoch, loss, acc, valLoss, valAcc } of this.epochs) {
      this.loss.addRow([String(epoch), formatLoss(loss), valLoss ? formatLoss(valLoss) : "–"]);
      const checked = valAcc === undefined ? "–" : formatPercent(valAcc);
      this.accuracy.addRow([String(epoch), formatPercent(acc), checked]);
    }
    const last = this.epochs.at(-1);
    if (!last) return;
    this.loss.describe(`training ${formatLoss(last.loss)}`);
    this.accuracy.describe(`training ${formatPercent(last.acc)}`);
  }

  /** @param {number} goal epochs at the right end */
  clear(goal) {
    this.epochs = [];
    this.goal = goal;
    this.loss.clear(goal);
    this.accuracy.clear(goal);
  }
}
