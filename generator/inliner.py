"""A rendered page -> the same page with its styles, scripts and pictures in it."""

import posixpath
from base64 import b64encode
from hashlib import sha256
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from generator.demos.parts import Parts
from generator.errors import BuildError
from generator.render import Page
from generator.serve import TYPES


class Inliner(HTMLParser):
    """Copies a rendered page; styles, scripts and pictures that it links are put in its place."""

    PLACE = "the policy is not known before the end"

    def __init__(self, page: Page, url: str, parts: Parts) -> None:
        """`url` is the site's, or empty when nobody knows it."""
        super().__init__(convert_charrefs=False)
        self.page = page
        self.url = url
        self.folder = parts.folder
        self.inlined = {page.script: parts.bundle.whole_script(f"{page.kind}/page.js")}
        self.parts: list[str] = []
        self.hashes: dict[str, list[str]] = {"script-src": [], "style-src": []}

    def inline(self, html: str) -> str:
        """Return the page with all that it links in it, and a policy that allows just that."""
        self.feed(html)
        self.close()
        return "".join(self.parts).replace(self.PLACE, self._policy())

    def _policy(self) -> str:
        """Allows what is in the page and no connection; its workers are bound by it, too."""
        scripts, styles = (" ".join(hashes) for hashes in self.hashes.values())
        return "; ".join(
            (
                "default-src 'none'",
                f"script-src {scripts} 'wasm-unsafe-eval'",
                f"style-src {styles}",
                "img-src data: blob:",
                "worker-src blob:",
                "base-uri 'none'",
                "form-action 'none'",
            )
        )

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        source = values.get("href" if tag in ("link", "a") else "src") or ""
        if tag == "meta" and values.get("http-equiv") == "Content-Security-Policy":
            self._write_tag(tag, {**values, "content": self.PLACE})
        elif urlsplit(source).scheme:  # elsewhere: a link, or something that the policy forbids
            self.parts.append(self.get_starttag_text() or "")
        elif tag == "link" and values.get("rel") == "stylesheet":
            text = self._read(source).replace("</style", "\\3c /style")
            self.parts.append(f"<style>{self._allowed('style-src', text)}</style>")
        elif tag == "script" and source:
            text = self._read(source).replace("</script", "\\x3c/script")
            text = self._allowed("script-src", text.replace("<!--", "\\x3c!--"))
            self.parts.append(f'<script type="module">{text}')
        elif tag == "img" or (tag == "link" and values.get("rel") == "icon"):
            key = "src" if tag == "img" else "href"
            self._write_tag(tag, {**values, key: self._data_url(source)})
        elif tag == "a" and "href" in values and not source.startswith("#"):
            self._write_link(values, source)
        else:
            self.parts.append(self.get_starttag_text() or "")

    def _write_link(self, values: dict[str, str | None], source: str) -> None:
        """A link to another page leads to the site, if its address is known, or nowhere."""
        target = urljoin(self.url + f"{self.page.slug}/", source)
        rest = {key: value for key, value in values.items() if key != "href"}
        self._write_tag("a", {**rest, "href": target} if urlsplit(target).scheme else rest)

    def _write_tag(self, tag: str, values: dict[str, str | None]) -> None:
        text = "".join(
            f" {key}" if value is None else f' {key}="{escape(value)}"'
            for key, value in values.items()
        )
        self.parts.append(f"<{tag}{text}>")

    def _file(self, source: str) -> Path:
        file = self.folder / posixpath.normpath(posixpath.join(self.page.slug, source))
        if not file.is_file():
            raise BuildError(
                what=f"a link leads nowhere: {source}",
                where=self.page.file,
                expected="a file in the site",
            )
        return file

    def _read(self, source: str) -> str:
        file = self._file(source)
        whole = self.inlined.get(file.relative_to(self.folder).as_posix(), file)
        return whole.read_text(encoding="utf-8")  # line ends become those that a browser hashes

    def _data_url(self, source: str) -> str:
        file = self._file(source)
        return f"data:{TYPES[file.suffix]};base64,{b64encode(file.read_bytes()).decode()}"

    def _allowed(self, directive: str, text: str) -> str:
        """The text, which the policy allows by its hash from now on."""
        digest = b64encode(sha256(text.encode()).digest()).decode()
        self.hashes[directive].append(f"'sha256-{digest}'")
        return text

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        self.parts.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)

    def handle_entityref(self, name: str) -> None:
        self.parts.append(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.parts.append(f"&#{name};")

    def handle_comment(self, data: str) -> None:
        self.parts.append(f"<!--{data}-->")

    def handle_decl(self, decl: str) -> None:
        self.parts.append(f"<!{decl}>")
