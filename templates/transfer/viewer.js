/**
 * One picture, larger: its name, and what can be done with it.
 *
 * @import { Picture, Project, Role } from "./project.js"
 */
import { element } from "../shared/dom.js";
import { byId } from "../shared/page.js";

export class PictureViewer {
  /** @type {Picture[]} the pictures that the arrows go through */
  pictures = [];
  position = 0;
  idle = false;
  url = "";

  /**
   * @param {Project} project
   * @param {(text: string) => void} announce
   */
  constructor(project, announce) {
    this.project = project;
    this.announce = announce;
    this.image = element("img", { alt: "" });
    this.title = element("h2", { id: "viewer-title", tabindex: -1 });
    this.label = element("select", { id: "viewer-class" });
    this.role = element("select", { id: "viewer-role" });
    this.role.append(new Option("Training", "train"), new Option("Validation", "validation"));
    this.delete = element("button", { type: "button" }, "Delete");
    this.before = element("button", { type: "button", "aria-label": "Previous picture" }, "←");
    this.after = element("button", { type: "button", "aria-label": "Next picture" }, "→");
    this.dialog = this.build();
    this.connect();
  }

  build() {
    const field = (/** @type {string} */ text, /** @type {HTMLSelectElement} */ select) =>
      element("div", {}, element("label", { for: select.id }, text), select);
    const close = element("button", { type: "button" }, "Close");
    const dialog = element(
      "dialog",
      { class: "viewer", "aria-labelledby": this.title.id },
      this.image,
      this.title,
      element("div", { class: "fields" }, field("Class", this.label), field("Used for", this.role)),
      element(
        "div",
        { class: "row" },
        element("div", { class: "row" }, this.before, this.after),
        element("div", { class: "row" }, this.delete, close),
      ),
    );
    close.addEventListener("click", () => dialog.close());
    document.body.append(dialog);
    return dialog;
  }

  connect() {
    this.before.addEventListener("click", () => this.go(-1));
    this.after.addEventListener("click", () => this.go(1));
    this.delete.addEventListener("click", () => this.remove());
    this.label.addEventListener("change", () => this.move({ label: this.label.value }));
    this.role.addEventListener("change", () => {
      this.move({ role: /** @type {Role} */ (this.role.value) });
    });
    this.dialog.addEventListener("keydown", (event) => {
      if (event.target instanceof HTMLSelectElement) return;
      if (event.key === "ArrowLeft") this.go(-1);
      if (event.key === "ArrowRight") this.go(1);
      if (event.key === "Delete" && !this.delete.disabled) this.remove();
    });
    this.dialog.addEventListener("close", () => {
      URL.revokeObjectURL(this.url);
      this.image.removeAttribute("src");
      // The browser gives the focus back to what opened it, unless that is gone.
      if (document.activeElement === document.body) byId("gallery-title", HTMLElement).focus();
    });
  }

  /** @param {boolean} idle can pictures be changed now? */
  enable(idle) {
    this.idle = idle;
    const { id } = this.pictures[this.position] ?? {};
    const isHere = id !== undefined && this.project.pictures.has(id);
    for (const control of [this.delete, this.label, this.role]) control.disabled = !idle || !isHere;
  }

  /**
   * @param {Picture[]} pictures
   * @param {number} position of the one to begin with
   */
  open(pictures, position) {
    this.pictures = pictures;
    this.position = position;
    this.show();
    this.dialog.showModal();
    this.title.focus();
  }

  /** The picture as the project has it now. */
  get picture() {
    const known = this.pictures[this.position];
    return this.project.pictures.get(known.id) ?? known;
  }

  show() {
    const { id, name, label, role, jpeg } = this.picture;
    const isHere = this.project.pictures.has(id);
    URL.revokeObjectURL(this.url);
    this.url = URL.createObjectURL(jpeg);
    this.image.src = this.url;
    this.image.alt = `${name}, class ${label}`;
    this.title.textContent = isHere ? name : `${name} (deleted)`;
    this.enable(this.idle);
    this.label.replaceChildren(...this.project.classes.map((known) => new Option(known)));
    this.label.value = label;
    this.role.value = role;
    this.before.disabled = this.position === 0;
    this.after.disabled = this.position === this.pictures.length - 1;
  }

  /** @param {number} step */
  go(step) {
    const to = this.position + step;
    if (to < 0 || to >= this.pictures.length) return;
    this.position = to;
    this.show();
    this.title.focus(); // reads the new name, also when the arrow's button is disabled now
  }

  /** @param {{label?: string, role?: Role}} change */
  move(change) {
    const { id, name } = this.picture;
    this.project.move([id], change);
    const { label, role } = this.picture;
    const use = role === "train" ? "training" : "validation";
    this.announce(`${name} is a ${use} picture of ${label} now.`);
  }

  /** Delete it and go on with the next. */
  remove() {
    const { id, name } = this.picture;
    this.project.remove([id]);
    this.pictures = this.pictures.filter((picture) => picture.id !== id);
    this.announce(`${name} is deleted.`);
    if (this.pictures.length === 0) return this.dialog.close();
    this.position = Math.min(this.position, this.pictures.length - 1);
    this.show();
    this.title.focus();
  }
}
