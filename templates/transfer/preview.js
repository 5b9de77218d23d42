/**
 * What was found, before anything is done with it: files, classes and counts, and how the classes
 * were told apart, which can be changed.
 *
 * @import { FoundFile } from "./files.js"
 * @import { Failure } from "./intake-view.js"
 * @import { Applied, Entry, Layout } from "./layouts.js"
 * @import { Project, Role } from "./project.js"
 */
import { element } from "../shared/dom.js";
import { byId, formatCount, showError } from "../shared/page.js";
import { countPictures, whyUnfitName } from "./gallery.js";
import { countFiles, nameFailure } from "./intake-view.js";
import { applyLayout, detectLayout } from "./layouts.js";

/** Files that are listed of those that cannot be used. */
const LISTED = 100;
/** The choice of a class that is not there yet. */
const NEW = "\n";
/** @type {Record<Layout, string>} */
const LAYOUTS = {
  folders: "a folder for each class",
  names: "the file’s name (dog-1.jpg)",
  table: "a table (CSV, TSV or JSON)",
  single: "you: all one class",
};

/**
 * Pictures of each class and role, sorted by the class's name.
 *
 * @param {{label: string, role: Role}[]} entries
 * @returns {[string, Record<Role, number>][]}
 */
export function countByClass(entries) {
  /** @type {Map<string, Record<Role, number>>} */
  const counts = new Map();
  for (const { label, role } of entries) {
    const count = counts.get(label) ?? { train: 0, validation: 0 };
    count[role]++;
    counts.set(label, count);
  }
  return [...counts].toSorted(([a], [b]) => a.localeCompare(b, "en", { numeric: true }));
}

export class PreviewView {
  /** @type {FoundFile[]} */
  files = [];
  /** @type {Role} */
  role = "train";
  /** @type {Entry[]} */
  entries = [];
  idle = false;
  /** @type {Element | null} what had the focus before */
  opener = null;
  /** @type {((entries: Entry[] | null) => void) | undefined} */
  answer;

  /** @param {Project} project whose classes are offered for pictures that name none */
  constructor(project) {
    this.project = project;
    this.lastClass = project.classes[0] ?? "";
    this.panel = byId("pictures-preview", HTMLElement);
    this.title = byId("pictures-preview-title", HTMLElement);
    this.layout = byId("pictures-layout", HTMLSelectElement);
    this.why = byId("pictures-layout-why", HTMLElement);
    this.single = byId("pictures-single", HTMLElement);
    this.label = byId("pictures-class", HTMLSelectElement);
    this.newClass = byId("pictures-new-class", HTMLElement);
    this.newName = byId("pictures-class-name", HTMLInputElement);
    this.counts = byId("pictures-counts", HTMLTableElement);
    this.unused = byId("pictures-unused", HTMLDetailsElement);
    this.add = byId("pictures-add", HTMLButtonElement);
    for (const [value, text] of Object.entries(LAYOUTS)) this.layout.add(new Option(text, value));
    this.connect();
  }

  connect() {
    this.layout.addEventListener("change", () => this.apply(this.chosenLayout()).catch(showError));
    this.label.addEventListener("change", () => {
      this.apply("single").catch(showError);
      if (this.label.value === NEW) this.newName.focus();
    });
    this.newName.addEventListener("input", () => this.apply("single").catch(showError));
    this.add.addEventListener("click", () => this.close(this.entries));
    byId("pictures-cancel", HTMLButtonElement).addEventListener("click", () => this.close(null));
    this.panel.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.close(null);
      const isName = event.target === this.newName;
      if (event.key !== "Enter" || !isName || this.add.disabled) return;
      event.preventDefault();
      this.close(this.entries);
    });
  }

  /** @param {boolean} idle can pictures be added now? */
  enable(idle) {
    this.idle = idle;
    this.refresh();
  }

  refresh() {
    const isNamed = this.newClass.hidden || this.newName.value.trim() !== "";
    this.add.disabled = !this.idle || this.entries.length === 0 || !isNamed;
  }

  /** @returns {Layout} */
  chosenLayout() {
    return /** @type {Layout} */ (this.layout.value);
  }

  /**
   * Show what was found and wait for an answer.
   *
   * @param {FoundFile[]} files
   * @param {Role} role of files that do not say so themselves
   * @param {string} [label] the class of pictures that name none
   * @returns {Promise<Entry[] | null>} null when the visitor would rather not
   */
  async ask(files, role, label = this.lastClass) {
    this.close(null);
    this.opener = document.activeElement;
    this.files = files;
    this.role = role;
    this.offerClasses(label);
    const { layout } = await detectLayout(files, role);
    this.layout.value = layout;
    await this.apply(layout);
    this.panel.hidden = false;
    this.panel.focus({ preventScroll: true });
    this.panel.scrollIntoView({ block: "nearest" });
    return new Promise((resolve) => {
      this.answer = resolve;
    });
  }

  /** @param {string} label to be selected */
  offerClasses(label) {
    const { classes } = this.project;
    this.label.replaceChildren(...classes.map((name) => new Option(name, name)));
    this.label.add(new Option("A new class…", NEW));
    this.label.value = classes.includes(label) ? label : (classes[0] ?? NEW);
    this.newName.value = "";
  }

  /** @param {Layout} layout */
  async apply(layout) {
    const isSingle = layout === "single";
    const isNew = isSingle && this.label.value === NEW;
    this.single.hidden = !isSingle;
    this.newClass.hidden = !isNew;
    const label = isNew ? this.newName.value.trim() : this.label.value;
    const applied = await applyLayout(layout, this.files, this.role, label);
    if (isSingle) this.lastClass = label;
    this.show(applied);
    const why = isNew ? whyUnfitName(label, this.project.classes) : "";
    this.newName.setCustomValidity(why);
  }

  /** @param {Applied} applied */
  show({ why, entries, unlabelled, unmatched }) {
    this.entries = entries;
    const use = this.role === "train" ? "training" : "validation";
    this.title.textContent = `${countFiles(this.files.length)} for ${use}`;
    this.why.textContent = why;
    this.showCounts(countByClass(entries));
    this.showUnused([
      ...unlabelled.map((path) => ({ path, reason: "has no class" })),
      ...unmatched.map((path) => ({ path, reason: "is in the table and not among the files" })),
    ]);
    this.add.textContent = `Add ${countPictures(entries.length)}`;
    this.refresh();
  }

  /** @param {[string, Record<Role, number>][]} counts */
  showCounts(counts) {
    const row = (/** @type {string} */ label, /** @type {Record<Role, number>} */ count) => {
      const cells = [count.train, count.validation].map((n) =>
        element("td", {}, n ? formatCount(n) : "–"),
      );
      return element("tr", {}, element("th", { scope: "row", title: label }, label), ...cells);
    };
    const total = { train: 0, validation: 0 };
    for (const [, count] of counts) {
      total.train += count.train;
      total.validation += count.validation;
    }
    this.counts.tBodies[0].replaceChildren(...counts.map(([label, count]) => row(label, count)));
    this.counts.tFoot?.replaceChildren(row(`${formatCount(counts.length)} classes`, total));
    if (this.counts.tFoot) this.counts.tFoot.hidden = counts.length < 2;
  }

  /** @param {Failure[]} unused */
  showUnused(unused) {
    this.unused.hidden = unused.length === 0;
    const listed = unused.slice(0, LISTED).map(nameFailure);
    const left = unused.length - listed.length;
    if (left > 0) listed.push(element("li", {}, `and ${formatCount(left)} more`));
    this.unused.querySelector("ul")?.replaceChildren(...listed);
    const summary = this.unused.querySelector("summary");
    if (summary) summary.textContent = `${countFiles(unused.length)} will not be used`;
  }

  /** @param {Entry[] | null} entries */
  close(entries) {
    this.panel.hidden = true;
    if (!entries && this.answer && this.opener instanceof HTMLElement) this.opener.focus();
    this.answer?.(entries);
    this.answer = undefined;
  }
}
