"""site.toml -> frozen dataclasses, with every problem found at once, by line."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from os.path import exists, isdir, isfile  # unlike Path's, false for what can be no path
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from generator.errors import BuildError
from generator.models import backbones, digits
from generator.resources import TEMPLATES
from generator.toml_reader import ConfigError, TableReader

# Where images come from, and what a [data.<name>] of each source may say.
LABELLED = ("title", "licence", "credit", "limit", "seed")
SOURCES = {
    "mnist": ("path", "limit", "classic"),
    "shapes": (),
    "faces": (),
    "folder": ("path", "size", "colour", *LABELLED),
    "npz": ("path", "classes", "drawn", *LABELLED),
    "idx": ("path", "classes", "drawn", "transposed", *LABELLED),
}
PLACED = ("folder", "npz", "idx")  # sources that need a path
DRAWN = ("mnist", "shapes")
COLOURS = ("rgb", "grey")
ARCHITECTURES = tuple(architecture.name for architecture in digits.ARCHITECTURES)
KINDS = ("trainer", "predictor", "transfer")
# What a demo of each kind may say beside its kind, slug, title and description.
SUBJECTS = {
    "trainer": ("data", "architectures"),
    "predictor": ("model", "inputs", "top", "unsure"),
    "transfer": ("data", "classes", "backbones"),
}
WEIGHTS = ("float32", "float16", "uint8", "mixed")
MODEL_KEYS = (
    "data",
    "architecture",
    "weights",
    "epochs",
    "seed",
    "batch_size",
    "learning_rate",
    "augment",
)
# What a model that is brought, not trained, may say.
BROUGHT_KEYS = ("path", "data", "classes", "pixels", "weights", "trust", "drawn", "licence")
# The range that a model's input wants, and the scale and offset that make it of 0 to 255.
PIXELS = {"0..1": (1 / 255, 0.0), "-1..1": (1 / 127.5, -1.0), "0..255": (1.0, 0.0)}
TRAIN_KEYS = ("strategy",)
STRATEGIES = ("mirrored", "multi_worker")
INPUTS = ("pad", "file", "samples", "webcam")
PICTURE = 96  # pixels a side from which a backbone gains from a picture
LARGEST = 512
RESERVED = ("assets", "data", "models", "about", "docs", "index")
FUNCTION = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")
SITE_KEYS = (
    "title",
    "description",
    "language",
    "accent",
    "footer",
    "url",
    "picture",
    "docs",
    "offline",
    "isolated",
)
PICTURE_FILES = (".png", ".jpg", ".jpeg", ".webp")
COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")

Weights = Literal["float32", "float16", "uint8", "mixed"]


@dataclass(frozen=True)
class DataConfig:
    """One `[data.<name>]`: where the images come from, and what they are made into.

    `size`: pixels a side of pictures from folders. `drawn`: light strokes on dark, as MNIST's are.
    `transposed`: the files hold columns where others hold rows (EMNIST). `title`, `licence` and
    `credit` (who made it) are shown on the pages.
    """

    name: str
    source: str
    path: Path | None = None
    limit: int | None = None
    classic: bool = False
    size: int = 64
    colour: Literal["rgb", "grey"] = "rgb"
    drawn: bool = False
    transposed: bool = False
    classes: tuple[str, ...] = ()
    title: str = ""
    licence: str = ""
    credit: str = ""
    seed: int = 1


@dataclass(frozen=True)
class ModelConfig:
    """One `[model.<name>]`: what is trained on which data, or brought, and how it is stored.

    A model that is brought has a `path`, and a data set only to be tested on. `pixels` is the
    range of its input, or empty where the model tells; `trust` allows code in its file.
    """

    name: str
    data: str = ""
    architecture: str = ""
    weights: Weights = "float16"
    epochs: int | None = None
    seed: int = 1
    batch_size: int | None = None
    learning_rate: float | None = None
    augment: bool | None = None
    path: Path | None = None
    classes: tuple[str, ...] = ()
    pixels: str = ""
    trust: bool = False
    drawn: bool = False
    licence: str = ""


@dataclass(frozen=True)
class DemoConfig:
    """One `[[demo]]`: a page.

    Of a predictor: `inputs` are the ways to bring a picture, `top` the number of classes that an
    answer lists, and below a probability of `unsure` percent it says that it is not sure.
    """

    kind: str
    slug: str
    title: str
    description: str = ""
    data: str = ""
    model: str = ""
    architectures: tuple[str, ...] = ("codelab", "course")
    classes: tuple[str, ...] = ()
    backbones: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()  # backbones to offer where their weights can be had
    inputs: tuple[str, ...] = ()
    top: int = 10
    unsure: int = 50


@dataclass(frozen=True)
class SiteConfig:
    """A whole site.toml.

    `accent` is a colour, #rrggbb, or empty for ours; `url` is where the site will be, ending with
    a slash, or empty when nobody knows; `picture` is what links to the site show on social media;
    `docs` is a folder of Markdown files, the site's pages of text.
    `offline`: do pages that somebody has visited work without a network? `isolated`: are they
    cross-origin isolated, too (by the same service worker)?
    `strategy` spreads training over devices or machines; empty: one processor trains.
    """

    path: Path
    title: str
    description: str
    language: str
    data: dict[str, DataConfig]
    models: dict[str, ModelConfig]
    demos: tuple[DemoConfig, ...]
    mobilenet: Path | None = None  # a file with MobileNet v1's weights
    accent: str = ""
    footer: str = ""
    url: str = ""
    picture: Path | None = None
    docs: Path | None = None
    offline: bool = False
    isolated: bool = False
    strategy: str = ""

    @property
    def templates(self) -> Path | None:
        """The folder beside site.toml whose files take the place of ours, if there is one."""
        folder = self.path.parent / "templates"
        return folder if folder.is_dir() and not folder.samefile(TEMPLATES) else None


def load_config(path: Path) -> SiteConfig:
    """Read and check site.toml; raise ConfigError naming every problem with its line."""
    if not path.is_file():
        raise BuildError(
            what="the file is missing",
            where=str(path),
            expected="a site.toml that says what the site contains",
            fix="Run the command in a folder that holds one, or name it with --config.",
        )
    text = path.read_text(encoding="utf-8", errors="replace")
    try:
        table = tomllib.loads(text)
    # Python's reader also stumbles over numbers of thousands of digits, and over deep nesting.
    except (ValueError, RecursionError) as error:
        raise ConfigError(path, [f"{path}: not valid TOML: {error}."]) from error
    return _SiteReader(path, text).read(table)


def read_class_names(file: Path) -> tuple[str, ...]:
    """The class names in a text file, one on each line.

    Raises BuildError when it cannot be read, or holds fewer than two different names.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        raise BuildError(
            what="the class names cannot be read",
            where=str(file),
            expected="a text file (UTF-8) with a name on each line",
            found=str(error),
        ) from error
    names = tuple(line.strip() for line in text.splitlines() if line.strip())
    if len(names) < 2 or len(set(names)) < len(names):
        raise BuildError(
            what="the class names are no two or more different names",
            where=str(file),
            expected="a name on each line",
            found=", ".join(names[:5]) or "nothing",
        )
    return names


class _SiteReader(TableReader):
    """Turns the tables of a site.toml into dataclasses."""

    def read(self, table: dict[str, Any]) -> SiteConfig:
        self.known("", table, ("site", "data", "model", "train", "backbones", "demo"))
        site = self.table("site", table.get("site", {}))
        self.known("site", site, SITE_KEYS)
        data = {
            name: self.data(name, self.table(f"data.{name}", entry))
            for name, entry in self.table("data", table.get("data", {})).items()
        }
        models = {
            name: self.model(name, self.table(f"model.{name}", entry), data)
            for name, entry in self.table("model", table.get("model", {})).items()
        }
        entries = table.get("demo", [])
        if isinstance(entries, dict):
            self.problem("demo", None, "a page takes two brackets: write [[demo]], not [demo]")
            entries = []
        elif not isinstance(entries, list) or not entries:
            self.problem("demo", None, "a site needs at least one [[demo]]")
            entries = []
        demos = [
            self.demo(i, self.table(f"demo#{i}", entry), data, models)
            for i, entry in enumerate(entries)
        ]
        self.check_unique([demo.slug for demo in demos])
        config = SiteConfig(
            path=self.path,
            title=self.text("site", site, "title", "In-browser ML demos"),
            description=self.text(
                "site", site, "description", "Machine-learning demos that run in your browser."
            ),
            language=self.text("site", site, "language", "en"),
            data=data,
            models=models,
            demos=tuple(demos),
            mobilenet=self.mobilenet(self.table("backbones", table.get("backbones", {}))),
            accent=self.accent(site),
            footer=self.text("site", site, "footer", ""),
            url=self.url(site),
            picture=self.picture(site),
            docs=self.docs(site),
            offline=self.flag("site", site, "offline", False),
            isolated=self.isolated(site),
            strategy=self.strategy(self.table("train", table.get("train", {}))),
        )
        if self.problems:
            raise ConfigError(self.path, self.problems)
        return config

    def accent(self, site: dict[str, Any]) -> str:
        accent = self.text("site", site, "accent", "")
        if accent and not COLOUR.fullmatch(accent):
            self.problem("site", "accent", f"accent is {accent!r}; expected #rrggbb, as #2f5bd7")
        return accent.lower()

    def url(self, site: dict[str, Any]) -> str:
        url = self.text("site", site, "url", "")
        if url and not _is_address(url):
            example = "https://user.github.io/repository/"
            self.problem("site", "url", f"url is {url!r}; expected an address, as {example}")
        return f"{url.rstrip('/')}/" if url else ""

    def picture(self, site: dict[str, Any]) -> Path | None:
        path = self.text("site", site, "picture", "")
        file = self.path.parent / path if path else None
        if file and file.suffix.lower() not in PICTURE_FILES:
            self.problem("site", "picture", f"picture must be one of {', '.join(PICTURE_FILES)}")
        elif file and not isfile(file):
            self.problem("site", "picture", f"there is no file {str(file)!r}")
        return file

    def docs(self, site: dict[str, Any]) -> Path | None:
        path = self.text("site", site, "docs", "")
        folder = self.path.parent / path if path else None
        if folder and not isdir(folder):
            self.problem("site", "docs", f"there is no folder {str(folder)!r}")
        return folder

    def isolated(self, site: dict[str, Any]) -> bool:
        isolated = self.flag("site", site, "isolated", False)
        if isolated and not site.get("offline", False):
            self.problem(
                "site",
                "isolated",
                "isolated pages get their headers from the service worker of a site that works "
                "offline; say offline = true, too",
            )
        return isolated

    def strategy(self, table: dict[str, Any]) -> str:
        self.known("train", table, TRAIN_KEYS)
        return self.choice("train", table, "strategy", STRATEGIES) if "strategy" in table else ""

    def data(self, name: str, entry: dict[str, Any]) -> DataConfig:
        where = f"data.{name}"
        self.name(where, name)
        source = self.choice(where, entry, "source", SOURCES)
        if source:
            self.known(where, entry, ("source", *SOURCES[source]))
        colour = self.choice(where, entry, "colour", COLOURS, "rgb")
        return DataConfig(
            name=name,
            source=source,
            path=self.data_path(where, source, entry),
            limit=self.number(where, entry, "limit", None, least=70),
            classic=self.flag(where, entry, "classic", source == "mnist"),
            size=self.size(where, entry),
            colour=colour,  # type: ignore[arg-type]
            drawn=self.flag(where, entry, "drawn", source in DRAWN),
            transposed=self.flag(where, entry, "transposed", False),
            classes=self.class_names(where, entry) if "classes" in entry else (),
            title=self.text(where, entry, "title", ""),
            licence=self.text(where, entry, "licence", ""),
            credit=self.text(where, entry, "credit", ""),
            seed=self.number(where, entry, "seed", 1, least=0) or 0,
        )

    def data_path(self, where: str, source: str, entry: dict[str, Any]) -> Path | None:
        text = self.text(where, entry, "path", "")
        if not text:
            if source in PLACED:
                self.problem(where, "path", f"path is missing; a {source} needs one")
            return None
        path = self.path.parent / text
        if source == "npz":
            if not isfile(path):
                self.problem(where, "path", f"there is no file {str(path)!r}")
        elif not isdir(path):
            self.problem(where, "path", f"there is no folder {str(path)!r}")
        return path

    def size(self, where: str, entry: dict[str, Any]) -> int:
        size = self.number(where, entry, "size", 64, least=16) or 64
        if size > LARGEST:
            self.problem(where, "size", f"size must be at most {LARGEST}, found {size}")
        return size

    def model(
        self, name: str, entry: dict[str, Any], data: Mapping[str, DataConfig]
    ) -> ModelConfig:
        where = f"model.{name}"
        self.name(where, name)
        if "path" in entry:
            return self.brought_model(where, name, entry, data)
        self.known(where, entry, MODEL_KEYS)
        weights = self.choice(where, entry, "weights", WEIGHTS, "float16")
        return ModelConfig(
            name=name,
            data=self.choice(where, entry, "data", data),
            architecture=self.architecture(where, entry, "architecture"),
            weights=weights,  # type: ignore[arg-type]
            epochs=self.number(where, entry, "epochs", None, least=1),
            seed=self.number(where, entry, "seed", 1, least=0) or 0,
            batch_size=self.number(where, entry, "batch_size", None, least=1),
            learning_rate=self.rate(where, entry),
            augment=self.flag(where, entry, "augment", True) if "augment" in entry else None,
        )

    def brought_model(
        self, where: str, name: str, entry: dict[str, Any], data: Mapping[str, DataConfig]
    ) -> ModelConfig:
        self.known(where, entry, BROUGHT_KEYS)
        path = self.path.parent / self.text(where, entry, "path", "")
        if not exists(path):
            self.problem(where, "path", f"there is nothing at {str(path)!r}")
        weights = self.choice(where, entry, "weights", WEIGHTS, "float16")
        return ModelConfig(
            name=name,
            data=self.choice(where, entry, "data", data) if "data" in entry else "",
            weights=weights,  # type: ignore[arg-type]
            path=path,
            classes=self.listed_classes(where, entry),
            pixels=self.choice(where, entry, "pixels", PIXELS) if "pixels" in entry else "",
            trust=self.flag(where, entry, "trust", False),
            drawn=self.flag(where, entry, "drawn", False),
            licence=self.text(where, entry, "licence", ""),
        )

    def listed_classes(self, where: str, entry: dict[str, Any]) -> tuple[str, ...]:
        """Names in a list, or in a file with one on each line."""
        if "classes" not in entry:
            return ()
        if not isinstance(entry["classes"], str):
            return self.class_names(where, entry)
        file = self.path.parent / entry["classes"]
        try:
            return read_class_names(file)
        except BuildError as error:
            self.problem(where, "classes", str(error).removesuffix("."))
            return ()

    def rate(self, where: str, entry: dict[str, Any]) -> float | None:
        value = entry.get("learning_rate")
        if value is None or (isinstance(value, float) and 0 < value <= 1):
            return value
        what = f"learning_rate must be a number above 0 and up to 1, found {value!r}"
        self.problem(where, "learning_rate", what)
        return None

    def architecture(self, where: str, entry: dict[str, Any], key: str) -> str:
        """One of ours, or a function of the user's: module:function."""
        name = entry.get(key)
        if isinstance(name, str) and FUNCTION.fullmatch(name):
            return name
        return self.choice(where, entry, key, (*ARCHITECTURES, "module:function"))

    def demo(
        self,
        index: int,
        entry: dict[str, Any],
        data: Mapping[str, DataConfig],
        models: Mapping[str, ModelConfig],
    ) -> DemoConfig:
        where = f"demo#{index}"
        kind = self.choice(where, entry, "kind", KINDS)
        if kind:
            self.known(where, entry, ("kind", "slug", "title", "description", *SUBJECTS[kind]))
        slug = self.text(where, entry, "slug", "")
        if not SLUG.fullmatch(slug):
            found = f"is {slug!r}" if "slug" in entry else "is missing"
            self.problem(where, "slug", f"slug {found}; expected words of a-z, 0-9 and '-'")
        elif slug in RESERVED:
            self.problem(where, "slug", f"slug {slug!r} is taken by the site itself")
        return DemoConfig(
            kind=kind,
            slug=slug,
            title=self.text(where, entry, "title", slug.replace("-", " ").capitalize()),
            description=self.text(where, entry, "description", ""),
            data=self.demo_data(where, kind, entry, data),
            model=self.choice(where, entry, "model", models) if kind == "predictor" else "",
            architectures=self.architectures(where, entry),
            classes=self.classes(where, kind, entry),
            inputs=self.inputs(where, entry, data, models) if kind == "predictor" else (),
            top=self.number(where, entry, "top", 10, least=1) or 10,
            unsure=self.percent(where, entry, "unsure", 50),
            backbones=self.backbones(where, entry) if kind == "transfer" else (),
            optional=(backbones.MOBILENET.name,)
            if kind == "transfer" and "backbones" not in entry
            else (),
        )

    def demo_data(
        self, where: str, kind: str, entry: dict[str, Any], data: Mapping[str, DataConfig]
    ) -> str:
        """What a trainer trains on; the sample pictures, if any, of a transfer learner."""
        if kind == "predictor" or (kind == "transfer" and "data" not in entry):
            return ""
        name = self.choice(where, entry, "data", data)
        if kind == "transfer" and name and not _holds_pictures(data[name]):
            known = ", ".join(other for other in data if _holds_pictures(data[other])) or "none"
            self.problem(
                where,
                "data",
                f"{name} holds no pictures of {PICTURE} pixels and up; {known} do "
                f"(source faces, or folder with size = 224)",
            )
        if kind == "trainer" and name and _holds_pictures(data[name]):
            self.problem(
                where,
                "data",
                f"{name} holds pictures of {PICTURE} pixels and up, too large to train on from "
                'nothing in a page; use a folder with size = 64, or kind = "transfer"',
            )
        return name

    def inputs(
        self,
        where: str,
        entry: dict[str, Any],
        data: Mapping[str, DataConfig],
        models: Mapping[str, ModelConfig],
    ) -> tuple[str, ...]:
        model = models.get(str(entry.get("model")))
        source = data.get(model.data) if model else None
        drawn = (source is not None and source.drawn) or (model is not None and model.drawn)
        default = ["pad", "file", "samples"] if drawn else ["file", "samples", "webcam"]
        names = self.names(where, entry, "inputs", default)
        if "pad" in names and source and not drawn:
            self.problem(
                where,
                "inputs",
                f"a drawing pad fits light strokes on dark alone; if the images of {source.name} "
                f"are such, say drawn = true under [data.{source.name}]",
            )
        return tuple(
            self.choice(where, {"inputs": name}, "inputs", INPUTS) for name in dict.fromkeys(names)
        )

    def classes(self, where: str, kind: str, entry: dict[str, Any]) -> tuple[str, ...]:
        """The classes that a transfer page begins with; those of its data if it has some."""
        if kind != "transfer" or ("classes" not in entry and "data" in entry):
            return ()
        return self.class_names(where, entry)

    def class_names(self, where: str, entry: dict[str, Any]) -> tuple[str, ...]:
        names = self.names(where, entry, "classes", ["class 1", "class 2"])
        if len(names) < 2 or len(set(names)) < len(names):
            self.problem(where, "classes", "classes must be two or more different names")
        return names

    def backbones(self, where: str, entry: dict[str, Any]) -> tuple[str, ...]:
        names = self.names(where, entry, "backbones", [backbones.LITE0.name])
        return tuple(
            self.choice(where, {"backbones": name}, "backbones", backbones.BACKBONES)
            for name in names
        )

    def names(
        self, where: str, entry: dict[str, Any], key: str, default: list[str]
    ) -> tuple[str, ...]:
        names = entry.get(key, default)
        if isinstance(names, list) and names and all(isinstance(name, str) for name in names):
            return tuple(names)
        self.problem(where, key, f"{key} must be a list of names")
        return tuple(default)

    def mobilenet(self, table: dict[str, Any]) -> Path | None:
        self.known("backbones", table, ("mobilenet",))
        path = self.text("backbones", table, "mobilenet", "")
        file = self.path.parent / path if path else None
        if file and not isfile(file):
            self.problem("backbones", "mobilenet", f"there is no file {str(file)!r}")
        return file

    def architectures(self, where: str, entry: dict[str, Any]) -> tuple[str, ...]:
        names = self.names(where, entry, "architectures", ["codelab", "course"])
        return tuple(
            self.architecture(where, {"architectures": name}, "architectures") for name in names
        )

    def name(self, where: str, name: str) -> None:
        if not SLUG.fullmatch(name):
            self.problem(where, None, f"name {name!r}; expected words of a-z, 0-9 and '-'")

    def check_unique(self, slugs: list[str]) -> None:
        for slug in sorted({slug for slug in slugs if slugs.count(slug) > 1}):
            where = f"demo#{len(slugs) - 1 - slugs[::-1].index(slug)}"
            self.problem(where, "slug", f"two demos have the slug {slug!r}")


def _is_address(url: str) -> bool:
    """Can a browser go there? A site's address has no query."""
    try:
        parts = urlsplit(url)
    except ValueError:  # such as an unclosed bracket
        return False
    is_web = parts.scheme in ("http", "https") and bool(parts.netloc)
    return is_web and not parts.query and url.isprintable() and " " not in url


def _holds_pictures(data: DataConfig) -> bool:
    """Is it large pictures, for a backbone, instead of small images, for a network of its own?"""
    return data.source == "faces" or (data.source == "folder" and data.size >= PICTURE)
