/**
 * Take pictures in: prepare, add to the project, embed. While the network embeds some, the next
 * ones are prepared. Of a picture only its small JPEG and its embedding stay: thousands fit.
 *
 * @import { Outcome } from "./intake-view.js"
 * @import { Entry } from "./layouts.js"
 * @import { Prepared } from "./preparer.js"
 * @import { Picture, Source } from "./project.js"
 * @import { Session } from "./session.js"
 *
 * @typedef {{
 *   project: Session["project"],
 *   preparer: Pick<Session["preparer"], "check" | "prepare">,
 *   compute: Pick<Session["compute"], "embed" | "forget">,
 *   embedding: Pick<Session["embedding"], "taps">
 * }} Means the parts of a session that are needed
 * @typedef {{
 *   source: Source, signal?: AbortSignal,
 *   onProgress?: (done: number, total: number, name: string) => void
 * }} Options name: of the file that is prepared
 * @typedef {Omit<Picture, "id"> & {pixels: Uint8Array}} Ready
 */
import { transfer } from "comlink";

/** Pictures that are embedded together: more are not faster, and a cancel has to wait for them. */
const BATCH = 8;

export class Intake {
  /** @param {Means} session */
  constructor(session) {
    this.session = session;
  }

  /**
   * Take files in.
   *
   * @param {Entry[]} entries
   * @param {Options} options
   */
  run(entries, options) {
    const { preparer } = this.session;
    return this.take(entries, ({ file }) => preparer.prepare(file), options);
  }

  /**
   * Take pictures in, from wherever. Cancelling keeps what is complete. One that cannot be prepared
   * is put on a list; an error of the network is thrown, without the pictures that it failed on.
   *
   * @template {Omit<Entry, "file">} T
   * @param {T[]} entries
   * @param {(entry: T) => Promise<Prepared>} prepare
   * @param {Options} options
   * @returns {Promise<Outcome>}
   */
  async take(entries, prepare, { source, signal, onProgress = () => {} }) {
    /** @type {Outcome} */
    const outcome = { added: [], failed: [], duplicates: 0, cancelled: false };
    /** @type {Ready[]} */
    let batch = [];
    let size = 1; // the first one goes alone, so that something is seen soon
    let embedding = Promise.resolve();
    await this.session.preparer.check();
    let next = attempt(entries[0], prepare);
    for (const [i, { path, label, role }] of entries.entries()) {
      const { added, failed, duplicates } = outcome;
      onProgress(added.length + failed.length + duplicates, entries.length, path);
      const prepared = await next;
      if (signal?.aborted) break;
      next = attempt(entries[i + 1], prepare);
      if (prepared instanceof Error) failed.push({ path, reason: prepared.message });
      else {
        const { pixels, jpeg, hash } = prepared;
        batch.push({ name: path, label, role, source, hash, jpeg, pixels });
      }
      if (batch.length < size) continue;
      await embedding;
      embedding = this.embed(batch, outcome);
      embedding.catch(() => {}); // is thrown by the await above or below
      batch = [];
      size = BATCH;
    }
    await embedding;
    outcome.cancelled = signal?.aborted ?? false;
    if (batch.length && !outcome.cancelled) await this.embed(batch, outcome);
    onProgress(entries.length, entries.length, "");
    return outcome;
  }

  /**
   * @param {Ready[]} batch
   * @param {Outcome} outcome grows
   */
  async embed(batch, outcome) {
    const { project, compute, embedding } = this.session;
    const pixelsOf = new Map(batch.map(({ pixels, ...picture }) => [keyOf(picture), pixels]));
    const added = project.add(batch.map(({ pixels, ...picture }) => picture));
    outcome.duplicates += batch.length - added.length;
    if (added.length === 0) return;
    const ids = added.map(({ id }) => id);
    const pixels = join(added.map((picture) => pixelsOf.get(keyOf(picture)) ?? new Uint8Array()));
    try {
      await compute.embed(ids, transfer(pixels, [pixels.buffer]), embedding.taps);
    } catch (error) {
      project.remove(ids);
      await compute.forget(ids).catch(() => {}); // the first error tells more
      throw error;
    }
    outcome.added.push(...added);
  }
}

/**
 * @template T
 * @param {T | undefined} entry
 * @param {(entry: T) => Promise<Prepared>} prepare
 * @returns {Promise<Prepared | Error>}
 */
async function attempt(entry, prepare) {
  if (entry === undefined) return new Error("is none");
  try {
    return await prepare(entry);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** @param {Omit<Picture, "id">} picture */
function keyOf({ hash, label, role }) {
  return `${hash} ${role} ${label}`;
}

/** @param {Uint8Array[]} parts of the same length */
function join(parts) {
  const all = new Uint8Array(parts.length * parts[0].length);
  parts.forEach((part, i) => all.set(part, i * part.length));
  return all;
}
