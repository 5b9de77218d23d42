/**
 * Which taps a picture is embedded at, and the embeddings that are still missing: those of
 * pictures that came before the backbone's last part did, or of a backbone chosen later. They are
 * made again from the small JPEG that is kept of each picture.
 *
 * @import { Remote } from "comlink"
 * @import { Preparer } from "./preparer.js"
 * @import { Picture, Project } from "./project.js"
 * @import { BackboneData } from "./session.js"
 * @import { TransferCompute } from "./worker.js"
 */

/** Pictures to a call: few enough that a stop is noticed, enough that calls cost nothing. */
const BATCH = 4;

export class Embedding {
  /** Has the last part of the backbone arrived? */
  complete = false;
  /** May it be fetched? A visitor who counts bytes says no. */
  wanted = true;
  /** Has fetching it failed? Then it is tried again when someone asks for it, not by itself. */
  failed = false;
  /** @type {Promise<void> | null} */
  fetching = null;

  /**
   * @param {Remote<TransferCompute>} compute
   * @param {Remote<Preparer>} preparer
   * @param {Project} project
   * @param {BackboneData} backbone
   */
  constructor(compute, preparer, project, backbone) {
    this.compute = compute;
    this.preparer = preparer;
    this.project = project;
    this.backbone = backbone;
  }

  /** Taps that a new picture is embedded at. "pixels" is the baseline that needs no network. */
  get taps() {
    return ["middle", ...(this.complete ? ["last"] : []), "pixels"];
  }

  /** @param {BackboneData} backbone */
  async use(backbone) {
    await this.compute.useBackbone(backbone.name);
    this.backbone = backbone;
    this.complete = false;
    this.failed = false;
    this.fetching = null;
  }

  /** Fetch the last part, once; whoever needs it waits for the same promise. */
  fetchLast() {
    const { backbone } = this;
    this.fetching ??= this.compute.loadPart("last").then(
      () => {
        if (backbone !== this.backbone) return;
        this.complete = true;
        this.failed = false;
      },
      (error) => {
        this.fetching = null;
        this.failed = true;
        throw error;
      },
    );
    return this.fetching;
  }

  /**
   * Make sure that pictures are embedded at some taps.
   *
   * @param {Picture[]} pictures
   * @param {string[]} [taps]
   * @param {(done: number, total: number) => void} [onProgress]
   * @param {AbortSignal} [signal] leaves the rest undone
   */
  async ensure(pictures, taps = this.taps, onProgress = () => {}, signal = undefined) {
    const missing = new Set(await this.compute.missing(pictures.map(({ id }) => id), taps));
    const todo = pictures.filter(({ id }) => missing.has(id));
    for (let done = 0; done < todo.length && !signal?.aborted; done += BATCH) {
      onProgress(done, todo.length);
      await this.embed(todo.slice(done, done + BATCH), taps);
    }
    onProgress(todo.length, todo.length);
  }

  /**
   * @param {Picture[]} pictures
   * @param {string[]} taps
   */
  async embed(pictures, taps) {
    const prepared = await Promise.all(pictures.map(({ jpeg }) => this.preparer.pixels(jpeg)));
    const size = prepared[0].length;
    const pixels = new Uint8Array(size * prepared.length);
    prepared.forEach((picture, i) => pixels.set(picture, i * size));
    await this.compute.embed(pictures.map(({ id }) => id), pixels, taps);
  }
}
