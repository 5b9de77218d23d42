/**
 * Save the trained model to a file or in this browser, and open it again.
 *
 * @import { Manifest, Metadata, ModelFile } from "../shared/manifest.js"
 * @import { ModelEntry } from "../shared/storage.js"
 * @typedef {{save: (name: string) => Promise<ModelFile>, open: (file: ModelFile) => Promise<void>}}
 *   Model
 */
import { element } from "../shared/dom.js";
import { download, safeName } from "../shared/download.js";
import { MODEL_FILE_ENDING, readModelFile, writeModelFile } from "../shared/modelfile.js";
import { byId, formatBytes, formatCount, showError } from "../shared/page.js";
import { deleteModel, listModels, loadModel, saveModel } from "../shared/storage.js";
import { formatPercent } from "../shared/words.js";

/** Class names that an error message lists. */
const NAMED = 10;

/**
 * Why a model cannot be used on a data set; "" when it can.
 *
 * @param {Metadata} metadata
 * @param {Manifest} manifest
 */
export function whyUnfit({ name, classes, input }, { title, classes: expected, image }) {
  const sides = (/** @type {Manifest["image"]} */ { height, width, channels }) =>
    `${height} × ${width} × ${channels}`;
  if (sides(input) !== sides(image)) {
    return `${name} reads images of ${sides(input)}, ${title} has ${sides(image)}.`;
  }
  if (classes.length === expected.length && classes.every((word, i) => word === expected[i])) {
    return "";
  }
  return `${name} tells apart ${list(classes)}; ${title} has ${list(expected)}.`;
}

/**
 * The first names of a list that may hold hundreds.
 *
 * @param {string[]} names
 */
function list(names) {
  const more = names.length - NAMED;
  return names.slice(0, NAMED).join(", ") + (more > 0 ? ` and ${formatCount(more)} more` : "");
}

export class KeepView {
  /**
   * @param {string} root of the site, relative to the page
   * @param {Model} model
   */
  constructor(root, model) {
    this.root = root;
    this.model = model;
    this.name = byId("model-name", HTMLInputElement);
    this.status = byId("keep-status", HTMLElement);
    this.list = byId("kept", HTMLElement);
    this.nothing = [...this.list.children];
    this.file = byId("file", HTMLInputElement);
    this.onClick("save-file", () => this.saveFile());
    this.onClick("save-browser", () => this.saveInBrowser());
    this.onClick("open-file", async () => this.file.click());
    this.file.addEventListener("change", () => this.openFile().catch(showError));
    // Where the browser refuses storage, say so when the visitor wants to keep something.
    this.refresh().catch(() => {});
  }

  /**
   * @param {string} id
   * @param {() => Promise<void>} task
   */
  onClick(id, task) {
    byId(id, HTMLButtonElement).addEventListener("click", () => task().catch(showError));
  }

  /** @param {{model: boolean, idle: boolean}} now is there a model; is the engine free */
  enable({ model, idle }) {
    for (const id of ["save-file", "save-browser", "discard"]) {
      byId(id, HTMLButtonElement).disabled = !model || !idle;
    }
    for (const button of [byId("open-file", HTMLButtonElement), ...this.openButtons()]) {
      button.disabled = !idle;
    }
    this.idle = idle;
  }

  openButtons() {
    return this.list.querySelectorAll("button");
  }

  modelName() {
    return this.name.value.trim() || this.name.defaultValue;
  }

  async saveFile() {
    const file = await this.model.save(this.modelName());
    const blob = await writeModelFile(file);
    const name = safeName(file.metadata.name, "model") + MODEL_FILE_ENDING;
    download(blob, name);
    this.status.textContent = `Saved to ${name}, ${formatBytes(blob.size)}.`;
  }

  async saveInBrowser() {
    const file = await this.model.save(this.modelName());
    await saveModel(this.root, file.metadata.name, file);
    await this.refresh();
    this.status.textContent = `${file.metadata.name} is kept in this browser.`;
  }

  async openFile() {
    const [chosen] = this.file.files ?? [];
    this.file.value = "";
    if (!chosen) return;
    await this.open(await readModelFile(await chosen.arrayBuffer()));
  }

  /** @param {ModelFile} file */
  async open(file) {
    await this.model.open(file);
    const { name } = file.metadata;
    this.name.value = name;
    this.status.textContent = `${name} is open: test it, try it, or train it further.`;
  }

  async refresh() {
    const entries = await listModels(this.root);
    const rows = entries.map((entry) => this.entry(entry));
    this.list.replaceChildren(...(rows.length ? rows : this.nothing));
  }

  /** @param {ModelEntry} entry */
  entry({ name, savedAt, bytes, epochsTrained, metadata: { accuracy } }) {
    const date = new Date(savedAt).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
    const facts = [
      `${epochsTrained} ${epochsTrained === 1 ? "epoch" : "epochs"}`,
      ...(accuracy ? [`${formatPercent(accuracy.value)} right`] : []),
      formatBytes(bytes),
      date,
    ];
    const words = element("span", {}, element("b", {}, name), ` ${facts.join(" · ")}`);
    const open = this.button("Open", name, async () => this.open(await loadModel(this.root, name)));
    const remove = this.button("Delete", name, async () => {
      await deleteModel(this.root, name);
      await this.refresh();
      this.status.textContent = `${name} is deleted.`;
      this.openButtons()[0]?.focus();
    });
    return element("li", { "data-name": name }, words, open, remove);
  }

  /**
   * @param {string} verb
   * @param {string} name
   * @param {() => Promise<void>} task
   */
  button(verb, name, task) {
    const button = element("button", { type: "button", "aria-label": `${verb} ${name}` }, verb);
    button.disabled = !this.idle;
    button.addEventListener("click", () => task().catch(showError));
    return button;
  }
}
