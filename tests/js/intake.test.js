import assert from "node:assert/strict";
import { test } from "node:test";
import { Intake } from "../../templates/transfer/intake.js";
import { Project } from "../../templates/transfer/project.js";

/**
 * @import { Entry } from "../../templates/transfer/layouts.js"
 * @import { Means } from "../../templates/transfer/intake.js"
 */

const SIZE = 12;

/**
 * Workers that note what they are given: a file's text is its content, "bad" cannot be read.
 *
 * @param {{embed?: (ids: number[]) => void, check?: () => void}} [faults]
 */
function makeSession({ embed = () => {}, check = () => {} } = {}) {
  const seen = {
    /** @type {number[]} */
    batches: [],
    /** @type {Map<number, number>} first pixel by id */
    embedded: new Map(),
    /** @type {number[]} */
    forgotten: [],
    ahead: 0, // most pictures that were prepared and neither embedded nor refused
    prepared: 0,
  };
  const session = {
    project: new Project([]),
    embedding: { taps: ["middle", "pixels"] },
    preparer: {
      check: async () => check(),
      /** @param {Blob} file */
      async prepare(file) {
        const hash = await file.text();
        if (hash === "bad") throw new Error("is not a picture");
        seen.prepared++;
        seen.ahead = Math.max(seen.ahead, seen.prepared - seen.embedded.size);
        const pixels = new Uint8Array(SIZE).fill(Number(hash));
        return { pixels, jpeg: new Blob([hash]), hash, width: 9, height: 9 };
      },
    },
    compute: {
      /**
       * @param {number[]} ids
       * @param {Uint8Array} pixels
       * @param {string[]} taps
       */
      async embed(ids, pixels, taps) {
        assert.equal(pixels.length, ids.length * SIZE);
        assert.deepEqual(taps, ["middle", "pixels"]);
        await new Promise((resolve) => setImmediate(resolve));
        embed(ids);
        seen.batches.push(ids.length);
        ids.forEach((id, i) => seen.embedded.set(id, pixels[i * SIZE]));
        return { milliseconds: 1 };
      },
      /** @param {number[]} ids */
      async forget(ids) {
        seen.forgotten.push(...ids);
      },
    },
  };
  return { session: /** @type {typeof session & Means} */ (session), seen };
}

/**
 * @param {(string | number)[]} contents
 * @returns {Entry[]}
 */
function entries(contents) {
  return contents.map((content, i) => {
    const path = `${i}.jpg`;
    return { path, file: new File([String(content)], path), label: "dog", role: "train" };
  });
}

/** @param {number} count */
const numbers = (count) => Array.from({ length: count }, (_, i) => i);

test("5,000 pictures come in, a few at a time, each with its own embedding", async () => {
  const { session, seen } = makeSession();
  /** @type {number[]} */
  const progress = [];
  const outcome = await new Intake(session).run(entries(numbers(5000)), {
    source: "folder",
    onProgress: (done, total) => progress.push(done / total),
  });
  assert.equal(outcome.added.length, 5000);
  assert.equal(outcome.cancelled, false);
  assert.equal(seen.batches[0], 1, "the first one alone");
  assert.ok(Math.max(...seen.batches) <= 8 && seen.batches.length < 700);
  assert.ok(seen.ahead <= 2 * 8 + 1, `${seen.ahead} pictures were held at once`);
  for (const { id, hash, jpeg, source } of outcome.added) {
    assert.equal(seen.embedded.get(id), Number(hash) % 256);
    assert.equal(jpeg.size, hash.length);
    assert.equal(source, "folder");
  }
  assert.deepEqual(progress, progress.toSorted((a, b) => a - b));
  assert.equal(progress[progress.length - 1], 1);
  assert.ok(!("pixels" in outcome.added[0]), "pixels do not stay");
});

test("pictures that are no files come in by their own way", async () => {
  const { session } = makeSession();
  const tiles = [{ path: "tile 7", label: "sad", role: /** @type {const} */ ("train"), tile: 7 }];
  const { added } = await new Intake(session).take(
    tiles,
    async ({ tile }) => {
      const pixels = new Uint8Array(SIZE).fill(tile);
      return { pixels, jpeg: new Blob(), hash: `tile ${tile}`, width: 9, height: 9 };
    },
    { source: "samples" },
  );
  const [{ name, hash, source }] = added;
  assert.deepEqual([name, hash, source], ["tile 7", "tile 7", "samples"]);
});

test("files that cannot be read are named, and the rest go on", async () => {
  const { session } = makeSession();
  const { added, failed } = await new Intake(session).run(entries(["bad", 1, "bad", 2]), {
    source: "files",
  });
  assert.deepEqual(
    added.map(({ name }) => name),
    ["1.jpg", "3.jpg"],
  );
  assert.deepEqual(failed, [
    { path: "0.jpg", reason: "is not a picture" },
    { path: "2.jpg", reason: "is not a picture" },
  ]);
});

test("a picture that is there already is counted and left out", async () => {
  const { session, seen } = makeSession();
  const intake = new Intake(session);
  const first = await intake.run(entries([1, 2, 2, 3]), { source: "files" });
  const again = await intake.run(entries([3, 4, 1]), { source: "files" });
  assert.deepEqual([first.added.length, first.duplicates], [3, 1]);
  assert.deepEqual([again.added.length, again.duplicates], [1, 2]);
  assert.deepEqual([...seen.embedded.values()].toSorted(), [1, 2, 3, 4]);
  assert.deepEqual([...session.project.pictures.keys()], [...seen.embedded.keys()]);
});

test("cancelling keeps what is complete", async () => {
  const { session, seen } = makeSession();
  const controller = new AbortController();
  const outcome = await new Intake(session).run(entries(numbers(100)), {
    source: "files",
    signal: controller.signal,
    onProgress: (done) => done >= 17 && controller.abort(),
  });
  assert.equal(outcome.cancelled, true);
  assert.ok(outcome.added.length >= 17 && outcome.added.length < 40);
  assert.deepEqual([...session.project.pictures.keys()], [...seen.embedded.keys()]);
  assert.equal(outcome.added.length, seen.embedded.size);
});

test("what the network fails on is taken out again", async () => {
  const { session, seen } = makeSession({
    embed: (ids) => {
      if (ids.includes(12)) throw new Error("no memory is left");
    },
  });
  await assert.rejects(
    new Intake(session).run(entries(numbers(60)), { source: "files" }),
    /no memory is left/,
  );
  assert.deepEqual([...session.project.pictures.keys()], [...seen.embedded.keys()]);
  assert.ok(seen.forgotten.includes(12) && seen.embedded.size === 9);
});

test("a browser that hides pixels is told once, before anything is read", async () => {
  const { session, seen } = makeSession({
    check: () => {
      throw new Error("A privacy setting hides the pixels.");
    },
  });
  await assert.rejects(
    new Intake(session).run(entries([1]), { source: "files" }),
    /A privacy setting/,
  );
  assert.equal(seen.prepared, 0);
});

test("nothing comes of nothing", async () => {
  const { session } = makeSession();
  const outcome = await new Intake(session).run([], { source: "paste" });
  assert.deepEqual(outcome, { added: [], failed: [], duplicates: 0, cancelled: false });
});
