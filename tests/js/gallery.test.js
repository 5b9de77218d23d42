import assert from "node:assert/strict";
import { test } from "node:test";
import { byClass, countPictures, whyUnfitName } from "../../templates/transfer/gallery.js";
import { describeOutcome, timeLeft } from "../../templates/transfer/intake-view.js";
import { Project } from "../../templates/transfer/project.js";

/**
 * @param {string} label
 * @param {"train" | "validation"} role
 * @param {string} hash
 * @returns {Omit<import("../../templates/transfer/project.js").Picture, "id">}
 */
function picture(label, role, hash) {
  return { name: `${hash}.jpg`, label, role, source: "files", hash, jpeg: new Blob() };
}

test("the gallery groups pictures by class and role, and keeps classes that have none", () => {
  const project = new Project(["happy", "sad"]);
  project.add([
    picture("happy", "train", "a"),
    picture("dog", "validation", "b"),
    picture("happy", "train", "c"),
  ]);
  const groups = byClass(project);
  assert.deepEqual([...groups.keys()], ["happy", "sad", "dog"]);
  assert.deepEqual(
    groups.get("happy")?.train.map(({ hash }) => hash),
    ["a", "c"],
  );
  assert.equal(groups.get("dog")?.validation.length, 1);
  assert.deepEqual(groups.get("sad"), { train: [], validation: [] });
});

test("a new class needs a name that is not there, in whatever case", () => {
  assert.equal(whyUnfitName("dog", ["cat"]), "");
  assert.equal(whyUnfitName("", ["cat"]), "Give the class a name.");
  assert.equal(whyUnfitName("CAT", ["cat"]), "There is a class cat already.");
});

test("one picture is a picture", () => {
  assert.equal(countPictures(1), "1 picture");
  assert.equal(countPictures(5000), "5,000 pictures");
});

test("the time left is told once it is more than a guess", () => {
  assert.equal(timeLeft(2, 100, 1), "");
  assert.equal(timeLeft(10, 100, 2), "18 s left");
  assert.equal(timeLeft(100, 100, 20), "");
});

test("the outcome says what was added, left out and refused", () => {
  const added = ["happy", "happy", "sad"].map((label, id) => ({
    ...picture(label, "train", `${id}`),
    id,
  }));
  assert.equal(
    describeOutcome({ added, failed: [], duplicates: 0, cancelled: false }),
    "Added 3 pictures: 2 happy, 1 sad.",
  );
  assert.equal(
    describeOutcome({
      added: [],
      failed: [{ path: "a.txt", reason: "is empty" }],
      duplicates: 2,
      cancelled: true,
    }),
    "Cancelled before anything was added. " +
      "2 pictures were there already and are left out. 1 file could not be used.",
  );
});

test("many classes are counted, not listed", () => {
  const added = Array.from({ length: 9 }, (_, id) => ({ ...picture(`${id}`, "train", "x"), id }));
  const text = describeOutcome({ added, failed: [], duplicates: 0, cancelled: false });
  assert.equal(text, "Added 9 pictures of 9 classes.");
});
