/**
 * The predictor: draw, see what the model sees, read its answer.
 *
 * The graph model answers first; the layers model and the test images follow while the visitor
 * already draws. The newest drawing is what counts: older questions are dropped, not queued.
 *
 * @import { Remote } from "comlink"
 * @import { ModelLinks, PageData } from "../shared/manifest.js"
 * @import { PredictorCompute } from "./worker.js"
 */
import { startCompute } from "../shared/compute.js";
import { DrawingPad } from "../shared/pad.js";
import { absolute, byId, readPageData, showError, showUncaughtErrors } from "../shared/page.js";
import { prepareInput } from "../shared/prepare.js";
import { AnswersView } from "./answers.js";
import { bytesLoaded, showBytes } from "./loaded.js";
import { Models } from "./models.js";
import { OwnModel } from "./own.js";
import "./page.css";
import { acceptPictures } from "./pictures.js";
import { SampleRow } from "./samples.js";
import { SeenView } from "./seen.js";
import { connectTools, Note } from "./tools.js";

const page = readPageData();
const pad = byId("pad", DrawingPad);
const note = new Note(pad);

showUncaughtErrors();
connectTools(pad);
acceptPictures(pad, note);
main(page).catch((error) => {
  byId("sentence", HTMLElement).textContent = "There is no model to ask.";
  showError(error);
});

/** @param {PageData} page */
async function main({ model, data, wasm, site }) {
  if (!model || !data) throw new Error("This page names no model. Build the site again.");
  /** @type {Remote<PredictorCompute>} */
  const compute = await startCompute(page, showError);
  await compute.start({ wasm: absolute(wasm) });
  const { metadata } = await compute.loadGraph(absolute(model.graph));

  const seen = new SeenView(metadata.input);
  const answers = new AnswersView(metadata.classes);
  const models = new Models((which, pixels) => compute.predict(which, pixels), answers, showError);
  const look = () => {
    const ink = pad.isBlank ? null : pad.ink();
    const pixels = ink && prepareInput(ink, metadata.input);
    seen.show(ink, pixels);
    models.ask(pixels);
    if (!pixels) answers.showNothing(byId("sentence", HTMLElement).dataset.blank ?? "");
  };
  pad.addEventListener("change", look);
  models.join("graph");
  look();
  showBytes("loaded-first", await bytesLoaded(compute));

  // What follows joins late, and the page is useful without it.
  await joinLayers(models, compute, model).catch(showError);
  await new OwnModel(site.root, metadata, models, compute).offer().catch(showError);
  const samples = new SampleRow(metadata, pad, note);
  const manifest = absolute(data);
  await samples.offer((indices) => compute.samples(manifest, "test", indices)).catch(showError);
  showBytes("loaded", await bytesLoaded(compute));
}

/**
 * @param {Models} models
 * @param {Remote<PredictorCompute>} compute
 * @param {ModelLinks} links
 */
async function joinLayers(models, compute, links) {
  await compute.loadLayers(absolute(links.layers));
  models.join("layers");
}
