import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { applyLayout, detectLayout } from "../../templates/transfer/layouts.js";

/**
 * @import { Layout } from "../../templates/transfer/layouts.js"
 * @import { Role } from "../../templates/transfer/project.js"
 * @type {{cases: {
 *   name: string, role?: Role, label?: string, apply?: Layout, files: string[],
 *   texts?: Record<string, string>, layout: Layout, entries: Record<string, [string, Role]>,
 *   unlabelled?: string[], unmatched?: string[]
 * }[]}}
 */
const fixture = JSON.parse(readFileSync("tests/fixtures/layouts.json", "utf-8"));

/**
 * @param {string[]} paths
 * @param {Record<string, string>} [texts]
 */
function dropped(paths, texts = {}) {
  return paths.map((path) => ({ path, file: new File([texts[path] ?? ""], path) }));
}

for (const { name, role = "train", label, files, texts, ...wanted } of fixture.cases) {
  test(`the layout is found: ${name}`, async () => {
    const found = dropped(files, texts);
    const detected = await detectLayout(found, role);
    assert.equal(detected.layout, wanted.layout);
    const applied = await applyLayout(wanted.apply ?? detected.layout, found, role, label);
    assert.deepEqual(
      Object.fromEntries(applied.entries.map((entry) => [entry.path, [entry.label, entry.role]])),
      wanted.entries,
    );
    assert.deepEqual(applied.unlabelled, wanted.unlabelled ?? []);
    assert.deepEqual(applied.unmatched, wanted.unmatched ?? []);
    for (const { path, file } of applied.entries) assert.equal(file.name, path);
  });
}

test("it is said how classes were told, and how many pictures each has", async () => {
  const found = dropped(["train/b/1.jpg", "train/a10/1.jpg", "train/a9/1.jpg", "val/b/2.jpg"]);
  const { why, classes } = await detectLayout(found, "train");
  assert.match(why, /folder it lies in is called\. The folders above say which are for training/);
  assert.deepEqual(classes, [
    ["a9", 1],
    ["a10", 1],
    ["b", 2],
  ]);
});

test("a table that is chosen and not there is asked for", async () => {
  const { why, entries } = await applyLayout("table", dropped(["a/1.jpg"]), "train");
  assert.match(why, /No table among the files/);
  assert.deepEqual(entries, []);
});

test("nothing is nothing", async () => {
  const { entries, classes } = await detectLayout([], "train");
  assert.deepEqual([entries, classes], [[], []]);
});

test("5,000 files and as many rows take no time worth a wait", async () => {
  const paths = Array.from({ length: 5000 }, (_, i) => `all/${i % 7}/${i}.jpg`);
  const rows = paths.map((path, i) => `${path},class ${i % 7}`).join("\n");
  const found = dropped([...paths, "labels.csv"], { "labels.csv": rows });
  const { layout, classes } = await detectLayout(found, "train");
  assert.deepEqual([layout, classes.length], ["table", 7]);
});
