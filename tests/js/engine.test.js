/** Which backends are on offer, and what is said of those that are not. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { backendChoices, currentBackend, useBackend } from "../../templates/shared/engine.js";

/** @param {string | null} renderer the name that WebGL gives, or null for no WebGL */
function pretend(renderer) {
  const gl = {
    RENDERER: 1,
    /** @param {string} name */
    getExtension: (name) =>
      name === "WEBGL_debug_renderer_info" ? { UNMASKED_RENDERER_WEBGL: 2 } : null,
    /** @param {number} key */
    getParameter: (key) => (key === 2 ? renderer : "WebKit WebGL"),
  };
  class FakeCanvas {
    getContext() {
      return renderer === null ? null : gl;
    }
  }
  Object.assign(globalThis, { OffscreenCanvas: FakeCanvas });
}

after(() => Reflect.deleteProperty(globalThis, "OffscreenCanvas"));

const webgl = () => backendChoices().find(({ name }) => name === "webgl");

test("WebGL is on offer on graphics hardware alone", () => {
  for (const renderer of [
    "ANGLE (NVIDIA, NVIDIA GeForce RTX 3060 Direct3D11 vs_5_0 ps_5_0, D3D11)",
    "ANGLE (Apple, ANGLE Metal Renderer: Apple M2, Unspecified Version)",
    "Adreno (TM) 650",
  ]) {
    pretend(renderer);
    assert.deepEqual(webgl(), { name: "webgl", available: true, why: renderer });
  }
  for (const renderer of [
    "ANGLE (Google, Vulkan 1.3.0 (SwiftShader Device (Subzero)), SwiftShader driver)",
    "llvmpipe (LLVM 15.0.7, 256 bits)",
    "ANGLE (Microsoft, Microsoft Basic Render Driver Direct3D11 vs_5_0 ps_5_0)",
    "Apple Software Renderer",
  ]) {
    pretend(renderer);
    assert.equal(webgl()?.available, false, renderer);
    assert.match(webgl()?.why ?? "", /is a program, slower than WebAssembly/);
  }
});

test("a page without WebGL says so", () => {
  pretend(null);
  assert.equal(webgl()?.available, false);
});

test("a backend that is not on offer is refused", async () => {
  pretend("SwiftShader");
  await assert.rejects(useBackend("webgl"), /webgl cannot be used: SwiftShader is a program/);
  await assert.rejects(useBackend(/** @type {"cpu"} */ ("quantum")), /quantum cannot be used/);
});

test("plain JavaScript is there for comparison", async () => {
  await useBackend("cpu");
  assert.equal(currentBackend(), "cpu");
});
