/**
 * What computes: shown, and open to choice.
 *
 * @import { Computing } from "./network.js"
 * @typedef {{
 *   backend: string, backends: {name: string, available: boolean, why: string}[]
 * }} EngineState
 */
import { element } from "../shared/dom.js";
import { byId, formatBytes, formatCount } from "../shared/page.js";

/** @type {Record<string, string>} */
const TITLES = {
  wasm: "WebAssembly (this processor)",
  webgl: "WebGL (graphics card)",
  cpu: "JavaScript (slow)",
};

export class EngineView {
  /** @param {(name: string) => void} onChoose */
  constructor(onChoose) {
    this.select = byId("backend", HTMLSelectElement);
    this.hint = byId("backend-hint", HTMLElement);
    this.teaching = this.hint.textContent;
    this.memory = byId("memory", HTMLElement);
    this.select.addEventListener("change", () => onChoose(this.select.value));
  }

  /** @param {EngineState} engine */
  show({ backend, backends }) {
    this.select.replaceChildren(
      ...backends.map(({ name, available }) =>
        element("option", { value: name, disabled: !available }, TITLES[name] ?? name),
      ),
    );
    this.select.value = backend;
    const absent = backends.filter(({ available }) => !available);
    const words = absent.map(({ name }) => `${TITLES[name] ?? name} is not on offer here.`);
    this.hint.textContent = [this.teaching, ...words].join(" ");
    this.hint.title = absent.map(({ why }) => why).join(" ");
  }

  /** @param {boolean} enabled */
  enable(enabled) {
    this.select.disabled = !enabled;
    if (!enabled) delete this.memory.dataset.tensors; // no longer true
  }

  /** @param {{tensors: number, bytes: number, computing: Computing | null}} held */
  showHeld({ tensors, bytes, computing }) {
    this.memory.dataset.tensors = String(tensors);
    const arrays = `${formatCount(tensors)} arrays`;
    const words = computing ? ` ${this.describe(computing)}` : "";
    this.memory.textContent = `The engine holds ${arrays}, ${formatBytes(bytes)}.${words}`;
  }

  /**
   * What trains the network.
   *
   * @param {Computing} computing
   */
  describe({ fused, why }) {
    if (fused) return `It trains with fused WebAssembly, ${fused} SIMD.`;
    const title = TITLES[this.select.value] ?? this.select.value;
    const reason = why ? `; the fused program does not cover this network: ${why}` : "";
    return `It trains with TensorFlow.js, ${title}${reason}.`;
  }
}
