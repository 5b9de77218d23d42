/**
 * A model that the visitor trained, beside the two of the page: from a file or from this browser.
 *
 * @import { Remote } from "comlink"
 * @import { Metadata, ModelFile } from "../shared/manifest.js"
 * @import { PredictorCompute } from "./worker.js"
 * @import { Models } from "./models.js"
 */
import { element } from "../shared/dom.js";
import { MODEL_FILE_ENDING, readModelFile } from "../shared/modelfile.js";
import { byId, formatCount } from "../shared/page.js";
import { listModels, loadModel } from "../shared/storage.js";

/** Classes that a message lists. */
const NAMED = 10;

export class OwnModel {
  /**
   * @param {string} root of the site
   * @param {Metadata} metadata of the page's own model: what is drawn here is prepared for it
   * @param {Models} models
   * @param {Remote<PredictorCompute>} compute
   */
  constructor(root, metadata, models, compute) {
    this.root = root;
    this.metadata = metadata;
    this.models = models;
    this.compute = compute;
    this.note = byId("own-note", HTMLElement);
    this.kept = byId("own-kept", HTMLSelectElement);
    this.openButton = byId("own-open", HTMLButtonElement);
    this.closeButton = byId("own-close", HTMLButtonElement);
    this.chooser = byId("own-file", HTMLInputElement);
  }

  /** Connect the controls, and list what is kept in this browser. */
  async offer() {
    this.openButton.disabled = false;
    this.openButton.addEventListener("click", () => this.chooser.click());
    this.chooser.addEventListener("change", () => this.openFiles(this.chooser.files));
    this.closeButton.addEventListener("click", () => this.close());
    this.kept.addEventListener("change", () => {
      const name = this.kept.value;
      if (name) this.open(name, () => loadModel(this.root, name));
    });
    // Before the page takes it for a picture.
    addEventListener("drop", (event) => this.drop(event), { capture: true });
    await this.list();
  }

  async list() {
    const entries = await listModels(this.root).catch(() => []);
    if (entries.length === 0) return;
    this.kept.replaceChildren(
      element("option", { value: "" }, "Kept in this browser…"),
      ...entries.map(({ name }) => element("option", { value: name }, name)),
    );
    this.kept.disabled = false;
  }

  /** @param {DragEvent} event */
  drop(event) {
    const files = event.dataTransfer?.files;
    if (!files?.[0]?.name.endsWith(MODEL_FILE_ENDING)) return;
    event.preventDefault();
    this.openFiles(files);
  }

  /** @param {FileList | null} files */
  openFiles(files) {
    const file = files?.[0];
    if (!file) return;
    this.open(file.name, async () => readModelFile(await file.arrayBuffer()));
    this.chooser.value = "";
  }

  /**
   * @param {string} name
   * @param {() => Promise<ModelFile>} read
   */
  async open(name, read) {
    this.note.textContent = `Opening "${name}"…`;
    try {
      const file = await read();
      this.check(file.metadata);
      await this.compute.openFile(file);
      this.models.join("own");
      this.closeButton.hidden = false;
      this.note.textContent = `"${name}" ${describe(file)}`;
    } catch (error) {
      this.note.textContent = `"${name}" was not opened. ${/** @type {Error} */ (error).message}`;
    }
  }

  close() {
    this.models.leave("own");
    this.closeButton.hidden = true;
    this.kept.value = "";
    this.openButton.focus();
    this.note.textContent = "Taken away. It is still where it was kept.";
  }

  /** @param {Metadata} other */
  check({ classes, input }) {
    const ours = this.metadata;
    if (classes.join("\n") !== ours.classes.join("\n")) {
      throw new Error(
        `It tells apart ${listed(classes)}; this page is about ${listed(ours.classes)}.`,
      );
    }
    const [theirSize, ourSize] = [input, ours.input].map(
      ({ height, width, channels }) => `${height} × ${width} × ${channels}`,
    );
    if (theirSize !== ourSize || input.resize !== ours.input.resize) {
      throw new Error(`It takes images of ${theirSize}, this page prepares ${ourSize}.`);
    }
  }
}

/**
 * @param {string[]} classes of which there may be hundreds
 */
function listed(classes) {
  const more = classes.length - NAMED;
  return classes.slice(0, NAMED).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

/** @param {ModelFile} file */
function describe({ metadata: { accuracy }, epochsTrained }) {
  const trained = `was trained for ${formatCount(epochsTrained)} epochs`;
  if (!accuracy) return `${trained}.`;
  const share = (accuracy.value * 100).toFixed(1);
  return `${trained}: ${share}% right of ${formatCount(accuracy.images)} ${accuracy.split} images.`;
}
