/**
 * A camera and its light: started when asked for, switched off whenever nobody looks. One runs at
 * a time: a second `getUserMedia` would end the first on some phones, and puzzle people on all.
 *
 * Fires "off" with an `Off` as its detail when the camera stops, unless a new start is why, and
 * "list" when cameras come and go.
 *
 * @typedef {"closed" | "hidden" | "ended" | "other"} Off closed: by the visitor; hidden: the page
 *   is out of sight; ended: by itself, as when it is unplugged; other: another view took over
 * @typedef {Pick<MediaDevices, "getUserMedia" | "enumerateDevices" | "addEventListener">} Devices
 */

const SIZE = { width: { ideal: 640 }, height: { ideal: 480 } };
/** From here on a video element has a frame to give (HTMLMediaElement.HAVE_CURRENT_DATA). */
const HAS_FRAME = 2;

/** @type {Record<string, string>} */
const FAILURES = {
  NotAllowedError:
    "The camera was denied. Allow it again by the icon beside the address, or in the browser's " +
    "settings (and the system's, under privacy), then switch the camera on.",
  NotFoundError: "No camera was found. Connect one, then switch the camera on.",
  NotReadableError:
    "The camera is busy: another program or tab holds it. Close that one, then switch the " +
    "camera on.",
  OverconstrainedError:
    "That camera is gone. Choose another one, or connect it again and switch the camera on.",
  AbortError:
    "The camera stopped while it was starting. Switch it on again; if that fails, connect it " +
    "anew.",
};
const INSECURE =
  "Browsers give the camera only to pages on https or localhost. Open this page there.";
const UNSUPPORTED = "This browser gives pages no camera. Open the page in another browser.";

/** @type {Record<Off, string>} */
export const OFF = {
  closed: "The camera is off.",
  hidden: "The camera went off while this page was out of sight.",
  ended: "The camera stopped by itself: unplugged, or its permission was taken back.",
  other: "The camera went off because it was needed elsewhere on this page.",
};

/**
 * Why there is no picture, and what to do about it.
 *
 * @param {unknown} error
 */
export function describeFailure(error) {
  const { name, message } = error instanceof Error ? error : { name: "", message: String(error) };
  const known = FAILURES[name === "SecurityError" ? "NotAllowedError" : name];
  return known ?? `The camera could not be started (${message || name}). Switch it on again.`;
}

export class Camera extends EventTarget {
  /** @type {Camera | null} the one whose light is on */
  static running = null;
  /** @type {MediaStream | null} */
  stream = null;
  /** Counts starts and stops: a stream that arrives after either is not wanted any more. */
  request = 0;

  /**
   * @param {HTMLVideoElement} video shows what it sees; must be `muted playsinline`
   * @param {Devices | undefined} devices undefined where browsers give no camera
   */
  constructor(video, devices = globalThis.navigator?.mediaDevices) {
    super();
    this.video = video;
    this.devices = devices;
    devices?.addEventListener("devicechange", () => this.dispatchEvent(new Event("list")));
    globalThis.document?.addEventListener("visibilitychange", () => {
      if (document.hidden) this.stop("hidden");
    });
    globalThis.window?.addEventListener("pagehide", () => this.stop("hidden"));
  }

  /**
   * Switch on. Rejects with a sentence that says why not and what to do.
   *
   * @param {string} [deviceId] of `list()`; without one the browser chooses
   * @returns {Promise<MediaStream | null>} null if it was stopped, or started anew, meanwhile
   */
  async start(deviceId) {
    this.release();
    const request = this.request;
    if (Camera.running !== this) Camera.running?.stop("other");
    Camera.running = this;
    let stream;
    try {
      stream = await this.open(deviceId);
    } catch (error) {
      if (request !== this.request) return null;
      Camera.running = null;
      throw error;
    }
    if (request !== this.request) {
      stopTracks(stream);
      return null;
    }
    this.use(stream);
    if (globalThis.document?.hidden) this.stop("hidden");
    return this.stream;
  }

  /** @param {string} [deviceId] */
  async open(deviceId) {
    const { devices } = this;
    if (!devices) throw new Error(globalThis.isSecureContext === false ? INSECURE : UNSUPPORTED);
    // A face is what most people show first: phones take the camera that looks at them.
    const wanted = deviceId ? { deviceId: { exact: deviceId } } : { facingMode: "user" };
    try {
      return await devices.getUserMedia({ video: { ...wanted, ...SIZE }, audio: false });
    } catch (error) {
      throw new Error(describeFailure(error), { cause: error });
    }
  }

  /** @param {MediaStream} stream */
  use(stream) {
    this.stream = stream;
    this.video.srcObject = stream;
    // Rejects when the camera stops before the first frame; the "off" event tells of that.
    this.video.play()?.catch(() => {});
    for (const track of stream.getTracks()) {
      track.addEventListener("ended", () => {
        if (stream === this.stream) this.stop("ended");
      });
    }
  }

  /**
   * Switch off, or call off a start that still waits for permission.
   *
   * @param {Off} [why]
   */
  stop(why = "closed") {
    // While the visitor is asked, a phone may cover the page with its question.
    if (why === "hidden" && !this.stream) return;
    const was = Camera.running === this;
    this.release();
    if (!was) return;
    Camera.running = null;
    this.dispatchEvent(new CustomEvent("off", { detail: why }));
  }

  release() {
    this.request++;
    if (this.stream) stopTracks(this.stream);
    this.stream = null;
    this.video.srcObject = null;
  }

  /** Has it sent a picture yet? Some take a second, one that the system mutes sends none. */
  get isSending() {
    return this.stream !== null && this.video.readyState >= HAS_FRAME;
  }

  /** The camera that is on, "" if the browser does not tell. */
  get deviceId() {
    return this.track?.getSettings().deviceId ?? "";
  }

  get track() {
    return this.stream?.getVideoTracks()[0];
  }

  /** Does it look at the visitor? Then a preview is a mirror, as people expect of one. */
  get isFront() {
    return this.track?.getSettings().facingMode !== "environment";
  }

  /** Names are told once a camera has been allowed. */
  async list() {
    const devices = (await this.devices?.enumerateDevices()) ?? [];
    return devices
      .filter(({ kind, deviceId }) => kind === "videoinput" && deviceId)
      .map(({ deviceId, label }, i) => ({ deviceId, label: label || `Camera ${i + 1}` }));
  }

  /**
   * What it sees now, not mirrored.
   *
   * @returns {Promise<ImageBitmap | null>} null before the first frame, and while the system or
   *   another program keeps it from sending any
   */
  async frame() {
    if (!this.isSending || this.track?.muted) return null;
    return createImageBitmap(this.video);
  }
}

/** @param {MediaStream} stream */
function stopTracks(stream) {
  for (const track of stream.getTracks()) track.stop();
}
