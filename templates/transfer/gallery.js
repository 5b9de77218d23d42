/**
 * The gallery: every class with its pictures, and what can be done with them.
 *
 * @import { Picture, Project, Role } from "./project.js"
 * @import { CardActions } from "./class-card.js"
 * @import { Session } from "./session.js"
 */
import { byId, formatCount } from "../shared/page.js";
import { ask } from "./ask.js";
import { ClassCard } from "./class-card.js";
import { PictureViewer } from "./viewer.js";

/** Milliseconds between two drawings while pictures stream in. */
const PAUSE = 250;

/**
 * The pictures of every class by role, in one pass; classes without pictures are there, too.
 *
 * @param {Project} project
 * @returns {Map<string, Record<Role, Picture[]>>}
 */
export function byClass({ classes, pictures }) {
  /** @type {Map<string, Record<Role, Picture[]>>} */
  const groups = new Map(classes.map((name) => [name, { train: [], validation: [] }]));
  for (const picture of pictures.values()) groups.get(picture.label)?.[picture.role].push(picture);
  return groups;
}

/**
 * Why a class cannot be called so; "" when it can.
 *
 * @param {string} name
 * @param {string[]} classes
 */
export function whyUnfitName(name, classes) {
  if (!name) return "Give the class a name.";
  const twin = twinOf(name, classes);
  return twin === undefined ? "" : `There is a class ${twin} already.`;
}

/**
 * The class that a reader would take for this one.
 *
 * @param {string} name
 * @param {string[]} classes
 */
function twinOf(name, classes) {
  const plain = name.normalize().toLowerCase();
  return classes.find((known) => known.toLowerCase() === plain);
}

/**
 * @param {number} count
 * @returns {string} such as "1 picture", "1,200 pictures"
 */
export function countPictures(count) {
  return `${formatCount(count)} ${count === 1 ? "picture" : "pictures"}`;
}

export class GalleryView {
  /** @type {ClassCard[]} one a class, in the project's order */
  cards = [];
  idle = false;
  drawn = -PAUSE;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  waiting;

  /**
   * @param {Session} session
   * @param {(data: DataTransfer, label: string) => void} drop takes what is dropped on a class
   */
  constructor({ project, transfer, announce }, drop) {
    this.project = project;
    this.drop = drop;
    this.classes = transfer.classes;
    this.announce = announce;
    this.list = byId("gallery", HTMLElement);
    this.title = byId("gallery-title", HTMLElement);
    this.name = byId("gallery-name", HTMLInputElement);
    this.forgetButton = byId("gallery-forget", HTMLButtonElement);
    this.viewer = new PictureViewer(project, announce);
    byId("gallery-add", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      this.addClass();
    });
    this.forgetButton.addEventListener("click", () => this.forget());
    project.addEventListener("change", () => this.schedule());
    this.draw();
  }

  /** @param {boolean} idle can pictures be changed now? */
  enable(idle) {
    this.idle = idle;
    this.name.disabled = byId("gallery-add-class", HTMLButtonElement).disabled = !idle;
    this.viewer.enable(idle);
    this.draw();
  }

  /** Draw at once, but not more often than the eye needs while pictures stream in. */
  schedule() {
    const pause = this.drawn + PAUSE - performance.now();
    if (pause <= 0) return this.draw();
    this.waiting ??= setTimeout(() => this.draw(), pause);
  }

  draw() {
    clearTimeout(this.waiting);
    this.waiting = undefined;
    const groups = [...byClass(this.project)];
    while (this.cards.length > groups.length) this.cards.pop()?.root.remove();
    while (this.cards.length < groups.length) {
      const card = new ClassCard(this.actions());
      this.cards.push(card);
      this.list.append(card.root);
    }
    groups.forEach(([label, pictures], i) => this.cards[i].update(label, pictures, this.idle));
    const { size } = this.project.pictures;
    this.title.textContent = size ? `Classes, ${countPictures(size)}` : "Classes";
    this.forgetButton.disabled = !this.idle || size === 0;
    this.drawn = performance.now();
  }

  /** @returns {CardActions} */
  actions() {
    return {
      open: (pictures, position) => this.viewer.open(pictures, position),
      rename: (from, to) => this.rename(from, to),
      remove: (name) => this.removeClass(name),
      drop: (data, label) => this.drop(data, label),
    };
  }

  addClass() {
    const name = this.name.value.trim();
    const why = whyUnfitName(name, this.project.classes);
    this.name.setCustomValidity(why);
    this.name.addEventListener("input", () => this.name.setCustomValidity(""), { once: true });
    if (why) return void this.name.reportValidity();
    this.name.value = "";
    this.project.addClass(name);
    this.announce(`The class ${name} is added.`);
  }

  /**
   * @param {string} from
   * @param {string} to the name of another class joins the two, once that is confirmed
   */
  async rename(from, to) {
    const twin = twinOf(to, this.project.classes.filter((name) => name !== from));
    const question = `There is a class ${twin} already. Put the pictures of ${from} into it?`;
    if (to && (!twin || (await ask(question, "Join them")))) {
      this.project.renameClass(from, twin ?? to);
      if (to !== from) this.announce(`${from} is called ${twin ?? to} now.`);
    }
    for (const card of this.cards) card.name.value = card.label; // also where nothing was changed
  }

  /** @param {string} name */
  async removeClass(name) {
    const pictures = byClass(this.project).get(name);
    const count = (pictures?.train.length ?? 0) + (pictures?.validation.length ?? 0);
    const question = `Remove the class ${name} and its ${countPictures(count)}?`;
    if (count && !(await ask(question, "Remove"))) return;
    this.project.removeClass(name);
    this.announce(`The class ${name} is removed.`);
    this.title.focus();
  }

  async forget() {
    const count = countPictures(this.project.pictures.size);
    const question = `Forget all ${count} and what was learned from them? Files on your disk stay.`;
    if (!(await ask(question, "Forget all"))) return;
    this.project.clear(this.classes);
    this.announce(`${count} are forgotten.`);
    this.title.focus();
  }
}
