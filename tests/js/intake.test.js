import assert from "node:assert/strict";
import { test } from "node:test";
import { Intake } from "../../templates/transfer/intake.js";
import { Project } from "../../templates/transfer/project.js";

/** @import { Options } from "../../templates/transfer/intake.js" */
/** @import { Entry } from "../../templates/transfer/layouts.js" */
/** @import { Session } from "../../templates/transfer/session.js" */

/**
 * Workers that only take notes: the preparer refuses files named "bad", a file's content is its
 * hash, pictures have one pixel.
 */
function makeSession() {
  const project = new Project(["happy", "sad"]);
  /** @type {number[][]} */
  const embedded = [];
  const fake = {
    project,
    embedding: { taps: ["middle"] },
    preparer: {
      /** @param {File} file */
      async prepare(file) {
        if (file.name.includes("bad")) throw new Error("is empty");
        const hash = await file.text();
        return { pixels: new Uint8Array(3), jpeg: new Blob([hash]), hash, width: 1, height: 1 };
      },
    },
    compute: {
      /**
       * @param {number[]} ids
       * @param {Uint8Array} pixels
       */
      async embed(ids, pixels) {
        assert.equal(pixels.length, 3 * ids.length);
        if (embedded.length === failing.at) throw new Error("out of memory");
        embedded.push(ids);
      },
    },
  };
  const failing = { at: -1 };
  const session = /** @type {Session} */ (/** @type {unknown} */ (fake));
  const intake = new Intake(session);
  /**
   * @param {Entry[]} files
   * @param {Options} options
   */
  const run = (files, options) =>
    intake.take(files, ({ file }) => session.preparer.prepare(file), options);
  return { run, project, embedded, failing };
}

/**
 * @param {number} count
 * @param {(i: number) => string} [nameOf]
 * @returns {Entry[]}
 */
function entries(count, nameOf = (i) => `${i}.jpg`) {
  return Array.from({ length: count }, (_, i) => {
    const path = nameOf(i);
    const file = new File([`content ${i}`], path);
    return { path, file, label: i % 2 ? "sad" : "happy", role: /** @type {const} */ ("train") };
  });
}

test("thousands of files are taken in by batches, the first alone", async () => {
  const { run, project, embedded } = makeSession();
  const outcome = await run(entries(5_000), { source: "folder" });
  assert.equal(outcome.added.length, 5_000);
  assert.equal(project.of("train", "sad").length, 2_500);
  assert.equal(embedded[0].length, 1);
  assert.ok(Math.max(...embedded.map((ids) => ids.length)) <= 8);
  assert.equal(new Set(embedded.flat()).size, 5_000);
});

test("a file that fails is named with its reason, and the rest go on", async () => {
  const { run } = makeSession();
  const files = entries(20, (i) => (i % 10 === 3 ? `bad-${i}.jpg` : `${i}.jpg`));
  const { added, failed } = await run(files, { source: "files" });
  assert.equal(added.length, 18);
  assert.deepEqual(failed, [
    { path: "bad-3.jpg", reason: "is empty" },
    { path: "bad-13.jpg", reason: "is empty" },
  ]);
});

test("what is there already is counted and left out", async () => {
  const { run, project } = makeSession();
  await run(entries(10), { source: "files" });
  const { added, duplicates } = await run(entries(12), { source: "files" });
  assert.deepEqual([added.length, duplicates, project.pictures.size], [2, 10, 12]);
});

test("a cancel keeps what is complete", async () => {
  const { run, project } = makeSession();
  const controller = new AbortController();
  const outcome = await run(entries(100), {
    source: "files",
    signal: controller.signal,
    onProgress: (done) => done === 50 && controller.abort(),
  });
  assert.ok(outcome.cancelled);
  assert.equal(outcome.added.length, project.pictures.size);
  assert.ok(project.pictures.size > 30 && project.pictures.size <= 50);
});

test("pictures that could not be embedded are taken out again", async () => {
  const { run, project, failing } = makeSession();
  failing.at = 2;
  await assert.rejects(run(entries(40), { source: "files" }), /out of memory/);
  assert.equal(project.pictures.size, 9);
});

test("progress names the file at hand and ends with all", async () => {
  const { run } = makeSession();
  /** @type {string[]} */
  const seen = [];
  await run(entries(3), {
    source: "files",
    onProgress: (done, total, name) => seen.push(`${done}/${total} ${name}`),
  });
  assert.deepEqual(seen, ["0/3 0.jpg", "1/3 1.jpg", "2/3 2.jpg", "3/3 "]);
});
