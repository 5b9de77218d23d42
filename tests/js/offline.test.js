import assert from "node:assert/strict";
import { test } from "node:test";
import { isolate } from "../../templates/offline/headers.js";
import { addressOf, cacheName, filesOf, isPage, previousOf } from "../../templates/offline/names.js";

const PAGE = "https://user.github.io/demos/train/";

/** @param {object} files */
function page(files) {
  const text = JSON.stringify(files);
  return `<p>Hi</p><script type="application/json" id="page-files">${text}</script></body>`;
}

test("a page's files are found by their addresses", () => {
  const files = { root: "../", now: ["../assets/a-1.js"], later: ["../data/b.2.png"] };
  assert.deepEqual(filesOf(page(files), PAGE), {
    root: "https://user.github.io/demos/",
    now: ["https://user.github.io/demos/assets/a-1.js"],
    later: ["https://user.github.io/demos/data/b.2.png"],
  });
  assert.equal(filesOf("<p>Hi</p>", PAGE), null);
});

test("a page has one address, whatever it is asked for by", () => {
  for (const url of [PAGE, `${PAGE}index.html`, `${PAGE}?x=1#step`, `${PAGE}index.html?x`]) {
    assert.equal(addressOf(url), PAGE);
  }
  assert.equal(addressOf("https://a.org/x.zip"), "https://a.org/x.zip");
});

test("pages are told from files, the last build's page, too", () => {
  assert.ok(isPage(PAGE) && isPage(previousOf(PAGE)));
  assert.ok(!isPage("https://user.github.io/demos/assets/a-1.js"));
});

test("sites of one origin have caches of their own", () => {
  assert.equal(cacheName("https://user.github.io/demos/"), "mlpages:/demos/:pages");
  assert.equal(cacheName("https://user.github.io/"), "mlpages:/:pages");
});

test("an isolated site's answers are as they were, with three headers more", async () => {
  const answer = new Response("hi", { status: 404, headers: { "content-type": "text/plain" } });
  const isolated = isolate(answer);
  assert.equal(isolated.status, 404);
  assert.equal(await isolated.text(), "hi");
  assert.deepEqual(Object.fromEntries(isolated.headers), {
    "content-type": "text/plain",
    "cross-origin-embedder-policy": "require-corp",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
  });
  assert.equal(isolate(new Response(null, { status: 204 })).status, 204);
  const redirect = Response.error(); // as a redirect's, its status is 0
  assert.equal(isolate(redirect), redirect);
});
