import assert from "node:assert/strict";
import { test } from "node:test";
import { findWarnings } from "../../templates/transfer/checks.js";
import { Project } from "../../templates/transfer/project.js";

/** @import { Role } from "../../templates/transfer/project.js" */

/**
 * A project of pictures written as "role label content".
 *
 * @param {...string} lines
 */
function projectOf(...lines) {
  const project = new Project(["happy", "sad"]);
  project.add(
    lines.map((line, i) => {
      const [role, label, hash] = line.split(" ");
      const known = { name: `${i}.jpg`, source: /** @type {const} */ ("files"), jpeg: new Blob() };
      return { ...known, role: /** @type {Role} */ (role), label, hash: hash ?? String(i) };
    }),
  );
  return project;
}

/** @param {Project} project */
const kinds = (project) => findWarnings(project).map(({ kind }) => kind);

const GOOD = ["train happy", "train happy", "train sad", "train sad"];

test("two classes with some pictures each need no warning", () => {
  assert.deepEqual(kinds(projectOf(...GOOD)), []);
  assert.deepEqual(kinds(projectOf(...GOOD, "validation happy", "validation sad")), []);
  assert.deepEqual(kinds(projectOf()), []);
});

test("a picture in training and validation is a leak, and names the validation one", () => {
  const project = projectOf(...GOOD, "validation sad x", "train sad x", "validation happy y");
  const [leak] = findWarnings(project);
  assert.equal(leak.kind, "leak");
  assert.deepEqual(leak.ids, [5]);
  assert.match(leak.text, /1 picture in validation is among the training pictures/);
});

test("one picture under two names of classes is told", () => {
  const project = projectOf(...GOOD, "train happy x", "train sad x");
  const [found] = findWarnings(project);
  assert.match(found.text, /5\.jpg is there as happy and as sad/);
});

test("classes that only one of the folders has are told apart", () => {
  assert.deepEqual(kinds(projectOf(...GOOD, "validation angry", "validation sad")), [
    "unknown",
    "unchecked",
  ]);
});

test("a single picture and a single class are told", () => {
  assert.deepEqual(kinds(projectOf("train happy", "train sad", "train sad")), ["single"]);
  assert.deepEqual(kinds(projectOf("train happy", "train happy")), ["few-classes"]);
});

test("more than three times as many pictures is an imbalance", () => {
  const happy = (/** @type {number} */ count) => Array.from({ length: count }, () => "train happy");
  assert.deepEqual(kinds(projectOf(...happy(6), "train sad", "train sad")), []);
  const [found] = findWarnings(projectOf(...happy(7), "train sad", "train sad"));
  assert.match(found.text, /^happy has 7 pictures and sad 2/);
});
