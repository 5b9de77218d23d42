/**
 * Step 3, looking inside: how good the head is, compared with what; what it mixes up; when it had
 * better say "not sure"; its answer to every picture.
 *
 * @import { Cell, MatrixOptions } from "../shared/confusion.js"
 * @import { AnsweredSet } from "./predictions.js"
 * @import { Choice } from "./choose.js"
 * @import { Picture, TrainedHead } from "./project.js"
 * @import { Labelled, Session, TrainRequest, TrainResult } from "./session.js"
 */
import { ConfusionMatrix, makeConfusionTable, mostConfused } from "../shared/confusion.js";
import { element } from "../shared/dom.js";
import { byId, formatCount } from "../shared/page.js";
import { formatLoss, formatPercent } from "../shared/words.js";
import "./look.css";
import { judge, nameTaps } from "./look-words.js";
import { answered, predictedOf } from "./predicted.js";
import { PredictionsView } from "./predictions.js";
import { chance, evaluate, majority } from "./scores.js";
import { thresholdFor } from "./unsure.js";
import { UnsureView } from "./unsure-view.js";

/** @type {MatrixOptions} */
const PICTURES = { one: "picture", many: "pictures", read: "answered", opens: "all" };
/** Classes of a matrix that can still be read. */
const MOST_CLASSES = 30;

export class LookView {
  /** @type {AnsweredSet[]} validation, if any, and training pictures */
  sets = [];
  /** @type {ConfusionMatrix | null} */
  matrix = null;

  /**
   * @param {Session} session
   * @param {{
   *   onThreshold: () => void,
   *   open?: (pictures: Picture[], position: number) => void
   * }} actions onThreshold: the visitor has moved it; open: show a picture larger
   */
  constructor({ project, page, announce }, { onThreshold, open }) {
    this.project = project;
    this.empty = byId("look-empty", HTMLElement);
    this.untrained = this.empty.textContent ?? "";
    this.stale = byId("look-stale", HTMLElement);
    this.body = byId("look-body", HTMLElement);
    this.select = byId("look-set", HTMLSelectElement);
    this.place = byId("look-confusion", HTMLElement);
    const onAllCells = () => this.showMatrix();
    this.predictions = new PredictionsView({ slug: page.slug, onAllCells, announce, open });
    this.unsure = new UnsureView({
      announce,
      onThreshold: (threshold) => {
        project.setThreshold(threshold);
        this.predictions.rethink(threshold);
        onThreshold();
      },
    });
    this.select.addEventListener("change", () => this.showSet());
  }

  /**
   * @param {Pick<TrainResult, "head" | "train" | "validation">} result
   * @param {Pick<TrainRequest, "train" | "validation">} request
   */
  show({ head, train, validation }, request) {
    const { classes } = head;
    this.sets = [];
    if (validation && request.validation?.ids.length) {
      this.sets.push(this.makeSet("validation pictures", request.validation, validation, classes));
    }
    this.sets.push(this.makeSet("training pictures", request.train, train, classes));
    this.empty.hidden = true;
    this.stale.hidden = true;
    this.body.hidden = false;
    this.showFigures(head.scores.pixels);
    this.showChoice(head.choice);
    this.select.replaceChildren(
      ...this.sets.map(({ title, answers }, i) => {
        return new Option(`${formatCount(answers.length)} ${title}`, String(i));
      }),
    );
    byId("look-set-hint", HTMLElement).textContent =
      this.sets.length === 2
        ? "Validation pictures were never learned from."
        : "There are no validation pictures. It has learned from these, so their score flatters.";
    this.showUnsure(head, validation && request.validation, validation);
    this.showSet();
  }

  /**
   * @param {string} title
   * @param {Labelled} labelled
   * @param {Float32Array} probabilities
   * @param {string[]} classes
   * @returns {AnsweredSet}
   */
  makeSet(title, { ids, labels }, probabilities, classes) {
    const pictures = ids.map((id) => this.project.pictures.get(id));
    const answers = predictedOf(probabilities, labels, classes.length);
    const { confusion } = evaluate(probabilities, labels, classes);
    return { title, pictures, answers, classes, confusion };
  }

  /** @param {number | null} pixels accuracy of the same head on bare pixels */
  showFigures(pixels) {
    const isChecked = this.sets.length === 2;
    const [first] = this.sets;
    const own = this.sets[this.sets.length - 1];
    const score = (/** @type {AnsweredSet} */ { answers }) => answered(answers, null);
    const labels = first.answers.map(({ label }) => label);
    this.figure(
      "validation",
      isChecked ? share(score(first)) : "–",
      isChecked
        ? `right on new pictures: ${countOf(score(first))} that it never saw`
        : "no validation pictures to check with",
    );
    const learned = `right on its own: ${countOf(score(own))} to learn from`;
    this.figure("train", share(score(own)), learned);
    this.figure(
      "pixels",
      pixels === null ? "–" : formatPercent(pixels),
      "right without the backbone: a head on the bare 32 × 32 pixels",
    );
    const guess = chance(first.classes);
    const common = majority(labels, first.classes);
    const always = common > guess + 0.005 ? `; always the commonest: ${formatPercent(common)}` : "";
    const guessing = `right by guessing, 1 in ${first.classes.length}${always}`;
    this.figure("chance", formatPercent(guess), guessing);
    const accuracy = score(first).right / Math.max(1, score(first).total);
    const scores = { accuracy, pixels, chance: Math.max(guess, common), checked: isChecked };
    const count = first.answers.length;
    byId("look-verdict", HTMLElement).textContent = judge({ ...scores, count });
  }

  /**
   * @param {string} id
   * @param {string} text
   * @param {string} label
   */
  figure(id, text, label) {
    byId(`look-${id}`, HTMLElement).textContent = text;
    byId(`look-${id}-label`, HTMLElement).textContent = label;
  }

  /** @param {Choice | null} choice */
  showChoice(choice) {
    byId("look-choice", HTMLElement).hidden = !choice;
    if (!choice) return;
    byId("look-why", HTMLElement).textContent = choice.why;
    const table = byId("look-candidates", HTMLTableElement);
    table.hidden = choice.candidates.length === 0;
    const chosen = choice.taps.join(" ");
    const rows = choice.candidates.map(({ taps, regularisation, accuracy, loss }) => {
      const isChosen = taps.join(" ") === chosen && regularisation === choice.regularisation;
      const name = `${nameTaps(taps)}${isChosen ? " (chosen)" : ""}`;
      const cells = [String(regularisation), formatPercent(accuracy), formatLoss(loss)];
      const head = element("th", { scope: "row" }, name);
      const data = cells.map((text) => element("td", {}, text));
      return element("tr", { class: isChosen ? "chosen" : "" }, head, ...data);
    });
    table.tBodies[0].replaceChildren(...rows);
  }

  /**
   * @param {TrainedHead} head
   * @param {Labelled | null} checked
   * @param {Float32Array | null} probabilities of the pictures that were checked
   */
  showUnsure({ choice, classes, threshold }, checked, probabilities) {
    if (checked && probabilities && this.sets.length === 2) {
      const hint = "The threshold was chosen on the validation pictures. Step 4 goes by it.";
      const chosen = thresholdFor({ probabilities, labels: checked.labels }, classes);
      const { answers } = this.sets[0];
      return this.unsure.show(answers, { threshold, chosen }, "validation pictures", hint);
    }
    const held = choice?.heldOut;
    const answers = held ? predictedOf(held.probabilities, held.labels, classes.length) : [];
    const hint = held
      ? "No validation pictures: it was chosen on training pictures, each left out of what was " +
        "learned while it was asked for. Step 4 goes by it."
      : "To choose a threshold takes pictures that it has not learned from: add some to the " +
        "validation pictures.";
    const chosen = thresholdFor(held, classes);
    this.unsure.show(answers, { threshold, chosen }, "pictures left out", hint);
  }

  get set() {
    return this.sets[this.select.selectedIndex];
  }

  showSet() {
    this.showMatrix();
    this.predictions.show(this.set, this.unsure.threshold);
  }

  showMatrix() {
    const { classes, confusion } = this.set;
    const shown = mostConfused(confusion, MOST_CLASSES);
    const names = shown.map((i) => classes[i]);
    const table = makeConfusionTable(names, {
      id: "look-matrix",
      "aria-labelledby": "look-confusion-title",
      "aria-describedby": "look-confusion-hint",
    });
    const open = (/** @type {Cell} */ { row, column }) =>
      this.predictions.pick({ row: shown[row], column: shown[column] });
    this.matrix = new ConfusionMatrix(table, names, open, PICTURES);
    this.matrix.show(shown.map((i) => shown.map((j) => confusion[i][j])));
    table.style.setProperty("--columns", String(shown.length));
    this.place.replaceChildren(table);
    const some = shown.length < classes.length;
    byId("look-confusion-hint", HTMLElement).textContent =
      "A row for what it is, a column for the answer. Press a number to see those pictures; " +
      `arrow keys move between them.${some ? ` The ${shown.length} most confused classes.` : ""}`;
  }

  /** The pictures have changed since the head was trained. */
  markStale() {
    this.stale.hidden = this.sets.length === 0;
  }

  /** @param {string} [why] there is nothing to see */
  clear(why = this.untrained) {
    this.sets = [];
    this.empty.textContent = why;
    this.unsure.clear();
    this.empty.hidden = false;
    this.stale.hidden = true;
    this.body.hidden = true;
    this.place.replaceChildren();
    byId("look-predictions", HTMLElement).replaceChildren();
  }
}

/** @param {{right: number, total: number}} score */
function share({ right, total }) {
  return total ? formatPercent(right / total) : "–";
}

/** @param {{right: number, total: number}} score */
function countOf({ right, total }) {
  return `${formatCount(right)} of ${formatCount(total)}`;
}
