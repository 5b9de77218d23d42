/**
 * A page of its own for a head that somebody trained: a picture in, an answer out. It runs the
 * same workers as the page that the head was trained on.
 *
 * @import { Remote } from "comlink"
 * @import { FoundFile } from "../transfer/files.js"
 * @import { Preparer } from "../transfer/preparer.js"
 * @import { TrainedHead } from "../transfer/project.js"
 * @import { TransferCompute } from "../transfer/worker.js"
 */
import { startCompute } from "../shared/compute.js";
import { fetchOrExplain } from "../shared/manifest.js";
import { absolute, byId, readPageData, showError, showUncaughtErrors } from "../shared/page.js";
import { SIDE, withAlpha } from "../shared/square.js";
import { AnswerView } from "../transfer/answer.js";
import { acceptDrops } from "../transfer/drops.js";
import { filesOfDrop, filesOfInput, filesOfPaste } from "../transfer/files.js";
import { readProject } from "../transfer/project-file.js";
import { withAbsoluteUrls } from "../transfer/urls.js";
import "../transfer/try.css";
import "./page.css";

const HEAD = "head.mlpages-head";
const about = byId("about", HTMLElement);

/** The engine with the head that lies beside the page. */
async function start() {
  const page = readPageData();
  if (!page.transfer) throw new Error("The page names no backbone. Export it again.");
  /** @type {Promise<Remote<Preparer>>} */
  const starting = startCompute(page, showError, page.preparer);
  /** @type {Remote<TransferCompute>} */
  const compute = await startCompute(page, showError);
  const preparer = await starting;
  const backbones = page.transfer.backbones.map(withAbsoluteUrls);
  await compute.start({ wasm: absolute(page.wasm), backbones });
  const { backbone, head } = await readProject(await (await fetchOrExplain(absolute(HEAD))).blob());
  if (!head) throw new Error(`${HEAD} holds no head. Export the page again.`);
  await compute.useBackbone(backbone);
  if (head.taps.some((tap) => tap !== "middle")) await compute.loadPart("last");
  await compute.useHead(head);
  return { compute, preparer, head };
}

class Asking {
  /** The newest picture is the one that counts. */
  asked = 0;

  /**
   * @param {Remote<TransferCompute>} compute
   * @param {Remote<Preparer>} preparer
   * @param {TrainedHead} head
   */
  constructor(compute, preparer, head) {
    this.compute = compute;
    this.preparer = preparer;
    this.threshold = head.threshold;
    this.note = byId("note", HTMLElement);
    this.answer = new AnswerView(byId("answer", HTMLElement), head.classes);
  }

  connect() {
    const button = byId("open", HTMLButtonElement);
    const input = byId("file", HTMLInputElement);
    button.addEventListener("click", () => input.click());
    input.addEventListener("change", () => {
      const files = input.files ? filesOfInput(input.files) : [];
      input.value = ""; // the same file can be chosen again
      this.take(files);
    });
    acceptDrops(document.body, (data) => {
      filesOfDrop(data).then((files) => this.take(files), showError);
    });
    addEventListener("paste", ({ clipboardData }) => {
      const files = clipboardData ? filesOfPaste(clipboardData) : [];
      if (files.length) this.take(files);
    });
    button.disabled = false;
  }

  /** @param {FoundFile[]} files the first is asked about */
  take([found]) {
    if (found) this.ask(found).catch(showError);
    else this.note.textContent = "No picture was found there.";
  }

  /** @param {FoundFile} found */
  async ask({ path, file }) {
    const asked = ++this.asked;
    this.note.textContent = `Looking at ${path} …`;
    let prepared;
    try {
      prepared = await this.preparer.prepare(file);
    } catch (error) {
      const why = error instanceof Error ? error.message : error;
      if (asked === this.asked) this.note.textContent = `${path} ${why}.`;
      return;
    }
    const { probabilities } = await this.compute.predictPixels(prepared.pixels);
    if (asked !== this.asked) return; // another picture was asked about meanwhile
    this.show(path, prepared.pixels);
    this.note.textContent = `${path}: ${this.answer.show(probabilities, this.threshold)}`;
  }

  /**
   * @param {string} path
   * @param {Uint8Array} pixels of a prepared picture
   */
  show(path, pixels) {
    const canvas = byId("seen", HTMLCanvasElement);
    canvas.getContext("2d")?.putImageData(new ImageData(withAlpha(pixels), SIDE, SIDE), 0, 0);
    canvas.setAttribute("aria-label", `${path}, as the network sees it`);
    byId("title", HTMLElement).textContent = path;
    byId("asked", HTMLElement).hidden = false;
  }
}

showUncaughtErrors();
start()
  .then(({ compute, preparer, head }) => {
    new Asking(compute, preparer, head).connect();
    about.textContent = `It tells apart ${head.classes.join(", ")}.`;
  })
  .catch((error) => {
    about.textContent = "It could not start. The message on top of the page says why.";
    showError(error);
  });
