import assert from "node:assert/strict";
import { test } from "node:test";
import { History } from "../../templates/trainer/history.js";

/**
 * @param {History} history
 * @param {number} batches
 */
function runEpoch(history, batches) {
  const number = history.trained + 1;
  for (let batch = 1; batch <= batches; batch++) {
    history.addBatch({ batch, batches, loss: 1 / number, acc: batch / batches });
  }
  return history.addEpoch({ loss: 1 / number, acc: 0.5, valLoss: 2, valAcc: 0.4, seconds: 1 });
}

test("batches lie between the epochs that they belong to", () => {
  const history = new History();
  runEpoch(history, 2);
  history.addBatch({ batch: 1, batches: 2, loss: 0.25, acc: 0.9 });
  assert.deepEqual(history.curve("loss"), [
    [0.5, 1, 1.5],
    [1, 1, 0.25],
    [null, 1, null],
    [null, 2, null],
  ]);
  assert.deepEqual(history.curve("acc")[3], [null, 0.4, null]);
});

test("epochs count on when a model is trained further", () => {
  const history = new History(3);
  assert.equal(runEpoch(history, 4).epoch, 4);
  assert.equal(runEpoch(history, 4).epoch, 5);
  assert.equal(history.trained, 5);
  assert.equal(history.curve("loss")[0][0], 3.25);
});

test("an epoch that was stopped is forgotten when the next run begins", () => {
  const history = new History();
  runEpoch(history, 4);
  history.addBatch({ batch: 1, batches: 4, loss: 9, acc: 0 });
  history.dropUnfinished();
  assert.equal(history.batches.length, 4);
  assert.deepEqual(history.curve("loss")[0], [0.25, 0.5, 0.75, 1]);
});

test("a long run is drawn with few points in ascending order, and keeps its mean", () => {
  const history = new History();
  for (let epoch = 0; epoch < 5; epoch++) runEpoch(history, 861);
  const [x, batch] = history.curve("loss");
  assert.ok(x.length <= 810, `${x.length} points`);
  assert.ok(x.every((value, i) => i === 0 || value > x[i - 1]));
  assert.equal(history.batches.length, 5 * 861);
  const losses = batch.filter((value) => value !== null);
  assert.ok(Math.max(...losses) < 1.001 && Math.min(...losses) > 0.199);
});

test("the CSV has a row for every batch", () => {
  const history = new History();
  runEpoch(history, 3);
  const rows = history.csv().trimEnd().split("\n");
  assert.equal(rows[0], "epoch,batch,loss,accuracy");
  assert.equal(rows.length, 4);
  assert.equal(rows[3], "1,3,1.000000,1.000000");
});
