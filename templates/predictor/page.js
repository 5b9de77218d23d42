/**
 * The predictor: bring a drawing or a picture, see what the model sees, read its answer.
 *
 * The graph model answers first; the layers model and the test images follow while the visitor
 * already tries. The newest question is what counts: older ones are dropped, not queued.
 *
 * @import { Remote } from "comlink"
 * @import { Metadata, PageData } from "../shared/manifest.js"
 * @import { PredictorCompute } from "./worker.js"
 *
 * @typedef {DrawnSubject | PictureSubject} Subject what is asked about; fires "change" when there
 *   is something else to ask about
 */
import { acceptPictures } from "../shared/brought.js";
import { startCompute } from "../shared/compute.js";
import { absolute, byId, readPageData, showError, showUncaughtErrors } from "../shared/page.js";
import { AnswersView } from "./answers.js";
import { DrawnSubject } from "./drawn.js";
import { LiveView } from "./live.js";
import { bytesLoaded, showBytes } from "./loaded.js";
import { Models } from "./models.js";
import { OwnModel } from "./own.js";
import { PictureSubject } from "./picture.js";
import { SampleRow } from "./samples.js";
import "./page.css";

const page = readPageData();

showUncaughtErrors();
main(page).catch((error) => {
  byId("sentence", HTMLElement).textContent = "There is no model to ask.";
  showError(error);
});

/** @param {PageData} page */
async function main({ model, answer: settings, data, wasm, site }) {
  if (!model || !settings) throw new Error("This page names no model. Build the site again.");
  const { inputs } = settings;
  // Drawing and opening pictures work before the model is there.
  /** @type {Promise<Remote<PredictorCompute>>} */
  const started = startCompute(page, showError);
  const subject = inputs.includes("pad")
    ? new DrawnSubject()
    : new PictureSubject(async (bitmap, input) => (await started).see(bitmap, input));
  if (inputs.includes("file")) acceptPictures(subject);

  const compute = await started;
  await compute.start({ wasm: absolute(wasm) });
  const { metadata } = await compute.loadGraph(absolute(model.graph));
  const answers = new AnswersView(metadata.classes, settings);
  const models = new Models((which, pixels) => compute.predict(which, pixels), answers, showError);
  const look = askAbout(subject, models, answers);
  subject.use(metadata.input);
  models.join("graph");
  await look();
  showBytes("loaded-first", await bytesLoaded(compute));

  if (inputs.includes("webcam")) {
    const parts = { see: compute.see, subject, models, answers };
    const live = new LiveView(metadata.input, parts, look);
    subject.addEventListener("change", () => live.close());
  }
  // What follows joins late, and the page is useful without it.
  if (model.layers) await joinLayers(models, compute, model.layers).catch(showError);
  if (document.getElementById("step-own")) {
    await new OwnModel(site.root, metadata, models, compute).offer().catch(showError);
  }
  if (data && inputs.includes("samples")) {
    await offerSamples(absolute(data), metadata, subject, compute).catch(showError);
  }
  showBytes("loaded", await bytesLoaded(compute));
}

/**
 * Ask about the subject whenever it changes.
 *
 * @param {Subject} subject
 * @param {Models} models
 * @param {AnswersView} answers
 * @returns {() => Promise<void>} asks now
 */
function askAbout(subject, models, answers) {
  let looks = 0;
  const look = async () => {
    const turn = ++looks;
    const pixels = await subject.look();
    if (turn !== looks) return; // there is something newer to ask about
    models.ask(pixels);
    if (!pixels) answers.showNothing(subject.nothing);
  };
  subject.addEventListener("change", () => look().catch(showError));
  return look;
}

/**
 * @param {Models} models
 * @param {Remote<PredictorCompute>} compute
 * @param {string} url
 */
async function joinLayers(models, compute, url) {
  await compute.loadLayers(absolute(url));
  models.join("layers");
}

/**
 * @param {string} manifest
 * @param {Metadata} metadata
 * @param {Subject} subject
 * @param {Remote<PredictorCompute>} compute
 */
async function offerSamples(manifest, { classes, input }, subject, compute) {
  const source = {
    labels: () => compute.firstLabels(manifest, "test"),
    images: (/** @type {number[]} */ indices) => compute.samples(manifest, "test", indices),
  };
  const row = new SampleRow(classes, input, source, (pixels, words) => {
    subject.takeSample(pixels, input, words);
  });
  await row.offer();
}
