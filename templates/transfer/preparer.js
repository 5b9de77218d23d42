/**
 * The transfer page's second worker: makes the small pictures, while the first worker embeds.
 *
 * What is kept of a picture is a JPEG, and the network sees exactly what is kept. It looks at
 * pictures again when other layers or another backbone are wanted; had it seen finer pixels the
 * first time, pictures of both kinds would differ by how they came, not by what they show.
 *
 * @import { Opened } from "./opened.js"
 * @typedef {Opened & {jpeg: Blob}} Prepared pixels: those of the JPEG
 */
import { expose, transfer } from "comlink";
import { reader } from "../shared/bitmap.js";
import { SIDE, withAlpha, withoutAlpha } from "../shared/square.js";
import { OTHERWISE, decode, openBitmap, openFile } from "./opened.js";

const QUALITY = 0.92;
const JPEG = "image/jpeg";

export class Preparer {
  /** @type {OffscreenCanvasRenderingContext2D | null} what the small pictures pass through */
  small = null;

  /** Throws, in a sentence of its own, where a browser hides the pixels of pictures. */
  async check() {
    this.context();
  }

  /**
   * @param {Blob} file
   * @returns {Promise<Prepared>}
   */
  async prepare(file) {
    return this.pack(await openFile(file));
  }

  /**
   * A frame of the webcam.
   *
   * @param {ImageBitmap} bitmap
   * @returns {Promise<Prepared>}
   */
  async fromBitmap(bitmap) {
    return this.pack(await openBitmap(bitmap));
  }

  /**
   * @param {Opened} opened
   * @returns {Promise<Prepared>}
   */
  async pack(opened) {
    const context = this.context();
    context.putImageData(new ImageData(withAlpha(opened.pixels), SIDE, SIDE), 0, 0);
    const jpeg = await context.canvas.convertToBlob({ type: JPEG, quality: QUALITY });
    const pixels = await this.read(jpeg);
    return transfer({ ...opened, pixels, jpeg }, [pixels.buffer]);
  }

  /**
   * The pixels of a JPEG that `prepare` made.
   *
   * @param {Blob} jpeg
   * @returns {Promise<Uint8Array<ArrayBuffer>>}
   */
  async pixels(jpeg) {
    const pixels = await this.read(jpeg);
    return transfer(pixels, [pixels.buffer]);
  }

  /** @param {Blob} jpeg */
  async read(jpeg) {
    const bitmap = await decode(jpeg, { type: JPEG, title: "a JPEG picture" });
    const context = this.context();
    context.drawImage(bitmap, 0, 0);
    bitmap.close();
    return withoutAlpha(context.getImageData(0, 0, SIDE, SIDE).data);
  }

  context() {
    this.small ??= reader(SIDE, SIDE, OTHERWISE);
    return this.small;
  }
}

expose(new Preparer());
