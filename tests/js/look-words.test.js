import assert from "node:assert/strict";
import { test } from "node:test";
import { countAnswers } from "../../templates/transfer/folder-answers.js";
import { shortName } from "../../templates/transfer/imagenet.js";
import { judge, nameTaps } from "../../templates/transfer/look-words.js";

const SCORES = { accuracy: 0.9, pixels: 0.7, chance: 0.5, checked: true, count: 60 };

test("a score is compared with guessing and with bare pixels", () => {
  const words = judge(SCORES);
  assert.match(words, /90\.0% against 50\.0% without looking/);
  assert.match(words, /adds 20 points/);
  assert.doesNotMatch(words, /only/);
});

test("a backbone that adds nothing is not praised", () => {
  assert.match(judge({ ...SCORES, pixels: 0.9 }), /the backbone adds nothing/);
  assert.doesNotMatch(judge({ ...SCORES, pixels: null }), /backbone/);
});

test("no better than guessing is called so", () => {
  assert.match(judge({ ...SCORES, accuracy: 0.51 }), /^No better than guessing/);
});

test("few pictures make a score that says little", () => {
  assert.match(judge({ ...SCORES, count: 6 }), /only 6 new pictures/);
});

test("without validation pictures nothing is claimed", () => {
  assert.match(judge({ ...SCORES, checked: false }), /^Whether it has learned more/);
});

test("layers have names", () => {
  assert.equal(nameTaps(["middle", "last"]), "middle layer + last layer");
});

test("answers are counted, the commonest first", () => {
  const answers = ["sad", "happy", "happy", "not sure"].map((name) => ({ name }));
  assert.equal(countAnswers(answers), "2 happy, 1 sad, 1 not sure");
});

test("of a thing's names the first is shown", () => {
  assert.equal(shortName("drum, membranophone, tympan"), "drum");
});
