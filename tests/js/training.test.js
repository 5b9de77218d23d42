/** A whole training run, as the worker has it. */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { memory } from "@tensorflow/tfjs-core";
import { Embeddings } from "../../templates/transfer/embeddings.js";
import { Head } from "../../templates/transfer/head.js";
import { evaluate } from "../../templates/transfer/scores.js";
import { Training } from "../../templates/transfer/training.js";
import { startWasm } from "./made.js";
import { farthest, makeExamples } from "./made-features.js";

/**
 * @import { TrainEvent, TrainRequest, TrainSettings } from "../../templates/transfer/session.js"
 */

before(startWasm);

const CLASSES = ["happy", "sad"];
/** @type {TrainSettings} */
const SETTINGS = {
  kind: "linear",
  taps: "auto",
  regularisation: "auto",
  epochs: 60,
  learningRate: 1e-4,
  batchShare: 0.4,
  seed: 1,
};
const SIZES = { middle: 64, last: 160, pixels: 48, classic: 490 };
const SIGNAL = { middle: 0.5, last: 0.05, pixels: 0.2, classic: 0.5 };

/**
 * Made pictures, embedded: the middle layer tells them apart best.
 *
 * @param {{train?: number[], validation?: number[], taps?: string[]}} [wanted]
 */
function embed({ train = [12, 8], validation = [10, 10], taps = Object.keys(SIZES) } = {}) {
  const embedded = new Embeddings();
  const rows = (/** @type {number[]} */ labels, first = 0) => ({
    ids: labels.map((_, i) => first + i),
    labels,
  });
  const spread = (/** @type {number[]} */ counts) =>
    counts.flatMap((count, label) => new Array(count).fill(label));
  const sets = { train: rows(spread(train)), validation: rows(spread(validation), 1000) };
  for (const tap of /** @type {(keyof typeof SIZES)[]} */ (taps)) {
    const shape = { size: SIZES[tap], signal: SIGNAL[tap] };
    const own = makeExamples({ counts: train, ...shape, seed: 1 });
    embedded.put(tap, sets.train.ids, own.features.values);
    const other = makeExamples({ counts: validation, ...shape, seed: 2 });
    if (other.labels.length) embedded.put(tap, sets.validation.ids, other.features.values);
  }
  return { embedded, ...sets };
}

/**
 * @param {ReturnType<typeof embed>} made
 * @param {{settings?: Partial<TrainSettings>, validation?: TrainRequest["validation"]}} [changes]
 * @param {(event: TrainEvent, training: Training) => void} [onEvent]
 */
async function run(made, changes = {}, onEvent) {
  const { embedded, train, validation } = made;
  const settings = { ...SETTINGS, ...changes.settings };
  const request = { train, validation, classes: CLASSES, ...changes, settings };
  /** @type {TrainEvent[]} */
  const events = [];
  const training = new Training(embedded, "made", request, (event) => {
    events.push(event);
    onEvent?.(event, training);
  });
  const { result, head } = await training.run();
  head.dispose();
  return { ...result, trained: result.head, events };
}

test("a run chooses, trains, scores, and compares with bare pixels", async () => {
  const made = embed();
  const before = memory().numTensors;
  const { trained, train, validation, stopped, seconds, events } = await run(made);
  assert.equal(memory().numTensors, before);
  assert.ok(trained.taps.includes("middle"), `${trained.taps}`);
  assert.deepEqual([trained.kind, trained.backbone, stopped], ["linear", "made", false]);
  assert.deepEqual(trained.counts, { train: [12, 8], validation: [10, 10] });
  const answers = /** @type {Float32Array} */ (validation);
  const { accuracy } = evaluate(answers, made.validation.labels, CLASSES);
  assert.equal(trained.scores.validation, accuracy);
  assert.equal(trained.scores.train, evaluate(train, made.train.labels, CLASSES).accuracy);
  assert.ok(accuracy >= 0.9 && Number(trained.scores.pixels) < accuracy, `${accuracy}`);
  assert.ok(Number(trained.threshold) >= 0 && Number(trained.threshold) <= 1);
  assert.ok(seconds > 0);
  const kinds = [...new Set(events.map(({ type }) => type))];
  assert.deepEqual(kinds, ["choosing", "chosen", "epoch"]);
  const last = /** @type {Extract<TrainEvent, {type: "epoch"}>} */ (events.at(-1));
  assert.equal(last.epoch, trained.history.length);
  assert.equal(last.valAcc, accuracy);
});

test("without validation pictures, those left out while choosing stand in for them", async () => {
  const { trained, validation } = await run(embed(), { validation: null });
  assert.equal(validation, null);
  assert.deepEqual([trained.scores.validation, trained.counts.validation], [null, [0, 0]]);
  assert.ok(trained.threshold !== null && Number(trained.scores.pixels) > 0);
  const empty = await run(embed(), { validation: { ids: [], labels: [] } });
  assert.equal(empty.validation, null);
  assert.deepEqual(empty.trained.scores, trained.scores);
});

test("with one picture a class nothing is known but what the rule says", async () => {
  const { trained } = await run(embed({ train: [1, 1], validation: [] }));
  assert.equal(trained.choice?.method, "fixed");
  assert.deepEqual(trained.taps, ["middle", "last"]);
  assert.deepEqual([trained.threshold, trained.scores.pixels], [null, null]);
});

test("a layer that has not been fetched is not tried", async () => {
  const { trained } = await run(embed({ taps: ["middle", "pixels"] }));
  assert.deepEqual(trained.taps, ["middle"]);
  assert.ok(trained.choice?.candidates.every(({ taps }) => taps.join() === "middle"));
});

test("pictures without small copies have no baseline, and no error", async () => {
  assert.equal((await run(embed({ taps: ["middle", "last"] }))).trained.scores.pixels, null);
});

test("what the visitor has decided is taken: layers, penalty, or both", async () => {
  const taps = ["middle", "last"];
  const layers = await run(embed(), { settings: { taps } });
  assert.deepEqual(layers.trained.taps, taps);
  assert.equal(layers.trained.choice?.candidates.length, 4);
  const penalty = await run(embed(), { settings: { regularisation: 0.02 } });
  assert.ok(penalty.trained.choice?.candidates.every((c) => c.regularisation === 0.02));
  const both = await run(embed(), { settings: { taps, regularisation: 0.02 } });
  assert.equal(both.trained.choice, null);
  assert.equal(both.trained.size, 64 + 160);
});

test("a trained head opens again and answers the same", async () => {
  const made = embed();
  for (const kind of /** @type {const} */ (["linear", "classic"])) {
    const taps = kind === "classic" ? ["classic"] : "auto";
    const { trained, validation } = await run(made, { settings: { kind, taps, epochs: 5 } });
    const before = memory().numTensors;
    const head = await Head.open(structuredClone(trained));
    const [tap] = trained.taps;
    const features = made.embedded.matrix(tap, made.validation.ids);
    const expected = /** @type {Float32Array} */ (validation);
    if (trained.taps.length === 1) {
      assert.equal(farthest(await head.predict(features), expected), 0, kind);
    }
    assert.equal(head.linear === null, kind === "classic");
    head.dispose();
    assert.ok(memory().numTensors <= before);
  }
});

test("the classic head runs through the same steps", async () => {
  const kind = /** @type {const} */ ("classic");
  const settings = { kind, taps: ["classic"], epochs: 20 };
  const before = memory().numTensors;
  const { trained, events } = await run(embed(), { settings });
  assert.equal(memory().numTensors, before);
  assert.deepEqual([trained.kind, trained.size, trained.choice], ["classic", 490, null]);
  assert.equal(events.filter(({ type }) => type === "epoch").length, 20);
  assert.ok(Number(trained.scores.validation) > 0.7, `${trained.scores.validation}`);
});

test("stopped while it chooses, it trains by the fixed rule, so that there is a head", async () => {
  const { trained, stopped } = await run(embed(), {}, ({ type }, training) => {
    if (type === "choosing") training.stop();
  });
  assert.equal(stopped, true);
  assert.equal(trained.choice?.method, "fixed");
  assert.ok(trained.history.length > 0 && trained.history.length <= 10);
  assert.equal(trained.scores.pixels, null);
  assert.ok(Number(trained.scores.validation) > 0.5);
});

test("stopped while it trains, it keeps what was reached", async () => {
  const { trained, stopped } = await run(embed(), {}, (event, training) => {
    if (event.type === "epoch" && event.epoch === 2) training.stop();
  });
  assert.deepEqual([stopped, trained.history.length], [true, 2]);
});

test("twice the same request makes the same head", async () => {
  const { trained: one } = await run(embed());
  const { trained: two } = await run(embed());
  assert.deepEqual(one, two);
});
