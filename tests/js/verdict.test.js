import assert from "node:assert/strict";
import { test } from "node:test";
import { Asker } from "../../templates/predictor/asker.js";
import {
  compare,
  formatDifference,
  formatMiddle,
  median,
  rank,
  verdict,
} from "../../templates/predictor/verdict.js";
import { formatShare } from "../../templates/shared/words.js";

const CLASSES = ["0", "1", "2"];

const DRAWN = { unsure: 0.5, ranked: false };

test("a clear answer is sure, a close one names the runner-up, a low one is not sure", () => {
  assert.deepEqual(verdict([0.01, 0.97, 0.02], CLASSES, DRAWN), {
    name: "1",
    sentence: "97.0% sure",
    isSure: true,
  });
  assert.equal(verdict([0.6, 0.1, 0.3], CLASSES, DRAWN).sentence, "60.0% sure, else 2");
  const low = verdict([0.3, 0.28, 0.42], CLASSES, DRAWN);
  assert.deepEqual(low, { name: "2", sentence: "Not sure: 2 or 0?", isSure: false });
});

test("the page's own threshold says what is not sure; ranked answers name the best alone", () => {
  const low = [0.34, 0.33, 0.33];
  const { sentence, isSure } = verdict(low, CLASSES, { unsure: 0.5, ranked: true });
  assert.equal(sentence, "Not sure: 0 at 34.0%");
  assert.equal(isSure, false);
  assert.equal(verdict(low, CLASSES, { unsure: 0.3, ranked: true }).isSure, true);
  assert.equal(verdict([0.5, 0.2, 0.3], CLASSES, DRAWN).isSure, true, "at it is not below it");
  const strict = verdict([0.02, 0.95, 0.03], CLASSES, { unsure: 0.99, ranked: true });
  assert.equal(strict.sentence, "Not sure: 1 at 95.0%");
  assert.equal(verdict([0.6], ["only"], DRAWN).sentence, "60.0% sure");
});

test("classes are ranked by probability, equals in their own order", () => {
  assert.deepEqual(rank([0.2, 0.5, 0.2, 0.1]), [1, 0, 2, 3]);
  assert.deepEqual(rank(Float32Array.from([0, 0])), [0, 1]);
});

test("models agree when they name the same class, whatever the difference", () => {
  const { agree, difference } = compare([0.2, 0.7, 0.1], [0.1, 0.55, 0.35]);
  assert.equal(agree, true);
  assert.ok(Math.abs(difference - 0.25) < 1e-9);
  assert.equal(compare([0.2, 0.8], [0.6, 0.4]).agree, false);
});

test("what is nearly all or nearly nothing is not called all or nothing", () => {
  assert.equal(formatShare(0.99999), ">99.9%");
  assert.equal(formatShare(1), "100.0%");
  assert.equal(formatShare(0.00001), "<0.1%");
  assert.equal(formatShare(0), "0.0%");
  assert.equal(formatDifference(0.0000000001), "< 0.000001");
  assert.equal(formatDifference(0), "0.000000");
});

test("the median is the middle answer's time", () => {
  assert.equal(median([9, 1, 2]), 2);
  assert.ok(Number.isNaN(median([])));
});

test("a time has a decimal only where the clock has one", () => {
  assert.equal(formatMiddle([1, 0.9, 1.2]), "1.0 ms");
  assert.equal(formatMiddle([1, 3, 2]), "2 ms");
  assert.equal(formatMiddle([0, 1, 0]), "≈ 0 ms");
});

/** An asker whose answers are given by hand. */
function byHand() {
  /** @type {{question: number, answer: (value: string) => void}[]} */
  const asked = [];
  /** @type {string[]} */
  const shown = [];
  const asker = new Asker(
    (/** @type {number} */ question) =>
      new Promise((/** @type {(value: string) => void} */ answer) =>
        asked.push({ question, answer }),
      ),
    (answer) => shown.push(answer),
  );
  return { asked, shown, asker };
}

const settle = () => new Promise((resolve) => setTimeout(resolve));

test("while an answer is under way only the latest question is kept", async () => {
  const { asked, shown, asker } = byHand();
  for (const question of [1, 2, 3]) asker.put(question);
  asked[0].answer("to 1");
  await settle();
  assert.deepEqual(asked.map(({ question }) => question), [1, 3]);
  asked[1].answer("to 3");
  await settle();
  assert.deepEqual(shown, ["to 1", "to 3"]);
});

test("an answer to a drawing that was cleared is not shown", async () => {
  const { asked, shown, asker } = byHand();
  asker.put(1);
  asker.forget();
  asked[0].answer("to 1");
  await settle();
  assert.deepEqual(shown, []);
  asker.put(2);
  asked[1].answer("to 2");
  await settle();
  assert.deepEqual(shown, ["to 2"]);
});

test("a model that fails can be asked again", async () => {
  let times = 0;
  /** @type {number[]} */
  const shown = [];
  const asker = new Asker(
    async () => {
      times += 1;
      if (times === 1) throw new Error("once");
      return times;
    },
    (answer) => shown.push(answer),
  );
  await assert.rejects(asker.put(1), /once/);
  await asker.put(1);
  assert.deepEqual(shown, [2]);
});
