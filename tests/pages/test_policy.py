"""The policy of each page, word for word, and that it holds: on the page and in its workers.

tests/pages/test_faults.py shows for a worker like ours that the policy is what stops it.
"""

import re
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Page, expect

from generator.serve import running
from tests.pages.complaints import Complaints

# The browser's own words on what it refused.
NOTES = ("Refused to", "violates", "EventSource", "'default-src' is used as a fallback")
# Code and styles in the page's own text; scripts of pages may set styles.
INLINE = re.compile(
    r"<style|<[^>]*\s(?:style|on\w+)=|<script(?![^>]* src=|[^>]*application/json)[^>]*>"
)
END = "base-uri 'none'; form-action 'none'"
TEXT = f"default-src 'none'; style-src 'self'; img-src 'self' data:; {END}"
DEMO = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; "
    f"img-src 'self' data: blob:; connect-src 'self'; worker-src 'self' blob:; {END}"
)
READY = {  # what can be used once the page's workers are there
    "mnist-trainer/": "#train",
    "digit-predictor/": "#samples button >> nth=0",
    "own-classes/": "#pictures-train-files-open",
}
POLICIES = {
    "": TEXT,
    "about/": TEXT,
    "docs/": TEXT,
    "docs/formats/": TEXT,
    **dict.fromkeys(READY, DEMO),
    "signs-trainer/": DEMO,
    "sign-predictor/": DEMO,
    "happy-sad/": DEMO,
}
# What each attempt comes to, and what the policy said to it. The pause lets the debugger's own
# call end, which may evaluate text.
ATTEMPTS = """async (other) => {
  const said = [];
  globalThis.addEventListener("securitypolicyviolation", ({ effectiveDirective }) => {
    said.push(effectiveDirective);
  });
  await new Promise((resolve) => setTimeout(resolve, 50));
  const attempts = {
    eval: () => eval("1"),
    Function: () => new Function("return 1")(),
    timeout: () => new Promise((resolve, reject) => {
      globalThis.late = resolve;
      setTimeout("globalThis.late()", 0);
      setTimeout(reject, 2000);
    }),
    fetch: () => fetch(other, { mode: "no-cors" }),
    XMLHttpRequest: () => new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      Object.assign(request, { onload: resolve, onerror: reject });
      request.open("GET", other);
      request.send();
    }),
    WebSocket: () => new Promise((resolve, reject) => {
      const socket = new WebSocket(other.replace("http", "ws"));
      Object.assign(socket, { onopen: resolve, onerror: reject });
    }),
    EventSource: () => new Promise((resolve, reject) => {
      const source = new EventSource(other);
      Object.assign(source, { onopen: resolve, onerror: reject });
    }),
    importScripts: () => globalThis.importScripts(other),
    import: () => import(other),
    importData: () => import("data:text/javascript,1"),
  };
  const done = [];
  for (const [name, attempt] of Object.entries(attempts)) {
    try {
      await attempt();
      done.push(name);
    } catch { /* refused */ }
  }
  await new Promise((resolve) => setTimeout(resolve, 200));
  return { done, said: [...new Set(said)].sort() };
}"""
# What gets into a page by a mistake of ours still would not run.
INJECTED = """(other) => {
  const add = (name, values) => document.body.append(
    Object.assign(document.createElement(name), values));
  add("script", { textContent: "window.ran = 'inline script'" });
  add("script", { src: "data:text/javascript,window.ran = 'data script'" });
  add("script", { src: `${other}evil.js` });
  add("iframe", { srcdoc: "<script>parent.ran = 'frame'</script>" });
  add("object", { data: other });
  add("base", { href: other });
  const image = document.createElement("img");
  image.setAttribute("onerror", "window.ran = 'handler'");
  image.src = `${other}x.png`;
  const link = document.createElement("a");
  link.href = "javascript:void(window.ran = 'link')";
  document.body.append(image, link);
  link.click();
}"""


class Elsewhere(ThreadingHTTPServer):
    """Another origin, which notes what it is asked for and allows all."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/"


class _Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Elsewhere)
        self.server.asked.append(self.path)
        self.send_response(200)
        self.send_header("Access-Control-Allow-Origin", "*")
        is_page = self.path.endswith(".html")
        self.send_header("Content-Type", "text/html" if is_page else "text/javascript")
        self.end_headers()
        self.wfile.write(b"<!doctype html><body>x</body>" if is_page else b"")

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    server = Elsewhere()
    with running(server):
        yield server


@pytest.mark.parametrize("path", POLICIES)
def test_each_page_has_the_policy_that_its_kind_needs(site_url: str, page: Page, path: str) -> None:
    page.goto(site_url + path)
    policy = page.locator('meta[http-equiv="Content-Security-Policy"]')
    assert [one.get_attribute("content") for one in policy.all()] == [POLICIES[path]]
    # It comes before anything that it has to bind.
    first = "document.head.querySelector('[src], [href], script, style, meta[http-equiv]')"
    assert page.evaluate(f"{first}.getAttribute('http-equiv')") == "Content-Security-Policy"
    html = page.request.get(site_url + path).text()
    assert not INLINE.findall(html)


def test_without_a_policy_all_of_it_works(
    page: Page, complaints: Complaints, elsewhere: Elsewhere
) -> None:
    """Else the tests below would prove nothing."""
    complaints.forgive("")  # whatever comes of it
    page.goto(f"{elsewhere.url}page.html")
    found = page.evaluate(ATTEMPTS, elsewhere.url)
    assert set(found["done"]) >= {
        "eval",
        "Function",
        "timeout",
        "fetch",
        "XMLHttpRequest",
        "import",
    }
    assert found["said"] == []
    page.evaluate(INJECTED, elsewhere.url)
    page.wait_for_function("typeof window.ran === 'string'")


@pytest.mark.parametrize("path", READY)
def test_a_demo_and_its_workers_are_held_by_it(
    site_url: str, page: Page, complaints: Complaints, elsewhere: Elsewhere, path: str
) -> None:
    complaints.forgive("Content Security Policy", *NOTES)
    page.goto(site_url + path)
    expect(page.locator(READY[path])).to_be_enabled()
    assert page.workers
    for place in (*page.workers, page):
        found = place.evaluate(ATTEMPTS, elsewhere.url)
        assert found["done"] == [], place.url
        assert {"connect-src", "script-src"} <= set(found["said"]), place.url
    page.evaluate(INJECTED, elsewhere.url)
    page.wait_for_timeout(500)
    assert page.evaluate("window.ran") is None
    assert elsewhere.asked == []


@pytest.mark.parametrize("path", ["", "about/", "docs/"])
def test_a_page_of_text_runs_nothing_at_all(
    site_url: str, page: Page, complaints: Complaints, elsewhere: Elsewhere, path: str
) -> None:
    complaints.forgive("Content Security Policy", *NOTES)
    page.goto(site_url + path)
    assert page.evaluate(ATTEMPTS, elsewhere.url)["done"] == []
    page.evaluate(INJECTED, elsewhere.url)
    page.wait_for_timeout(500)
    assert page.evaluate("window.ran") is None
    assert elsewhere.asked == []
