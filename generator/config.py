"""site.toml -> frozen dataclasses, with every problem found at once, by line."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from generator.errors import BuildError
from generator.models import backbones, digits
from generator.toml_reader import ConfigError, TableReader

SOURCES = ("mnist", "shapes", "faces")
PICTURES = ("faces",)  # sources of pictures large enough for a backbone
ARCHITECTURES = tuple(architecture.name for architecture in digits.ARCHITECTURES)
KINDS = ("trainer", "predictor", "transfer")
# What a demo of each kind may say beside its kind, slug, title and description.
SUBJECTS = {
    "trainer": ("data", "architectures"),
    "predictor": ("model",),
    "transfer": ("data", "classes", "backbones"),
}
WEIGHTS = ("float32", "float16", "uint8")
RESERVED = ("assets", "data", "models", "about")
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")

Weights = Literal["float32", "float16", "uint8"]


@dataclass(frozen=True)
class DataConfig:
    """One `[data.<name>]`: where the images come from."""

    name: str
    source: str
    path: Path | None = None
    limit: int | None = None
    classic: bool = False


@dataclass(frozen=True)
class ModelConfig:
    """One `[model.<name>]`: what is trained on which data, and how it is stored."""

    name: str
    data: str
    architecture: str
    weights: Weights = "float16"
    epochs: int | None = None
    seed: int = 1


@dataclass(frozen=True)
class DemoConfig:
    """One `[[demo]]`: a page."""

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


@dataclass(frozen=True)
class SiteConfig:
    """A whole site.toml."""

    path: Path
    title: str
    description: str
    language: str
    data: dict[str, DataConfig]
    models: dict[str, ModelConfig]
    demos: tuple[DemoConfig, ...]
    mobilenet: Path | None = None  # a file with MobileNet v1's weights


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
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(path, [f"{path}: not valid TOML: {error}."]) from error
    return _SiteReader(path, text).read(table)


class _SiteReader(TableReader):
    """Turns the tables of a site.toml into dataclasses."""

    def read(self, table: dict[str, Any]) -> SiteConfig:
        self.known("", table, ("site", "data", "model", "backbones", "demo"))
        site = self.table("site", table.get("site", {}))
        self.known("site", site, ("title", "description", "language"))
        data = {
            name: self.data(name, self.table(f"data.{name}", entry))
            for name, entry in self.table("data", table.get("data", {})).items()
        }
        models = {
            name: self.model(name, self.table(f"model.{name}", entry), data)
            for name, entry in self.table("model", table.get("model", {})).items()
        }
        entries = table.get("demo", [])
        if not isinstance(entries, list) or not entries:
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
        )
        if self.problems:
            raise ConfigError(self.path, self.problems)
        return config

    def data(self, name: str, entry: dict[str, Any]) -> DataConfig:
        where = f"data.{name}"
        self.known(where, entry, ("source", "path", "limit", "classic"))
        self.name(where, name)
        source = self.choice(where, entry, "source", SOURCES)
        path = self.text(where, entry, "path", "")
        folder = self.path.parent / path if path else None
        if folder and not folder.is_dir():
            self.problem(where, "path", f"there is no folder {str(folder)!r}")
        return DataConfig(
            name=name,
            source=source,
            path=folder,
            limit=self.number(where, entry, "limit", None, least=70),
            classic=self.flag(where, entry, "classic", source == "mnist"),
        )

    def model(
        self, name: str, entry: dict[str, Any], data: Mapping[str, DataConfig]
    ) -> ModelConfig:
        where = f"model.{name}"
        self.known(where, entry, ("data", "architecture", "weights", "epochs", "seed"))
        self.name(where, name)
        weights = self.choice(where, entry, "weights", WEIGHTS, "float16")
        return ModelConfig(
            name=name,
            data=self.choice(where, entry, "data", data),
            architecture=self.choice(where, entry, "architecture", ARCHITECTURES),
            weights=weights,  # type: ignore[arg-type]
            epochs=self.number(where, entry, "epochs", None, least=1),
            seed=self.number(where, entry, "seed", 1, least=0) or 0,
        )

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
        if kind == "transfer" and name and data[name].source not in PICTURES:
            known = ", ".join(other for other in data if data[other].source in PICTURES) or "none"
            self.problem(where, "data", f"{name} holds no pictures of 96 pixels and up; {known} do")
        return name

    def classes(self, where: str, kind: str, entry: dict[str, Any]) -> tuple[str, ...]:
        """The classes that a transfer page begins with; those of its data if it has some."""
        if kind != "transfer" or ("classes" not in entry and "data" in entry):
            return ()
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
        if file and not file.is_file():
            self.problem("backbones", "mobilenet", f"there is no file {str(file)!r}")
        return file

    def architectures(self, where: str, entry: dict[str, Any]) -> tuple[str, ...]:
        names = self.names(where, entry, "architectures", ["codelab", "course"])
        return tuple(
            self.choice(where, {"architectures": name}, "architectures", ARCHITECTURES)
            for name in names
        )

    def name(self, where: str, name: str) -> None:
        if not SLUG.fullmatch(name):
            self.problem(where, None, f"name {name!r}; expected words of a-z, 0-9 and '-'")

    def check_unique(self, slugs: list[str]) -> None:
        for slug in sorted({slug for slug in slugs if slugs.count(slug) > 1}):
            where = f"demo#{len(slugs) - 1 - slugs[::-1].index(slug)}"
            self.problem(where, "slug", f"two demos have the slug {slug!r}")
