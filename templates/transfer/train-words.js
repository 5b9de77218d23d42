/**
 * What the page says before and after training.
 *
 * @import { Project, Role, TrainedHead } from "./project.js"
 */
import { formatCount } from "../shared/page.js";
import { formatPercent } from "../shared/words.js";
import { ofClasses, trainedClasses } from "./requests.js";

/**
 * What stands in the way of training; "" when nothing does.
 *
 * @param {Project} project
 */
export function obstacleOf(project) {
  const known = trainedClasses(project);
  if (known.length >= 2) return "";
  if (project.pictures.size === 0) return "Add pictures of two or more classes.";
  const missing = project.classes.filter((name) => !known.includes(name));
  const [first] = missing;
  return first
    ? `Add training pictures of another class, such as ${first}.`
    : "Add training pictures of another class.";
}

/** @param {Project} project */
export function describeProject(project) {
  const classes = trainedClasses(project);
  const count = (/** @type {Role} */ role) => [...ofClasses(project, role, classes)].length;
  const [train, validation] = [count("train"), count("validation")];
  const checks = validation ? `, ${formatCount(validation)} to check with` : "";
  return `${formatCount(train)} pictures to learn from${checks}`;
}

/**
 * How good a head is, in a sentence.
 *
 * @param {TrainedHead} head
 */
export function describeHead({ counts, scores: { train, validation } }) {
  if (validation === null) {
    return (
      `${formatPercent(train)} of the training pictures are right. Add validation pictures to ` +
      "see how it does on new ones."
    );
  }
  const checked = counts.validation.reduce((sum, count) => sum + count, 0);
  return `${formatPercent(validation)} of ${formatCount(checked)} validation pictures are right.`;
}
