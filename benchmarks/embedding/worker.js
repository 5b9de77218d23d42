/**
 * A backbone in a worker: the page's own way from pixels to embeddings, and the bare graph model
 * on a tensor that is there already.
 *
 * @import { BackboneData } from "../../templates/transfer/session.js"
 */
import { tensor } from "@tensorflow/tfjs-core";
import { expose } from "comlink";
import { startWasm } from "../../templates/shared/wasm.js";
import { Embedder } from "../../templates/transfer/embedder.js";

export class Contest {
  /** @type {Embedder | null} */
  embedder = null;

  /** @param {{wasm: string, backbone: BackboneData}} options absolute URLs */
  async start({ wasm, backbone }) {
    await startWasm(wasm);
    this.embedder = new Embedder(backbone);
    await this.embedder.load("first");
    await this.embedder.load("last");
  }

  /**
   * @param {"embedder" | "bare"} who
   * @param {"first" | "last"} part up to which
   * @param {number} count pictures at a time
   * @returns {number} milliseconds a picture
   */
  turn(who, part, count) {
    const { embedder } = this;
    if (!embedder) throw new Error("The backbone has not been loaded.");
    const { size, taps } = embedder.backbone;
    const pixels = Uint8Array.from({ length: count * size * size * 3 }, (_, i) => (i * 31) % 256);
    const input = tensor(embedder.scaled(pixels), [count, size, size, 3]);
    const start = performance.now();
    if (who === "embedder") {
      embedder.embed(pixels, part === "first" ? ["middle", "pixels"] : ["middle", "last", "pixels"]);
    } else {
      const [middle] = embedder.execute("first", input, [taps.middle]);
      const last = part === "last" ? embedder.execute("last", middle, [taps.last])[0] : middle;
      last.dataSync();
      middle.dispose();
      if (last !== middle) last.dispose();
    }
    const milliseconds = (performance.now() - start) / count;
    input.dispose();
    return milliseconds;
  }
}

expose(new Contest());
