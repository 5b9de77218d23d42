/**
 * The half of the transfer page's compute that looks at pictures: a backbone, and what it says of
 * each of them.
 *
 * @import { BackboneData, PartName } from "./session.js"
 */
import { startWasm } from "../shared/wasm.js";
import { Embedder } from "./embedder.js";
import { Embeddings } from "./embeddings.js";

export class EmbeddingCompute {
  embedded = new Embeddings();
  /** @type {Embedder | null} */
  embedder = null;
  /** @type {BackboneData[]} */
  backbones = [];

  /**
   * @param {{wasm: string, backbones: BackboneData[]}} options absolute URLs
   * @returns {Promise<{backend: string, seconds: number}>}
   */
  async start({ wasm, backbones }) {
    const start = performance.now();
    await startWasm(wasm);
    this.backbones = backbones;
    return { backend: "wasm", seconds: (performance.now() - start) / 1000 };
  }

  /**
   * Load the first part of a backbone. Embeddings of another one mean nothing to it and are
   * forgotten.
   *
   * @param {string} name
   * @returns {Promise<{milliseconds: number}>}
   */
  async useBackbone(name) {
    const backbone = this.backbones.find((known) => known.name === name);
    if (!backbone) throw new Error(`This page has no backbone "${name}".`);
    const start = performance.now();
    const embedder = new Embedder(backbone);
    await embedder.load("first");
    this.embedder?.dispose();
    this.embedder = embedder;
    this.clear();
    return { milliseconds: performance.now() - start };
  }

  /**
   * @param {PartName} part
   * @returns {Promise<{milliseconds: number}>}
   */
  async loadPart(part) {
    const start = performance.now();
    await this.ready().load(part);
    // What the classic head needs comes along: later there may be no connection.
    if (part === "last") import("./classic.js").catch(() => {});
    return { milliseconds: performance.now() - start };
  }

  ready() {
    if (!this.embedder) throw new Error("The backbone has not been loaded yet.");
    return this.embedder;
  }

  /**
   * Embed pictures and keep what comes out.
   *
   * @param {number[]} ids
   * @param {Uint8Array} pixels one prepared picture after another
   * @param {string[]} taps
   * @returns {Promise<{milliseconds: number}>}
   */
  async embed(ids, pixels, taps) {
    const start = performance.now();
    const found = this.ready().embed(pixels, taps);
    for (const [tap, values] of Object.entries(found)) this.embedded.put(tap, ids, values);
    return { milliseconds: performance.now() - start };
  }

  /**
   * The values at a tap, without keeping them.
   *
   * @param {Uint8Array} pixels
   * @param {string} tap
   */
  values(pixels, tap) {
    return this.ready().embed(pixels, [tap])[tap];
  }

  /**
   * @param {number[]} ids
   * @param {string[]} taps
   */
  missing(ids, taps) {
    return this.embedded.missing(ids, taps);
  }

  /** @param {number[]} ids */
  forget(ids) {
    this.embedded.forget(ids);
  }

  clear() {
    this.embedded.clear();
  }

  /**
   * @param {number[]} ids
   * @param {string} tap
   */
  embeddings(ids, tap) {
    return this.embedded.matrix(tap, ids).values;
  }

  /**
   * @param {number[]} ids
   * @param {string} tap
   * @param {Float32Array} values as `embeddings` gave them
   */
  restore(ids, tap, values) {
    this.embedded.put(tap, ids, values);
  }
}
