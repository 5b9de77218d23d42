/**
 * What has been measured while a model trained, in the forms in which it is shown: rows of epochs,
 * curves over epochs, a CSV of every batch. Pure arithmetic; nothing here knows the page.
 *
 * @typedef {{epoch: number, loss: number, acc: number, valLoss: number, valAcc: number,
 *   seconds: number}} Epoch
 * @typedef {{epoch: number, batch: number, loss: number, acc: number}} Batch
 * @typedef {[x: number[], batch: (number | null)[], train: (number | null)[],
 *   validation: (number | null)[]]} Curve
 */

/** More points than this cannot be told apart on a screen: neighbours are averaged. */
const MOST_POINTS = 800;

export class History {
  /** @type {Epoch[]} */
  epochs = [];
  /** @type {Batch[]} */
  batches = [];
  /** @type {{x: number, loss: number, acc: number, count: number}[]} */
  points = [];
  /** Batches that one point stands for. */
  merged = 1;

  /** A model that comes from a file has been trained for some epochs that nobody recorded. */
  constructor(epochsBefore = 0) {
    this.epochsBefore = epochsBefore;
  }

  /** Epochs that the model has seen, here and before. */
  get trained() {
    return this.epochsBefore + this.epochs.length;
  }

  /**
   * @param {{batch: number, batches: number, loss: number, acc: number}} event batch counts from 1
   */
  addBatch({ batch, batches, loss, acc }) {
    this.batches.push({ epoch: this.trained + 1, batch, loss, acc });
    const x = this.trained + batch / batches;
    const last = this.points.at(-1);
    if (!last || last.count === this.merged || last.x > x) {
      this.points.push({ x, loss, acc, count: 1 });
    } else {
      Object.assign(last, average(last, { x, loss, acc, count: 1 }));
    }
    if (this.points.length > MOST_POINTS) this.thin();
  }

  /** @param {Omit<Epoch, "epoch">} event */
  addEpoch({ loss, acc, valLoss, valAcc, seconds }) {
    const row = { epoch: this.trained + 1, loss, acc, valLoss, valAcc, seconds };
    this.epochs.push(row);
    return row;
  }

  /** Forget the batches of an epoch that was stopped: the next run starts that epoch anew. */
  dropUnfinished() {
    this.batches = this.batches.filter(({ epoch }) => epoch <= this.trained);
    this.points = this.points.filter(({ x }) => x <= this.trained);
  }

  thin() {
    const halved = [];
    for (let i = 0; i < this.points.length; i += 2) {
      const [first, second] = [this.points[i], this.points[i + 1]];
      halved.push(second ? average(first, second) : first);
    }
    this.points = halved;
    this.merged *= 2;
  }

  /**
   * Three curves over one x, in epochs: every batch, the epochs' means on the training images, the
   * validation images at the end of each epoch. null where a curve has no point.
   *
   * @param {"loss" | "acc"} metric
   * @returns {Curve}
   */
  curve(metric) {
    /** @type {Curve} */
    const [x, batch, train, validation] = [[], [], [], []];
    let next = 0;
    /** @param {number} until */
    const batchesUntil = (until) => {
      for (; next < this.points.length && this.points[next].x < until; next++) {
        x.push(this.points[next].x);
        batch.push(this.points[next][metric]);
        train.push(null);
        validation.push(null);
      }
    };
    for (const row of this.epochs) {
      batchesUntil(row.epoch);
      const together = this.points[next]?.x === row.epoch ? this.points[next++] : null;
      x.push(row.epoch);
      batch.push(together ? together[metric] : null);
      train.push(row[metric]);
      validation.push(metric === "loss" ? row.valLoss : row.valAcc);
    }
    batchesUntil(Infinity);
    return [x, batch, train, validation];
  }

  /** Every batch as text for a spreadsheet. */
  csv() {
    const rows = this.batches.map(
      ({ epoch, batch, loss, acc }) => `${epoch},${batch},${loss.toFixed(6)},${acc.toFixed(6)}`,
    );
    return ["epoch,batch,loss,accuracy", ...rows, ""].join("\n");
  }
}

/**
 * @param {History["points"][0]} a
 * @param {History["points"][0]} b
 */
function average(a, b) {
  const count = a.count + b.count;
  /** @param {"loss" | "acc"} key */
  const mean = (key) => (a[key] * a.count + b[key] * b.count) / count;
  return { x: b.x, loss: mean("loss"), acc: mean("acc"), count };
}
