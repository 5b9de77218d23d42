/**
 * The flow of the trainer page: a model is made, trained, examined, tried, kept, one thing at a
 * time. What is computed is computed in the worker; what is seen belongs to the views.
 *
 * @import { Remote } from "comlink"
 * @import { Manifest, ModelFile, PageData } from "../shared/manifest.js"
 * @import { Evaluation } from "./evaluation.js"
 * @import { State, TrainEvent } from "./run.js"
 * @import { Choices } from "./settings.js"
 * @import { TrainerCompute } from "./worker.js"
 */
import { proxy } from "comlink";
import { byId, showError } from "../shared/page.js";
import { EngineView } from "./engine-view.js";
import { EvaluationView } from "./evaluation.js";
import { History } from "./history.js";
import { KeepView, whyUnfit } from "./keep.js";
import { findArchitecture, metadataFor, withResult } from "./metadata.js";
import { showSummary } from "./model-view.js";
import { RunView } from "./run.js";
import { firstImages, OFFERED } from "./samples.js";
import { SafeCopy } from "./safe-copy.js";
import { NumberField, Settings } from "./settings.js";
import { TryView } from "./try.js";

export class Trainer {
  hasModel = false;
  /** @type {Evaluation | null} of the weights as they are now */
  evaluation = null;
  /** @type {Choices} what the present model was made with */
  made;

  /**
   * @param {PageData} page
   * @param {Remote<TrainerCompute>} compute
   * @param {Manifest} manifest
   * @param {RunView} run
   */
  constructor(page, compute, manifest, run) {
    this.page = page;
    this.compute = compute;
    this.manifest = manifest;
    this.run = run;
    this.copy = new SafeCopy(compute);
    /** @param {number[]} indices */
    const testPixels = async (indices) => (await compute.samples("test", indices)).pixels;
    this.settings = new Settings(() => this.reconsider().catch(showError));
    this.made = this.settings.read();
    this.testImages = new NumberField("test-images");
    this.evaluationView = new EvaluationView(manifest, testPixels);
    this.engine = new EngineView((name) => this.chooseBackend(name).catch(showError));
    const { input } = metadataFor(page, manifest, this.made);
    this.tryView = new TryView(manifest, input, (pixels) => compute.predict(pixels));
    this.keep = new KeepView(page.site.root, {
      save: (name) => this.save(name),
      open: (file) => this.open(file),
    });
  }

  /** Switch on what can be used now. @param {State} state */
  show(state) {
    const idle = state === "ready" || state === "trained";
    this.run.show(state);
    this.settings.enable(idle);
    this.engine.enable(idle);
    this.testImages.input.disabled = !idle;
    byId("evaluate", HTMLButtonElement).disabled = !idle || !this.hasModel;
    this.keep.enable({ model: this.hasModel, idle });
    this.settings.relabel();
    const current = this.hasModel && idle ? "step-look" : "step-train";
    for (const step of document.querySelectorAll(".step")) {
      step.classList.toggle("current", step.id === current);
    }
  }

  /** Show the state that the page comes to rest in. */
  async settle() {
    if (this.copy.isLost) return this.lose();
    this.show(this.hasModel ? "trained" : "ready");
    this.engine.showHeld(await this.compute.memory());
  }

  /** The worker is lost, but for the copy. */
  lose() {
    this.copy.isLost = true;
    this.show("failed");
    const model = this.hasModel && this.copy.file !== null;
    this.keep.enable({ model, idle: model });
    const kept = `What epoch ${this.copy.file?.epochsTrained} left of it can be saved in step 6.`;
    this.run.fail(`The engine has stopped. ${model ? kept : ""}`.trim());
  }

  /**
   * Something short that needs the engine for itself.
   *
   * @param {() => Promise<void>} task
   */
  async busy(task) {
    const pressed = document.activeElement;
    this.show("busy");
    try {
      await task();
    } finally {
      await this.settle();
      // A button that was switched off meanwhile has lost the keyboard's focus.
      const isLost = document.activeElement === document.body;
      if (isLost && pressed instanceof HTMLElement) pressed.focus({ preventScroll: true });
    }
  }

  /** A setting has changed. */
  async reconsider() {
    this.settings.relabel();
    const { architecture, learningRate, seed } = this.settings.read();
    if (!this.hasModel) {
      if (architecture !== this.made.architecture) await this.busy(() => this.create());
      return;
    }
    const { made } = this;
    const same =
      architecture === made.architecture &&
      learningRate === made.learningRate &&
      seed === made.seed;
    const words = "Network, learning rate and seed hold from the start: press Start again.";
    this.run.say(same ? "" : words);
  }

  /** Fresh weights of the chosen network. */
  async create() {
    this.copy.clear();
    const choices = this.settings.read();
    const { topology, about } = findArchitecture(this.page, choices.architecture);
    byId("architecture-about", HTMLElement).textContent = about;
    const { learningRate, seed } = choices;
    const metadata = metadataFor(this.page, this.manifest, choices);
    const summary = await this.compute.create({ topology, learningRate, seed, metadata });
    showSummary(summary, this.manifest.image);
    this.made = choices;
  }

  /** @param {boolean} fresh start again with fresh weights */
  async train(fresh) {
    const choices = this.settings.read();
    this.show("training");
    this.run.begin(choices, fresh);
    this.evaluation = null;
    try {
      if (fresh) {
        this.hasModel = false;
        this.evaluationView.clear();
        this.tryView.enable(false);
        await this.create();
      }
      this.hasModel = true;
      this.tryView.enable(true);
      const before = this.run.history.epochs.length;
      const result = await this.compute.fit(
        choices,
        proxy((/** @type {TrainEvent} */ event) => this.follow(event)),
      );
      // The first run may have found that another backend is faster here.
      this.engine.show(await this.compute.engineState(0));
      await this.run.caughtUp(before + result.epochs);
      this.run.end(result);
      this.show("busy");
      await this.evaluate();
    } catch (error) {
      this.run.breakOff();
      throw error;
    } finally {
      await this.settle();
    }
  }

  /** @param {TrainEvent} event */
  follow(event) {
    this.run.take(event);
    // What is on the drawing pad is read again with what was just learned.
    if (event.type !== "epoch") return;
    this.tryView.refresh();
    this.copy.renew();
  }

  /** @param {string} name */
  async chooseBackend(name) {
    await this.busy(async () => this.engine.show(await this.compute.setBackend(name)));
  }

  async stop() {
    await this.compute.stop();
  }

  async pause() {
    await this.compute.pause();
    if (this.run.state === "training") this.run.pause();
  }

  async resume() {
    await this.compute.resume();
    if (this.run.state === "paused") this.run.resume();
  }

  /** Examine the model on images that were used for nothing so far. */
  async evaluate() {
    const images = this.testImages.value;
    const evaluation = await this.compute.evaluate({ images, split: "test" });
    this.evaluation = evaluation;
    await this.evaluationView.show(evaluation);
    this.run.tested(evaluation);
    this.tryView.refresh();
    const first = firstImages(this.manifest.splits.test, OFFERED);
    this.tryView.offer(await this.compute.samples("test", first));
  }

  /**
   * @param {string} name
   * @returns {Promise<ModelFile>}
   */
  async save(name) {
    return withResult(await this.copy.take(), name, this.evaluation);
  }

  /** @param {ModelFile} file */
  async open(file) {
    const problem = whyUnfit(file.metadata, this.manifest);
    if (problem) throw new Error(`This model does not fit the data of this page: ${problem}`);
    await this.busy(async () => {
      showSummary(await this.compute.open(file), this.manifest.image);
      this.copy.clear();
      this.hasModel = true;
      this.evaluation = null;
      this.evaluationView.clear();
      this.run.clear(new History(file.epochsTrained));
      this.run.say(`${file.metadata.name} is open.`);
      this.tryView.enable(true);
    });
  }

  async discard() {
    await this.compute.reset();
    this.copy.clear();
    this.hasModel = false;
    this.evaluation = null;
    this.evaluationView.clear();
    this.tryView.enable(false);
    this.run.clear(new History());
    this.run.say("The model is discarded.");
  }
}
