/**
 * A button for every class that records while it is held: by mouse, finger, Space or Enter, or by
 * the class's number key while the focus is in the panel. For those who cannot hold, a press
 * starts and another one stops.
 *
 * @typedef {{
 *   press: (label: string, holder: string) => void, release: (holder: string) => void,
 *   toggle: (label: string) => void, toggles: () => boolean
 * }} Actions holder: what holds the recording on; toggles: does a press start and stop?
 * @typedef {{ready: boolean, recording: string | null, count: (label: string) => number}} State
 */
import { element } from "../shared/dom.js";

const KEYS = 9;

export class RecordButtons {
  /** @type {Map<string, HTMLButtonElement>} */
  buttons = new Map();

  /**
   * @param {HTMLElement} container
   * @param {HTMLElement} panel where number keys count
   * @param {Actions} actions
   */
  constructor(container, panel, actions) {
    this.container = container;
    this.actions = actions;
    panel.addEventListener("keydown", (event) => this.keyDown(event));
    addEventListener("keyup", ({ code }) => actions.release(code));
  }

  /** @param {string[]} classes */
  use(classes) {
    const shown = [...this.buttons.keys()];
    if (shown.length === classes.length && shown.every((name, i) => name === classes[i])) return;
    // A button that is held, or has the focus, must stay as it is.
    this.buttons = new Map(
      classes.map((name) => [name, this.buttons.get(name) ?? this.makeButton(name)]),
    );
    this.container.replaceChildren(...this.buttons.values());
  }

  /** @param {string} name */
  makeButton(name) {
    const [key, count] = [element("kbd"), element("b")];
    for (const part of [key, count]) part.setAttribute("aria-hidden", "true");
    const words = element("span", {}, element("small"), ` ${name}`);
    const button = element("button", { type: "button", class: "record" }, key, words, count);
    button.addEventListener("pointerdown", (event) => this.pointerDown(event, name));
    for (const type of /** @type {const} */ (["pointerup", "pointercancel"])) {
      button.addEventListener(type, ({ pointerId }) => this.actions.release(held(pointerId)));
    }
    button.addEventListener("contextmenu", (event) => event.preventDefault());
    button.addEventListener("click", ({ detail }) => this.click(name, detail));
    return button;
  }

  /**
   * Say on every button what it does now, and how much there is.
   *
   * @param {State} state
   */
  show({ ready, recording, count }) {
    [...this.buttons].forEach(([name, button], i) => {
      const [key, words, number] = button.children;
      const active = name === recording;
      button.disabled = !ready;
      button.classList.toggle("recording", active);
      key.textContent = i < KEYS ? String(i + 1) : "";
      key.toggleAttribute("hidden", i >= KEYS);
      number.textContent = String(count(name));
      words.children[0].textContent = this.describe(active);
    });
  }

  /** @param {boolean} recording */
  describe(recording) {
    if (!this.actions.toggles()) return "Hold to record";
    return recording ? "Stop recording" : "Record";
  }

  /**
   * @param {PointerEvent} event
   * @param {string} label
   */
  pointerDown({ button, pointerId, isTrusted, currentTarget }, label) {
    if (button !== 0 || this.actions.toggles()) return;
    if (isTrusted) /** @type {HTMLElement} */ (currentTarget).setPointerCapture(pointerId);
    this.actions.press(label, held(pointerId));
  }

  /**
   * A click that no pointer made is one of a screen reader or a voice: it takes one picture.
   *
   * @param {string} label
   * @param {number} detail
   */
  click(label, detail) {
    if (this.actions.toggles()) return this.actions.toggle(label);
    if (detail > 0) return;
    this.actions.press(label, "click");
    this.actions.release("click");
  }

  /** @param {KeyboardEvent} event */
  keyDown(event) {
    const { code, repeat, ctrlKey, altKey, metaKey } = event;
    const label = ctrlKey || altKey || metaKey ? undefined : this.meant(event);
    if (label === undefined) return;
    event.preventDefault();
    if (repeat || this.buttons.get(label)?.disabled) return;
    if (this.actions.toggles()) this.actions.toggle(label);
    else this.actions.press(label, code);
  }

  /**
   * The class that a key records. Keys are told by their place: some keyboards want Shift for
   * numbers.
   *
   * @param {KeyboardEvent} event
   */
  meant({ code, target }) {
    if (target instanceof HTMLSelectElement) return undefined;
    const number = /^(?:Digit|Numpad)([1-9])$/.exec(code)?.[1];
    if (number) return [...this.buttons.keys()][Number(number) - 1];
    // Where a press starts and stops, the button's own click does.
    const holds = /^(Space|Enter|NumpadEnter)$/.test(code) && !this.actions.toggles();
    return holds ? [...this.buttons].find(([, button]) => button === target)?.[0] : undefined;
  }
}

/** @param {number} pointerId */
function held(pointerId) {
  return `pointer ${pointerId}`;
}
