/**
 * The transfer page: bring pictures, train a head on a backbone's embeddings of them, look inside,
 * try it, keep it.
 *
 * This file starts both workers and connects the steps. Decoding runs in one worker
 * (preparer.js), the network in another (worker.js), so the page stays quick meanwhile.
 *
 * @import { Remote } from "comlink"
 * @import { PageData } from "../shared/manifest.js"
 * @import { Preparer } from "./preparer.js"
 * @import { Session, TransferData } from "./session.js"
 * @import { TransferCompute } from "./worker.js"
 */
import { startCompute } from "../shared/compute.js";
import { absolute, byId, readPageData, showError, showUncaughtErrors } from "../shared/page.js";
import { Answerer } from "./answerer.js";
import { Embedding } from "./embedding.js";
import { Project } from "./project.js";
import { TransferPage } from "./transfer.js";
import { withAbsoluteUrls } from "./urls.js";
import "./page.css";

/**
 * Start the engine and the first part of the first backbone.
 *
 * @param {PageData} page
 * @param {TransferData} transfer
 * @returns {Promise<Session>}
 */
async function startSession(page, transfer) {
  const onCrash = (/** @type {Error} */ error) => {
    showError(error);
    say("The engine has stopped. Pictures and head can still be saved, in step 5.");
  };
  /** @type {Promise<Remote<Preparer>>} */
  const starting = startCompute(page, onCrash, page.preparer);
  /** @type {Remote<TransferCompute>} */
  const compute = await startCompute(page, onCrash);
  const preparer = await starting;
  const backbones = transfer.backbones.map(withAbsoluteUrls);
  await compute.start({ wasm: absolute(page.wasm), backbones });
  say(`Loading ${backbones[0].title} …`);
  const project = new Project(transfer.classes);
  const embedding = new Embedding(compute, preparer, project, backbones[0]);
  await embedding.use(backbones[0]);
  const answerer = new Answerer(project, compute);
  const announcer = byId("announce", HTMLElement);
  const announce = (/** @type {string} */ text) => {
    announcer.textContent = text;
  };
  return { page, transfer, project, compute, preparer, embedding, answerer, announce };
}

/** @param {string} text */
function say(text) {
  byId("train-status", HTMLElement).textContent = text;
}

showUncaughtErrors();
const page = readPageData();
const { transfer } = page;
if (!transfer) throw new Error("The page names no backbone. Build the site again.");
startSession(page, transfer)
  .then((session) => new TransferPage(session).start())
  .catch((error) => {
    showError(error);
    say("The engine could not start. The message on top of the page says why.");
  });
