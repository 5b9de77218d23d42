/** A saved project takes the place of the present one, or leaves it as it was. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { gatherProject, useProject } from "../../templates/transfer/keeper.js";
import { linearToLayers } from "../../templates/transfer/layers-file.js";
import { Project } from "../../templates/transfer/project.js";

/**
 * @import { TrainedHead } from "../../templates/transfer/project.js"
 * @import { SavedProject } from "../../templates/transfer/project-file.js"
 * @import { BackboneData, Session } from "../../templates/transfer/session.js"
 */

const SIZES = { middle: 4, last: 3 };
const COUNT = 300; // more than travel at a time

/** @param {string} name */
function makeBackbone(name) {
  const taps = {
    middle: { shape: [4, 4, 1], grid: 2, part: "first", output: "a" },
    last: { shape: [3], part: "last", output: "b" },
  };
  const backbone = { name, title: `The ${name}`, taps };
  return /** @type {BackboneData} */ (/** @type {unknown} */ (backbone));
}

/**
 * A page with two backbones whose worker remembers what it is given.
 *
 * @param {{head?: TrainedHead}} [refused] a head that its worker cannot open
 */
function makeSession(refused = {}) {
  const backbones = ["one", "two"].map(makeBackbone);
  /** @type {Map<string, number[]>} values by tap and picture */
  const rows = new Map();
  const seen = { head: /** @type {TrainedHead | null} */ (null), rows };
  const embedding = {
    backbone: backbones[0],
    /** @param {BackboneData} backbone */
    async use(backbone) {
      embedding.backbone = backbone;
      rows.clear();
      seen.head = null;
    },
  };
  const compute = {
    /** @param {TrainedHead | null} head */
    async useHead(head) {
      if (head && head === refused.head) throw new Error("Unknown layer.");
      seen.head = head;
    },
    /**
     * @param {number[]} ids
     * @param {string[]} taps
     */
    async missing(ids, [tap]) {
      return ids.filter((id) => !rows.has(`${tap} ${id}`));
    },
    /**
     * @param {number[]} ids
     * @param {string} tap
     */
    async embeddings(ids, tap) {
      return Float32Array.from(ids.flatMap((id) => rows.get(`${tap} ${id}`) ?? []));
    },
    /**
     * @param {number[]} ids
     * @param {string} tap
     * @param {Float32Array} values
     */
    async restore(ids, tap, values) {
      const size = values.length / ids.length;
      ids.forEach((id, i) => {
        rows.set(`${tap} ${id}`, [...values.subarray(i * size, (i + 1) * size)]);
      });
    },
  };
  const project = new Project(["red", "blue"]);
  const session = { project, compute, embedding, transfer: { backbones } };
  return { session: /** @type {Session} */ (/** @type {unknown} */ (session)), seen };
}

/**
 * @param {string} [backbone]
 * @returns {TrainedHead}
 */
function makeHead(backbone = "one") {
  const weights = new Float32Array(SIZES.middle * 2);
  const bias = new Float32Array(2);
  const size = SIZES.middle;
  return {
    kind: "linear",
    backbone,
    taps: ["middle"],
    classes: ["red", "blue"],
    size,
    file: linearToLayers({ kind: "linear", size, classes: 2, weights, bias }),
    mean: new Float32Array(size),
    settings: {
      kind: "linear",
      taps: "auto",
      regularisation: "auto",
      epochs: 10,
      learningRate: 1e-4,
      batchShare: 0.4,
      seed: 1,
    },
    choice: null,
    history: [],
    counts: { train: [1, 1], validation: [0, 0] },
    scores: { train: 1, validation: null, pixels: null },
    threshold: null,
  };
}

/**
 * @param {Session} session
 * @param {number} count
 */
async function fill({ project, compute }, count) {
  const found = Array.from({ length: count }, (_, i) => ({
    name: `${i}.jpg`,
    label: i % 2 ? "red" : "blue",
    role: /** @type {const} */ ("train"),
    source: /** @type {const} */ ("files"),
    hash: `hash ${i}`,
    jpeg: new Blob([`picture ${i}`]),
  }));
  const ids = project.add(found).map(({ id }) => id);
  const values = ids.flatMap((id) => [id, id + 0.25, id + 0.5, id + 0.75]);
  await compute.restore(ids, "middle", Float32Array.from(values));
}

test("pictures, embeddings and head come back under other numbers", async () => {
  const { session } = makeSession();
  await fill(session, COUNT);
  session.project.setHead(makeHead());
  const saved = await gatherProject(session);
  assert.deepEqual(saved.taps.map(({ tap, size }) => [tap, size]), [["middle", 4]]);
  const { session: other, seen } = makeSession();
  await fill(other, 3);
  await useProject(other, saved);
  const kept = [...other.project.pictures.values()];
  assert.equal(kept.length, COUNT);
  for (const [i, { id, name, label }] of kept.entries()) {
    assert.deepEqual([name, label], [`${i}.jpg`, i % 2 ? "red" : "blue"]);
    assert.deepEqual(seen.rows.get(`middle ${id}`), [i + 1, i + 1.25, i + 1.5, i + 1.75]);
  }
  assert.equal(other.project.head, saved.head);
  assert.equal(seen.head, saved.head);
});

test("a head alone leaves the pictures; on an empty page its classes come with it", async () => {
  /** @type {SavedProject} */
  const saved = {
    backbone: "one",
    classes: ["cat", "dog"],
    pictures: [],
    taps: [],
    head: { ...makeHead(), classes: ["cat", "dog"] },
    stale: false,
  };
  const { session } = makeSession();
  await fill(session, 4);
  await useProject(session, saved);
  assert.deepEqual([session.project.pictures.size, session.project.classes], [4, ["red", "blue"]]);
  assert.equal(session.project.head, saved.head);
  const { session: empty } = makeSession();
  await useProject(empty, saved);
  assert.deepEqual(empty.project.classes, ["cat", "dog"]);
  assert.equal(empty.project.head, saved.head);
});

test("what cannot be used leaves everything as it was", async () => {
  const good = makeHead();
  const { session: source } = makeSession();
  await fill(source, 2);
  source.project.setHead(makeHead("two"));
  const saved = await gatherProject(source);
  /** @type {[Partial<SavedProject>, RegExp][]} */
  const cases = [
    [{ backbone: "three" }, /made with the backbone three, and this page has The one and The two/],
    [{ backbone: "constructor" }, /made with the backbone constructor/],
    [{ head: { ...makeHead(), size: 5 } }, /another The one: its features have other sizes/],
    [{ head: { ...makeHead(), taps: ["constructor"] } }, /its features have other sizes/],
    [{ taps: [{ tap: "middle", size: 3, rows: new Blob() }] }, /its features have other sizes/],
    [{ taps: [{ tap: "pixels", size: 4, rows: new Blob() }] }, /its features have other sizes/],
    [{ backbone: "two" }, /The head in this file cannot be used: Unknown layer\./],
  ];
  for (const [change, words] of cases) {
    const { session, seen } = makeSession({ head: saved.head ?? undefined });
    await fill(session, 4);
    await session.compute.useHead(good);
    session.project.setHead(good);
    await assert.rejects(useProject(session, { ...saved, ...change }), words);
    assert.equal(session.project.pictures.size, 4);
    assert.equal(session.project.head, good);
    assert.equal(seen.head, good);
    assert.equal(session.embedding.backbone.name, "one");
    assert.equal(seen.rows.size, 4);
  }
});
