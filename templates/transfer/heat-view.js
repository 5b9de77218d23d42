/**
 * What spoke for a class, laid over the picture, with the same in words.
 *
 * @import { Heat } from "./heat.js"
 * @import { Session } from "./session.js"
 */
import { element } from "../shared/dom.js";
import { byId, showError } from "../shared/page.js";
import { describeHeat, extremes, heatColours } from "./heat-words.js";

const HIDDEN =
  "This head has a hidden layer, which mixes the places before it decides. Train one linear " +
  "layer (settings of step 2) to see what spoke for a class.";

export class HeatView {
  /** @type {Uint8Array | null} */
  pixels = null;
  question = 0;

  /** @param {Session} session */
  constructor({ compute, announce }) {
    this.compute = compute;
    this.announce = announce;
    this.panel = byId("try-heat-panel", HTMLElement);
    this.canvas = byId("try-heat", HTMLCanvasElement);
    this.toggle = byId("try-heat-show", HTMLInputElement);
    this.select = byId("try-heat-class", HTMLSelectElement);
    this.legend = byId("try-heat-legend", HTMLElement);
    this.text = byId("try-heat-text", HTMLElement);
    this.toggle.addEventListener("change", () => this.refresh());
    this.select.addEventListener("change", () => this.refresh());
  }

  /**
   * @param {Uint8Array} pixels of a prepared picture
   * @param {string[]} classes
   * @param {number} target the class to begin with
   */
  show(pixels, classes, target) {
    this.pixels = pixels;
    this.select.replaceChildren(...classes.map((name, i) => new Option(name, String(i))));
    this.select.value = String(target);
    this.panel.hidden = false;
    this.draw().catch(showError);
  }

  clear() {
    this.question++;
    this.pixels = null;
    this.panel.hidden = true;
    this.wipe();
  }

  refresh() {
    this.draw()
      .then(() => this.announce(this.toggle.checked ? this.text.textContent : "Heat map hidden."))
      .catch(showError);
  }

  async draw() {
    const question = ++this.question;
    const { pixels, select } = this;
    const isOn = this.toggle.checked;
    select.disabled = !isOn;
    if (!isOn || !pixels) return this.wipe();
    const heat = await this.compute.heat(pixels, select.selectedIndex);
    if (question !== this.question) return; // another picture or class was asked for meanwhile
    if (!heat) return this.wipe(HIDDEN);
    this.paint(heat);
    const name = select.selectedOptions[0].text;
    this.legend.hidden = false;
    this.canvas.parentElement?.classList.add("heated");
    this.text.textContent = describeHeat(heat, name);
    this.canvas.setAttribute("aria-label", this.text.textContent);
  }

  /** @param {string} [why] */
  wipe(why = "") {
    const { width, height } = this.canvas;
    this.canvas.getContext("2d")?.clearRect(0, 0, width, height);
    this.canvas.setAttribute("aria-label", why || "No heat map");
    this.text.textContent = why;
    this.legend.hidden = true;
    this.canvas.parentElement?.classList.remove("heated");
  }

  /** @param {Heat} heat */
  paint(heat) {
    const { width, height } = this.canvas;
    const context = this.canvas.getContext("2d");
    if (!context) return;
    const { rows, columns } = heat;
    const small = element("canvas", { width: columns, height: rows });
    small.getContext("2d")?.putImageData(new ImageData(heatColours(heat), columns, rows), 0, 0);
    context.clearRect(0, 0, width, height);
    context.imageSmoothingEnabled = true;
    context.imageSmoothingQuality = "high";
    context.drawImage(small, 0, 0, width, height);
    const { most } = extremes(heat);
    if (heat.values[most] > 0) outline(context, most, { rows, columns });
  }
}

/**
 * A frame around a cell, seen on light and on dark.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {number} cell
 * @param {{rows: number, columns: number}} grid
 */
function outline(context, cell, { rows, columns }) {
  const { width, height } = context.canvas;
  const [wide, high] = [width / columns, height / rows];
  const [x, y] = [(cell % columns) * wide, Math.floor(cell / columns) * high];
  for (const [colour, line] of /** @type {const} */ ([["#000", 4], ["#fff", 2]])) {
    context.strokeStyle = colour;
    context.lineWidth = line;
    context.strokeRect(x + 2, y + 2, wide - 4, high - 4);
  }
}
