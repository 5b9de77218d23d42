import assert from "node:assert/strict";
import { test } from "node:test";
import { databaseName, explain, listModels } from "../../templates/shared/storage.js";

test("sites on one origin keep their models apart", () => {
  const page = "https://someone.example/demos/mnist-trainer/?x=1#y";
  assert.equal(databaseName("../", page), "mlpages:/demos/:v1");
  assert.equal(databaseName("../", "https://someone.example/trainer/"), "mlpages:/:v1");
});

test("trainer and predictor of a site share their models", () => {
  const root = "https://someone.example/demos/";
  assert.equal(databaseName("../", root + "trainer/"), databaseName("../", root + "predictor/"));
});

test("a full disk is a sentence that says what to do", () => {
  const error = explain(new DOMException("oh", "QuotaExceededError"));
  assert.match(error.message, /no room left.*for the models\. Delete some.*or save to a file\./);
});

test("storage that is switched off is a sentence, too", () => {
  for (const cause of [new DOMException("no", "SecurityError"), null]) {
    assert.match(explain(cause).message, /does not let the page keep models.*Save to a file/);
  }
});

test("the sentence names what could not be kept", () => {
  assert.match(explain(null, "pictures").message, /does not let the page keep pictures/);
});

test("an error that is a sentence already stays as it is", () => {
  const error = new Error("This browser keeps no model of that name.");
  assert.equal(explain(error), error);
});

test("without IndexedDB the list is refused in words", async () => {
  Object.assign(globalThis, { location: { href: "https://someone.example/demos/trainer/" } });
  await assert.rejects(listModels("../"), /does not let the page keep models/);
});
