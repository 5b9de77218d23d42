import assert from "node:assert/strict";
import { test } from "node:test";
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
