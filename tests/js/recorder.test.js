import assert from "node:assert/strict";
import { test } from "node:test";
import { Changes } from "../../templates/shared/changes.js";
import { Recorder } from "../../templates/transfer/recorder.js";
import { frameName } from "../../templates/transfer/webcam.js";

/** Let everything run that waits for nothing. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

/** A recorder whose clock and pictures stand still until they are told to go on. */
function standing() {
  let time = 0;
  /** @type {{at: number, resolve: (value?: unknown) => void}[]} */
  let sleepers = [];
  /** @type {{label: string, done: (value?: undefined) => void, fail: (error: Error) => void}[]} */
  const taken = [];
  /** @type {unknown[]} */
  const errors = [];
  const recorder = new Recorder(
    (label) => new Promise((done, fail) => taken.push({ label, done, fail })),
    (error) => errors.push(error),
    {
      now: () => time,
      sleep: (milliseconds) =>
        new Promise((resolve) => sleepers.push({ at: time + milliseconds, resolve })),
    },
  );
  recorder.rate = 10;
  return {
    recorder,
    taken,
    errors,
    labels: () => taken.map(({ label }) => label),
    /** @param {number} milliseconds */
    async pass(milliseconds) {
      time += milliseconds;
      for (const sleeper of sleepers) if (sleeper.at <= time) sleeper.resolve();
      sleepers = sleepers.filter(({ at }) => at > time);
      await settle();
    },
    async finish() {
      taken[taken.length - 1].done();
      await settle();
    },
  };
}

test("pictures are taken at the rate, for as long as it is held", async () => {
  const { recorder, labels, pass, finish } = standing();
  recorder.start("happy");
  await finish();
  await pass(99);
  assert.equal(labels().length, 1);
  await pass(1);
  assert.equal(labels().length, 2);
  await finish();
  recorder.stop();
  await pass(500);
  assert.deepEqual(labels(), ["happy", "happy"]);
  assert.equal(recorder.running, null);
});

test("a slow picture makes the next wait; none queue up", async () => {
  const { recorder, labels, pass, finish } = standing();
  recorder.start("happy");
  await pass(1000);
  assert.equal(labels().length, 1);
  await finish();
  assert.equal(labels().length, 2, "the next is taken at once");
  recorder.stop();
  await finish();
  assert.equal(labels().length, 2);
});

test("the shortest press gets its picture, even while another is being taken", async () => {
  const { recorder, labels, finish } = standing();
  recorder.start("happy");
  recorder.stop();
  recorder.start("sad");
  recorder.stop();
  await finish();
  assert.deepEqual(labels(), ["happy", "sad"]);
  await finish();
  assert.equal(recorder.running, null);
});

test("another class takes over between two pictures", async () => {
  const { recorder, labels, finish } = standing();
  recorder.start("happy");
  await finish();
  recorder.start("sad");
  await settle();
  assert.deepEqual(labels(), ["happy", "sad"]);
  recorder.cancel();
  await finish();
  assert.equal(recorder.running, null);
});

test("a failure ends the recording and is told once", async () => {
  const { recorder, taken, errors } = standing();
  recorder.start("happy");
  taken[0].fail(new Error("no"));
  await settle();
  assert.equal(errors.length, 1);
  assert.equal(recorder.label, null);
  recorder.start("happy");
  assert.equal(taken.length, 2, "it can begin again");
});

test("pictures of the webcam are numbered on", () => {
  assert.equal(frameName([]), "webcam-0001");
  const jpeg = new Blob();
  const rest = { id: 1, label: "a", source: /** @type {const} */ ("webcam"), hash: "", jpeg };
  const names = ["webcam-0009", "dog-7.jpg", "webcam-0003"];
  const pictures = names.map((name) => ({ ...rest, role: /** @type {const} */ ("train"), name }));
  assert.equal(frameName(pictures), "webcam-0010");
});

test("a screen reader hears another answer, at most every two seconds", () => {
  let time = 0;
  /** @type {string[]} */
  const heard = [];
  const changes = new Changes(
    (words) => heard.push(words),
    () => time,
  );
  changes.hear("happy", "happy 90%");
  changes.hear("happy", "happy 91%");
  time = 1999;
  changes.hear("sad", "sad 80%");
  time = 2000;
  changes.hear("sad", "sad 81%");
  time = 9000;
  changes.hear("sad", "sad 82%");
  assert.deepEqual(heard, ["happy 90%", "sad 81%"]);
});
