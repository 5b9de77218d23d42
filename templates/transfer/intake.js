/**
 * Taking pictures in: one worker decodes while the other embeds, a few pictures at a time, and of
 * each only a small JPEG and its embeddings are kept. Files may come by the thousand.
 *
 * @import { Entry } from "./layouts.js"
 * @import { Prepared } from "./preparer.js"
 * @import { Picture, Source } from "./project.js"
 * @import { Session } from "./session.js"
 * @typedef {{path: string, reason: string}} Failure
 * @typedef {{added: Picture[], failed: Failure[], duplicates: number, cancelled: boolean}} Outcome
 * @typedef {{
 *   source: Source, signal?: AbortSignal,
 *   onProgress?: (done: number, total: number, name: string) => void
 * }} Options
 * @typedef {{entry: Omit<Entry, "file">, prepared: Prepared}} Ready
 */

/** Pictures embedded at a time: calls cost little, and the page shows each batch as it comes. */
const BATCH = 8;

export class Intake {
  /** @param {Pick<Session, "project" | "compute" | "preparer" | "embedding">} session */
  constructor(session) {
    this.session = session;
  }

  /**
   * @template {Omit<Entry, "file">} T
   * @param {T[]} entries
   * @param {(entry: T) => Promise<Prepared>} prepare
   * @param {Options} options
   * @returns {Promise<Outcome>} what was complete before a cancel is kept
   */
  async take(entries, prepare, { source, signal, onProgress }) {
    /** @type {Outcome} */
    const outcome = { added: [], failed: [], duplicates: 0, cancelled: false };
    /** @type {Ready[]} */
    let batch = [];
    /** @type {Promise<void>} the batch before, while this one is decoded */
    let embedding = Promise.resolve();
    embedding.catch(() => {});
    for (let i = 0; i < entries.length; i++) {
      if (signal?.aborted) break;
      const entry = entries[i];
      onProgress?.(i, entries.length, entry.path);
      try {
        batch.push({ entry, prepared: await prepare(entry) });
      } catch (error) {
        outcome.failed.push({ path: entry.path, reason: reasonOf(error) });
      }
      // The first one alone, so that something is seen at once.
      if (batch.length < (outcome.added.length ? BATCH : 1)) continue;
      await embedding;
      embedding = this.embed(batch, source, outcome);
      embedding.catch(() => {});
      batch = [];
    }
    await embedding;
    outcome.cancelled = signal?.aborted ?? false;
    if (!outcome.cancelled) await this.embed(batch, source, outcome);
    onProgress?.(entries.length, entries.length, "");
    return outcome;
  }

  /**
   * Add pictures and embed them; if that fails they are taken out again.
   *
   * @param {Ready[]} batch
   * @param {Source} source
   * @param {Outcome} outcome
   */
  async embed(batch, source, outcome) {
    if (batch.length === 0) return;
    const { project, compute, embedding } = this.session;
    const found = batch.map(({ entry: { path, label, role }, prepared: { hash, jpeg } }) => {
      return { name: path, label, role, source, hash, jpeg };
    });
    const added = project.add(found);
    outcome.duplicates += batch.length - added.length;
    if (added.length === 0) return;
    const jpegs = new Set(added.map(({ jpeg }) => jpeg));
    const pixels = join(
      batch.filter(({ prepared }) => jpegs.has(prepared.jpeg)).map((ready) => ready.prepared.pixels),
    );
    const ids = added.map(({ id }) => id);
    try {
      await compute.embed(ids, pixels, embedding.taps);
    } catch (error) {
      project.remove(ids);
      throw error;
    }
    outcome.added.push(...added);
  }
}

/** @param {Uint8Array[]} parts */
function join(parts) {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** @param {unknown} error */
function reasonOf(error) {
  return error instanceof Error ? error.message : String(error);
}
