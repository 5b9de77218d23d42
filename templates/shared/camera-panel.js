/**
 * A panel with a camera in it: opened and closed by buttons, with the picture, the choice of
 * cameras, and words for whatever keeps the picture away. Fires "on" with the first picture, and
 * "off".
 *
 * @import { Off } from "./camera.js"
 */
import "./camera.css";
import { Camera, OFF } from "./camera.js";
import { element } from "./dom.js";
import { byId, showError } from "./page.js";

/** The camera that the visitor chose, in whichever panel. */
let chosen = "";

export class CameraPanel extends EventTarget {
  /** @param {string} prefix of the ids of its elements */
  constructor(prefix) {
    super();
    this.opener = byId(`${prefix}-open`, HTMLButtonElement);
    this.panel = byId(`${prefix}-panel`, HTMLElement);
    this.view = byId(`${prefix}-view`, HTMLElement);
    this.status = byId(`${prefix}-status`, HTMLElement);
    this.again = byId(`${prefix}-again`, HTMLButtonElement);
    this.choice = byId(`${prefix}-camera`, HTMLSelectElement);
    this.field = byId(`${prefix}-camera-field`, HTMLElement);
    this.camera = new Camera(byId(`${prefix}-video`, HTMLVideoElement));
    this.opener.setAttribute("aria-expanded", "false");
    this.opener.addEventListener("click", () => (this.isOpen ? this.close() : this.open()));
    byId(`${prefix}-close`, HTMLButtonElement).addEventListener("click", () => this.close());
    this.again.addEventListener("click", () => {
      this.panel.focus({ preventScroll: true }); // the button hides
      this.start(this.choice.value);
    });
    this.choice.addEventListener("change", () => {
      chosen = this.choice.value;
      this.start(chosen);
    });
    this.camera.video.addEventListener("loadeddata", () => {
      this.say("");
      this.dispatchEvent(new Event("on"));
    });
    this.camera.addEventListener("off", (event) => {
      this.wentOff(/** @type {CustomEvent<Off>} */ (event).detail);
    });
    this.camera.addEventListener("list", () => this.list().catch(showError));
  }

  get isOpen() {
    return !this.panel.hidden;
  }

  get isOn() {
    return this.camera.isSending;
  }

  open() {
    this.panel.hidden = false;
    this.opener.setAttribute("aria-expanded", "true");
    this.panel.focus({ preventScroll: true });
    this.panel.scrollIntoView({ block: "nearest" });
    this.start(chosen);
  }

  close() {
    if (!this.isOpen) return;
    this.camera.stop();
    const focused = this.panel.contains(document.activeElement);
    this.panel.hidden = true;
    this.opener.setAttribute("aria-expanded", "false");
    if (focused) this.opener.focus();
  }

  /**
   * Switch the camera on; what goes wrong is said where the picture would be.
   *
   * @param {string} [deviceId]
   */
  async start(deviceId) {
    this.say("Waiting for the camera. The browser may ask you to allow it.");
    try {
      if (!(await this.camera.start(deviceId))) return;
      this.view.classList.toggle("mirrored", this.camera.isFront);
      await this.list();
    } catch (error) {
      this.say(error instanceof Error ? error.message : String(error), true);
      this.dispatchEvent(new Event("off"));
      // A camera that is gone cannot be asked for again: the next start takes any.
      this.choice.value = chosen = "";
      await this.list().catch(showError);
    }
  }

  /** Show which cameras there are, where there is a choice. */
  async list() {
    const cameras = await this.camera.list();
    const { stream, deviceId } = this.camera;
    const current = stream ? deviceId : this.choice.value;
    this.choice.replaceChildren(
      ...cameras.map(({ deviceId, label }) => element("option", { value: deviceId }, label)),
    );
    this.choice.value = cameras.some(({ deviceId }) => deviceId === current) ? current : "";
    this.field.hidden = cameras.length < (stream ? 2 : 1);
  }

  /** @param {Off} why */
  wentOff(why) {
    this.say(OFF[why], true);
    this.dispatchEvent(new Event("off"));
  }

  /**
   * @param {string} text where the picture would be
   * @param {boolean} [again] can the camera be switched on again?
   */
  say(text, again = false) {
    this.status.textContent = text;
    this.again.hidden = !again;
  }
}
