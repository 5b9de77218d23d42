/**
 * The settings of a run: which backbone, which of its layers, which head.
 *
 * @import { Session, TrainSettings } from "./session.js"
 */
import { byId, formatBytes, showError } from "../shared/page.js";

/** Epochs that each head begins with. */
const EPOCHS = { linear: 100, classic: 20 };
const CONTROLS = ["kind", "backbone", "taps", "epochs-wanted", "rate", "batch", "seed", "last"];

export class TrainSettingsView {
  /**
   * @param {Session} session
   * @param {(work: () => Promise<void>) => Promise<void>} busy
   */
  constructor(session, busy) {
    this.session = session;
    this.kind = byId("train-kind", HTMLSelectElement);
    this.backbone = byId("train-backbone", HTMLSelectElement);
    this.taps = byId("train-taps", HTMLSelectElement);
    this.last = byId("train-last", HTMLInputElement);
    this.kind.addEventListener("change", () => this.showKind());
    this.backbone.addEventListener("change", () => busy(() => this.changeBackbone()));
    this.last.addEventListener("change", () => this.changeLast());
    this.describeBackbone();
    this.showKind();
  }

  /** @param {boolean} idle */
  enable(idle) {
    for (const name of CONTROLS) {
      const control = byId(`train-${name}`, HTMLElement);
      control.toggleAttribute("disabled", !idle);
    }
    if (this.session.embedding.complete) this.last.disabled = true;
  }

  /** @param {TrainSettings} settings of a head that was opened */
  write({ kind, taps, epochs, learningRate, batchShare, seed }) {
    this.kind.value = kind;
    this.showKind();
    if (kind === "linear") this.taps.value = typeof taps === "string" ? taps : taps.join(" ");
    const numbers = { "epochs-wanted": epochs, rate: learningRate, batch: batchShare * 100, seed };
    for (const [name, value] of Object.entries(numbers)) {
      byId(`train-${name}`, HTMLInputElement).valueAsNumber = Number(value.toPrecision(6));
    }
    this.describeBackbone();
  }

  /** @returns {TrainSettings} */
  read() {
    const kind = this.kind.value === "classic" ? "classic" : "linear";
    const taps = this.taps.value;
    return {
      kind,
      taps: kind === "classic" ? ["classic"] : taps === "auto" ? "auto" : taps.split(" "),
      regularisation: "auto",
      epochs: this.number("epochs-wanted"),
      learningRate: this.number("rate"),
      batchShare: this.number("batch") / 100,
      seed: this.number("seed"),
    };
  }

  /**
   * A setting, put back where it belongs if it is out of its range.
   *
   * @param {string} name
   */
  number(name) {
    const input = byId(`train-${name}`, HTMLInputElement);
    const { min, max, defaultValue, valueAsNumber } = input;
    const value = Number.isFinite(valueAsNumber) ? valueAsNumber : Number(defaultValue);
    input.valueAsNumber = Math.min(Math.max(value, Number(min)), Number(max));
    return input.valueAsNumber;
  }

  /** @param {TrainSettings} settings */
  needsLast({ kind, taps }) {
    if (kind === "classic") return true;
    return taps === "auto" ? this.session.embedding.wanted : taps.includes("last");
  }

  showKind() {
    const classic = this.kind.value === "classic";
    byId("train-taps-field", HTMLElement).hidden = classic;
    byId("train-rate-field", HTMLElement).hidden = !classic;
    byId("train-batch-field", HTMLElement).hidden = !classic;
    const epochs = byId("train-epochs-wanted", HTMLInputElement);
    epochs.value = String(EPOCHS[classic ? "classic" : "linear"]);
  }

  async changeBackbone() {
    const { embedding, project, transfer } = this.session;
    const found = transfer.backbones.find(({ name }) => name === this.backbone.value);
    if (!found || found === embedding.backbone) return;
    await embedding.use(found);
    project.setHead(null);
    this.describeBackbone();
    if (this.last.checked && project.pictures.size) embedding.fetchLast().catch(showError);
  }

  describeBackbone() {
    const { about, name, parts } = this.session.embedding.backbone;
    this.backbone.value = name;
    byId("train-backbone-hint", HTMLElement).textContent = about;
    byId("train-last-size", HTMLElement).textContent = formatBytes(parts.last.bytes);
  }

  changeLast() {
    const { embedding, project } = this.session;
    embedding.wanted = this.last.checked;
    if (this.last.checked && project.pictures.size) embedding.fetchLast().catch(showError);
  }
}
