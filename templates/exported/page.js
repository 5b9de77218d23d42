/**
 * A page of its own for a head that somebody trained: a picture in, an answer out. It runs the
 * same workers as the page that the head was trained on.
 *
 * @import { Remote } from "comlink"
 * @import { Preparer } from "../transfer/preparer.js"
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

/** @import { FoundFile } from "../transfer/files.js" */

const HEAD = "head.mlpages-head";

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
  const file = await (await fetchOrExplain(absolute(HEAD))).blob();
  const { backbone, head } = await readProject(file);
  if (!head) throw new Error(`${HEAD} holds no head. Export the page again.`);
  await compute.useBackbone(backbone);
  await compute.useHead(head);
  const answer = new AnswerView(byId("answer", HTMLElement), head.classes);
  byId("about", HTMLElement).textContent = `It tells apart ${head.classes.join(", ")}.`;

  /** @param {FoundFile[]} files */
  async function take([found]) {
    const note = byId("note", HTMLElement);
    if (!found) return;
    try {
      const { pixels } = await preparer.prepare(found.file);
      show(pixels);
      const { probabilities } = await compute.predictPixels(pixels);
      note.textContent = `${found.path}: ${answer.show(probabilities, head?.threshold ?? null)}`;
    } catch (error) {
      note.textContent = `${found.path} ${error instanceof Error ? error.message : error}.`;
    }
  }

  connect((files) => take(files).catch(showError));
}

/** @param {Uint8Array} pixels of a prepared picture */
function show(pixels) {
  const canvas = byId("seen", HTMLCanvasElement);
  canvas.getContext("2d")?.putImageData(new ImageData(withAlpha(pixels), SIDE, SIDE), 0, 0);
  byId("asked", HTMLElement).hidden = false;
}

/** @param {(files: FoundFile[]) => void} take */
function connect(take) {
  const button = byId("open", HTMLButtonElement);
  const input = byId("file", HTMLInputElement);
  button.addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    const files = input.files ? filesOfInput(input.files) : [];
    input.value = ""; // the same file can be chosen again
    take(files);
  });
  acceptDrops(document.body, (data) => filesOfDrop(data).then(take, showError));
  addEventListener("paste", ({ clipboardData }) => {
    if (clipboardData) take(filesOfPaste(clipboardData));
  });
  button.disabled = false;
}

showUncaughtErrors();
start().catch(showError);
