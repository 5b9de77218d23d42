import assert from "node:assert/strict";
import { test } from "node:test";
import { findWarnings } from "../../templates/transfer/checks.js";
import { Project } from "../../templates/transfer/project.js";

/**
 * A project of pictures given as "class role content".
 *
 * @param {string[]} pictures such as "dog train a"
 * @param {string[]} [classes]
 */
function project(pictures, classes = []) {
  const made = new Project(classes);
  made.add(
    pictures.map((text) => {
      const [label, role, hash] = text.split(" ");
      const use = role === "train" ? "train" : "validation";
      return { name: `${hash}.jpg`, label, role: use, source: "files", hash, jpeg: new Blob() };
    }),
  );
  return made;
}

/**
 * @param {string} label
 * @param {string} role
 * @param {number} count
 */
function many(label, role, count) {
  return Array.from({ length: count }, (_, i) => `${label} ${role} ${label}-${role}-${i}`);
}

const good = [...many("dog", "train", 5), ...many("cat", "train", 5)];

/** @param {Project} made */
const kinds = (made) => findWarnings(made).map(({ kind }) => kind);
/** @param {Project} made */
const texts = (made) => findWarnings(made).map(({ text }) => text);

test("what is in order is not talked about, nor what has not begun", () => {
  assert.deepEqual(kinds(project(good)), []);
  assert.deepEqual(kinds(project([], ["happy", "sad"])), []);
});

test("a picture in training and validation is found, and the copy can be removed", () => {
  const made = project([...good, "dog validation x", "dog train x", "cat validation y"]);
  const [leak] = findWarnings(made);
  assert.equal(leak.kind, "leak");
  assert.match(leak.text, /^x\.jpg among the validation pictures is a training picture as well\./);
  assert.deepEqual(
    leak.ids?.map((id) => made.pictures.get(id)?.role),
    ["validation"],
  );
  made.remove(leak.ids ?? []);
  assert.deepEqual(kinds(made), ["missing"], "dog has no validation pictures now");
  const two = project([...good, "dog validation dog-train-0", "cat validation cat-train-0"]);
  assert.match(texts(two)[0], /^2 pictures \(dog-train-0\.jpg …\) among .* are training pict/);
});

test("the same picture in two classes is a conflict", () => {
  const [conflict] = findWarnings(project([...good, "dog train x", "cat train x"]));
  assert.equal(conflict.kind, "conflict");
  assert.match(conflict.text, /^x\.jpg is in dog and cat: the same picture with different/);
  assert.equal(conflict.ids?.length, 2);
});

test("a class in one role and not in the other is named", () => {
  const made = project([...good, "dog validation v", "cow validation w"]);
  assert.deepEqual(texts(made), [
    "cow has validation pictures and none to learn from, so no answer to them can be right.",
    "cat has no validation pictures: the validation score says nothing about that class.",
  ]);
});

test("two classes are needed, and one without pictures is named", () => {
  const made = project(many("dog", "train", 3), ["dog", "cat"]);
  assert.deepEqual(kinds(made), ["classes", "missing"]);
  assert.match(texts(made)[1], /^cat has no pictures yet\./);
  const empty = project(good, ["a", "b", "c", "d", "e"]);
  assert.match(texts(empty)[0], /^a, b, c and 2 more have no pictures yet\./);
});

test("one picture is few, and three times as many are no imbalance yet", () => {
  assert.deepEqual(kinds(project(["dog train a", "cat train b"])), ["few"]);
  assert.match(texts(project(["dog train a", "cat train b"]))[0], /^dog and cat have one training/);
  const three = [...many("dog", "train", 6), ...many("cat", "train", 2)];
  assert.deepEqual(kinds(project(three)), []);
  const more = project([...three, "dog train more"]);
  assert.deepEqual(kinds(more), ["imbalance"]);
  assert.match(texts(more)[0], /^dog has 7 training pictures, cat 2\. Training weighs all classes/);
});
