/**
 * One class in the gallery: its name, its pictures for training and for validation. Only the
 * newest are drawn.
 *
 * @import { Picture, Role } from "./project.js"
 * @typedef {{
 *   open: (pictures: Picture[], position: number) => void,
 *   rename: (from: string, to: string) => void, remove: (name: string) => void,
 *   drop: (data: DataTransfer, label: string) => void
 * }} CardActions
 */
import { element } from "../shared/dom.js";
import { formatCount } from "../shared/page.js";
import { acceptDrops } from "./drops.js";
import { thumbnail } from "./thumbnail.js";

/** Thumbnails of a class at first, and how many more "Show more" shows. */
const FIRST = { train: 20, validation: 10 };
const MORE = 40;
/** Pixels a side of most of them. */
const SIZE = 56;

const USES = { train: "training", validation: "validation" };

export class ClassCard {
  /**
   * @param {CardActions} actions
   */
  constructor(actions) {
    this.label = "";
    this.name = element("input", { type: "text", maxlength: 60, autocomplete: "off" });
    this.close = element("button", { type: "button", class: "small" }, "Remove");
    this.strips = [new Strip("train", actions), new Strip("validation", actions)];
    const head = element("div", { class: "class-head" }, this.name, this.close);
    const strips = this.strips.map(({ root }) => root);
    this.empty = element("p", { class: "hint" }, "No pictures yet. Drop some here.");
    this.root = element("li", { class: "class-card" }, head, this.empty, ...strips);
    this.close.addEventListener("click", () => actions.remove(this.label));
    acceptDrops(this.root, (data) => actions.drop(data, this.label));
    this.name.addEventListener("change", () => actions.rename(this.label, this.name.value.trim()));
  }

  /**
   * @param {string} label
   * @param {Record<Role, Picture[]>} pictures
   * @param {boolean} idle can the class be changed now?
   */
  update(label, pictures, idle) {
    const isTyping = document.activeElement === this.name && label === this.label;
    if (!isTyping) this.name.value = label;
    this.label = label;
    this.root.dataset.class = label;
    this.name.setAttribute("aria-label", `Name of the class ${label}`);
    this.close.setAttribute("aria-label", `Remove the class ${label}`);
    this.name.disabled = this.close.disabled = !idle;
    const isEmpty = pictures.train.length + pictures.validation.length === 0;
    this.empty.hidden = !isEmpty;
    for (const strip of this.strips) {
      strip.root.hidden = isEmpty;
      strip.update(label, pictures[strip.role]);
    }
  }
}

/** The pictures of one class and role. */
class Strip {
  /** @type {Map<number, HTMLButtonElement>} by the picture's number */
  buttons = new Map();
  /** @type {Picture[]} the newest first */
  pictures = [];
  label = "";

  /**
   * @param {Role} role
   * @param {CardActions} actions
   */
  constructor(role, actions) {
    this.role = role;
    this.limit = FIRST[role];
    this.actions = actions;
    this.title = element("h4");
    this.list = element("div", { class: "thumbs", role: "toolbar" });
    this.more = element("button", { type: "button", class: "small" });
    this.root = element("div", { class: "strip" }, this.title, this.list, this.more);
    this.more.addEventListener("click", () => this.showMore());
    this.list.addEventListener("keydown", (event) => this.step(event));
  }

  /**
   * @param {string} label
   * @param {Picture[]} pictures in the order in which they came
   */
  update(label, pictures) {
    if (label !== this.label) this.limit = FIRST[this.role];
    this.label = label;
    this.pictures = pictures.toReversed();
    const count = element("b", {}, formatCount(pictures.length));
    this.title.replaceChildren(count, ` for ${USES[this.role]}`);
    this.list.setAttribute("aria-label", `${label}: ${USES[this.role]} pictures`);
    this.list.hidden = pictures.length === 0;
    this.draw();
  }

  draw() {
    const shown = this.pictures.slice(0, this.limit);
    const wanted = new Set(shown.map(({ id }) => id));
    for (const [id, button] of this.buttons) {
      if (wanted.has(id)) continue;
      button.remove();
      this.buttons.delete(id);
    }
    shown.forEach((picture, position) => this.place(picture, position));
    const reached = [...this.buttons.values()].some(({ tabIndex }) => tabIndex === 0);
    const [first] = this.list.children;
    if (!reached && first instanceof HTMLElement) first.tabIndex = 0;
    const left = this.pictures.length - shown.length;
    this.more.hidden = left <= 0;
    this.more.textContent = `Show more (${formatCount(left)} left)`;
    const which = `${this.label}, ${USES[this.role]}`;
    this.more.setAttribute("aria-label", `${this.more.textContent}: ${which}`);
  }

  /**
   * @param {Picture} picture
   * @param {number} position
   */
  place(picture, position) {
    const button = this.buttons.get(picture.id) ?? this.makeButton(picture);
    this.buttons.set(picture.id, button);
    const there = this.list.children[position];
    if (there !== button) this.list.insertBefore(button, there ?? null);
  }

  /** @param {Picture} picture */
  makeButton({ id, name, jpeg }) {
    const attributes = { type: "button", title: name, tabindex: -1 };
    const button = element("button", attributes, thumbnail(jpeg, SIZE, name));
    button.addEventListener("click", () => this.open(id));
    return button;
  }

  /**
   * The tab key reaches one picture; arrow keys, Home and End go from one to the next.
   *
   * @param {KeyboardEvent} event
   */
  step(event) {
    const buttons = [...this.list.querySelectorAll("button")];
    const at = buttons.findIndex((button) => button === event.target);
    const last = buttons.length - 1;
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: last }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    for (const button of buttons) button.tabIndex = -1;
    const next = buttons[Math.min(last, Math.max(0, to))];
    next.tabIndex = 0;
    next.focus();
  }

  /** @param {number} id */
  open(id) {
    this.actions.open(
      this.pictures,
      this.pictures.findIndex((picture) => picture.id === id),
    );
  }

  showMore() {
    const first = this.limit;
    this.limit += MORE;
    this.draw();
    const next = this.list.children[first];
    if (next instanceof HTMLElement) next.focus();
  }
}
