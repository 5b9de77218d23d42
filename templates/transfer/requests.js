/**
 * What the worker is asked to train on: pictures by number, their classes, the settings.
 *
 * @import { Picture, Project, Role } from "./project.js"
 * @import { TrainRequest, TrainSettings } from "./session.js"
 */

/**
 * The classes that have pictures to learn from, in order.
 *
 * @param {Project} project
 */
export function trainedClasses(project) {
  const labels = new Set(project.of("train").map(({ label }) => label));
  return project.classes.filter((name) => labels.has(name));
}

/**
 * @param {Project} project
 * @param {Role} role
 * @param {string[]} classes
 */
export function ofClasses(project, role, classes) {
  return project.of(role).filter(({ label }) => classes.includes(label));
}

/**
 * @param {string[]} classes
 * @param {Picture[]} train
 * @param {Picture[]} validation
 * @param {TrainSettings} settings
 * @returns {TrainRequest}
 */
export function makeRequest(classes, train, validation, settings) {
  /** @param {Picture[]} pictures */
  const labelled = (pictures) => ({
    ids: pictures.map(({ id }) => id),
    labels: pictures.map(({ label }) => classes.indexOf(label)),
  });
  const checks = validation.length ? labelled(validation) : null;
  return { train: labelled(train), validation: checks, classes, settings };
}
