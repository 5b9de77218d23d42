import assert from "node:assert/strict";
import { test } from "node:test";
import { Camera, describeFailure } from "../../templates/shared/camera.js";

class Track extends EventTarget {
  live = true;

  /** @param {MediaTrackSettings} settings */
  constructor(settings) {
    super();
    this.settings = settings;
  }

  stop() {
    this.live = false;
  }

  getSettings() {
    return this.settings;
  }
}

/**
 * Cameras without a machine.
 *
 * @param {MediaTrackSettings} [settings] of the camera
 */
function pretend(settings = {}) {
  const video = { srcObject: null, readyState: 0, play: async () => {} };
  /** @type {Track[]} */
  const tracks = [];
  /** @type {MediaStreamConstraints[]} */
  const asked = [];
  const devices = Object.assign(new EventTarget(), {
    /** @type {Error | null} */
    failure: null,
    /** @param {MediaStreamConstraints} constraints */
    getUserMedia: async (constraints) => {
      asked.push(constraints);
      if (devices.failure) throw devices.failure;
      const track = new Track(settings);
      tracks.push(track);
      return { getTracks: () => [track], getVideoTracks: () => [track] };
    },
    enumerateDevices: async () => [
      { kind: "videoinput", deviceId: "a", label: "Front" },
      { kind: "audioinput", deviceId: "m", label: "Microphone" },
      { kind: "videoinput", deviceId: "b", label: "" },
    ],
  });
  const camera = new Camera(
    /** @type {HTMLVideoElement} */ (/** @type {unknown} */ (video)),
    /** @type {MediaDevices} */ (/** @type {unknown} */ (devices)),
  );
  /** @type {string[]} */
  const off = [];
  camera.addEventListener("off", (event) => {
    off.push(/** @type {CustomEvent<string>} */ (event).detail);
  });
  return { camera, video, devices, tracks, asked, off };
}

/** @param {string} name */
function failure(name) {
  return Object.assign(new Error("as the browser says"), { name });
}

test("only the picture is asked for, of the size that is needed", async () => {
  const { camera, asked, video } = pretend();
  const stream = await camera.start();
  assert.equal(video.srcObject, stream);
  assert.deepEqual(asked, [
    {
      video: { facingMode: "user", width: { ideal: 640 }, height: { ideal: 480 } },
      audio: false,
    },
  ]);
  camera.stop();
});

test("stopping turns the light off", async () => {
  const { camera, tracks, video, off } = pretend();
  await camera.start();
  camera.stop();
  assert.equal(tracks[0].live, false);
  assert.equal(video.srcObject, null);
  assert.deepEqual(off, ["closed"]);
  camera.stop();
  assert.deepEqual(off, ["closed"], "said once");
});

test("a camera that is allowed after it was closed goes off at once", async () => {
  const { camera, tracks } = pretend();
  const starting = camera.start();
  camera.stop();
  assert.equal(await starting, null);
  assert.equal(tracks[0].live, false);
  assert.equal(camera.stream, null);
});

test("switching stops one camera and starts the other, without calling that off", async () => {
  const { camera, tracks, asked, off } = pretend();
  await camera.start();
  const overtaken = camera.start("a");
  await camera.start("b");
  assert.equal(await overtaken, null);
  assert.deepEqual(
    tracks.map(({ live }) => live),
    [false, false, true],
  );
  const { deviceId } = /** @type {MediaTrackConstraints} */ (asked[2].video);
  assert.deepEqual(deviceId, { exact: "b" });
  assert.deepEqual(off, []);
  camera.stop();
});

test("one camera runs at a time", async () => {
  const [first, second] = [pretend(), pretend()];
  await first.camera.start();
  await second.camera.start();
  assert.equal(first.tracks[0].live, false);
  assert.deepEqual(first.off, ["other"]);
  first.camera.stop();
  assert.equal(second.tracks[0].live, true);
  second.camera.stop();
});

test("a camera that is unplugged is told of", async () => {
  const { camera, tracks, off } = pretend();
  await camera.start();
  tracks[0].dispatchEvent(new Event("ended"));
  assert.deepEqual(off, ["ended"]);
  assert.equal(camera.stream, null);
});

test("every failure has its own words, with what to do", async () => {
  const names = [
    "NotAllowedError",
    "NotFoundError",
    "NotReadableError",
    "OverconstrainedError",
    "AbortError",
    "TypeError",
  ];
  const sentences = names.map((name) => describeFailure(failure(name)));
  assert.equal(new Set(sentences).size, names.length);
  for (const sentence of sentences) assert.match(sentence, /camera.*(witch|hoose)/is);
  assert.match(sentences[0], /denied/);
  assert.match(sentences[1], /No camera was found/);
  assert.match(sentences[2], /busy/);
  const { camera, devices } = pretend();
  devices.failure = failure("NotReadableError");
  await assert.rejects(camera.start(), { message: sentences[2] });
  devices.failure = null;
  assert.ok(await camera.start(), "it can be tried again");
  camera.stop();
});

test("where browsers give no camera, the page says why", async () => {
  const video = { srcObject: null };
  const camera = new Camera(
    /** @type {HTMLVideoElement} */ (/** @type {unknown} */ (video)),
    undefined,
  );
  await assert.rejects(camera.start(), /another browser/);
  Object.assign(globalThis, { isSecureContext: false });
  await assert.rejects(camera.start(), /https or localhost/);
  Object.assign(globalThis, { isSecureContext: undefined });
  assert.deepEqual(await camera.list(), []);
});

test("cameras are listed by name, or by number where the name is not told", async () => {
  const { camera } = pretend();
  assert.deepEqual(await camera.list(), [
    { deviceId: "a", label: "Front" },
    { deviceId: "b", label: "Camera 2" },
  ]);
});

test("a camera that looks away from the visitor is no mirror", async () => {
  const [front, back] = [pretend(), pretend({ facingMode: "environment" })];
  await front.camera.start();
  assert.equal(front.camera.isFront, true);
  await back.camera.start();
  assert.equal(back.camera.isFront, false);
  back.camera.stop();
});
