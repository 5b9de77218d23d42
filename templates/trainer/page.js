/**
 * The trainer page: choose data and network, train, look inside, try, keep.
 *
 * This file starts the engine and connects the buttons; trainer.js is the flow behind them. All
 * computing happens in a worker (worker.js), so the page stays quick while a model trains.
 *
 * @import { Remote } from "comlink"
 * @import { Manifest, PageData } from "../shared/manifest.js"
 * @import { TrainerCompute } from "./worker.js"
 */
import { startCompute } from "../shared/compute.js";
import { download } from "../shared/download.js";
import { absolute, byId, readPageData, showError, showUncaughtErrors } from "../shared/page.js";
import { RunView } from "./run.js";
import { firstImages, SAMPLES, showSamples } from "./samples.js";
import { Trainer } from "./trainer.js";
import "./page.css";

/**
 * @param {PageData} page
 * @param {RunView} run
 */
async function start(page, run) {
  /** @type {Trainer | null} */
  let trainer = null;
  /** @type {Remote<TrainerCompute>} */
  const compute = await startCompute(page, (error) => {
    showError(error);
    if (trainer) trainer.lose();
    else run.fail("The engine has stopped.");
  });
  const [engine, manifest] = await Promise.all([
    compute.start({ wasm: absolute(page.wasm), fused: fusedBuilds(page) }),
    compute.openData(absolute(page.data ?? "")),
  ]);
  trainer = new Trainer(page, compute, manifest, run);
  trainer.engine.show(engine);
  connect(trainer);
  await trainer.busy(() => trainer.create());
  run.say("Ready. Nothing leaves this device.");
  await showFirstImages(compute, manifest).catch(showError); // a run will try to fetch them again
}

/** @param {PageData} page */
function fusedBuilds({ fused }) {
  if (!fused) throw new Error("This page has no fused training step. Build the site again.");
  return { baseline: absolute(fused.baseline), relaxed: absolute(fused.relaxed) };
}

/**
 * @param {Remote<TrainerCompute>} compute
 * @param {Manifest} manifest
 */
async function showFirstImages(compute, manifest) {
  const first = firstImages(manifest.splits.train, SAMPLES);
  showSamples(await compute.samples("train", first), manifest);
}

/** @param {Trainer} trainer */
function connect(trainer) {
  /** @type {Record<string, () => Promise<void>>} id of a button -> what it does */
  const actions = {
    train: () => trainer.train(true),
    again: () => trainer.train(true),
    more: () => trainer.train(false),
    pause: () => trainer.pause(),
    resume: () => trainer.resume(),
    stop: () => trainer.stop(),
    evaluate: () => trainer.busy(() => trainer.evaluate()),
    discard: () => trainer.busy(() => trainer.discard()),
    csv: async () => {
      const csv = new Blob([trainer.run.history.csv()], { type: "text/csv" });
      download(csv, `${trainer.page.slug}-batches.csv`);
    },
  };
  for (const [id, action] of Object.entries(actions)) {
    byId(id, HTMLButtonElement).addEventListener("click", () => action().catch(showError));
  }
}

showUncaughtErrors();
const run = new RunView();
start(readPageData(), run).catch((error) => {
  showError(error);
  run.fail("The engine could not start.");
});
