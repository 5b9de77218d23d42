"""What the stages have made by the time a recipe puts a page together."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from generator.backbone_files import BackboneFiles
from generator.bundle import Bundle
from generator.config import DemoConfig, ModelConfig, SiteConfig
from generator.conversion.convert import Conversion
from generator.manifest import DataManifest, ModelMetadata
from generator.models.architectures import Network

ASSETS = "../assets/"


@dataclass(frozen=True)
class ModelFiles:
    """A trained or brought, and converted, model in the site, in `models/<name>/`.

    `answers` are the original's class probabilities of the test images, .npy, float32
    [n, classes]; None without a data set. Bytes of 0: there is no such model. `conversion` is
    there for a model that was brought; without a data set, `made_up` are images that stand in for
    one and the original's answers to them, .npz.
    """

    config: ModelConfig
    metadata: ModelMetadata
    keras_file: str
    answers: Path | None
    graph_bytes: int
    layers_bytes: int
    conversion: Conversion | None = None
    made_up: Path | None = None


@dataclass(frozen=True)
class Parts:
    """Everything in the work folder, by the names of site.toml."""

    config: SiteConfig
    folder: Path
    bundle: Bundle
    manifests: dict[str, DataManifest]
    models: dict[str, ModelFiles]
    topologies: dict[tuple[str, str], dict[str, Any]]  # by (architecture, data set)
    backbones: dict[str, BackboneFiles]
    networks: dict[str, Network]  # by the name of the architecture

    def compute(self, kind: str) -> dict[str, str]:
        """The worker and the binary that a page of this kind starts, relative to the page."""
        worker = self.bundle.workers[f"{kind}/worker.js"].file
        return {"worker": ASSETS + worker, "wasm": ASSETS + self.bundle.wasm}

    def data_of(self, demo: DemoConfig) -> str:
        """The data set that a page is about, by name; "" if it comes without one."""
        return demo.data or (self.models[demo.model].config.data if demo.model else "")

    def thing(self, data: str) -> str:
        """What an image of a data set shows, as pages call it."""
        entry = self.config.data[data]
        known = {"mnist": "digit", "shapes": "shape"}
        return known.get(entry.source, "drawing" if entry.drawn else "picture")

    def script(self, kind: str) -> dict[str, str | None]:
        """The script and style of a page of this kind, relative to the site's root."""
        script = self.bundle.pages[f"{kind}/page.js"]
        style = f"assets/{script.css}" if script.css else None
        return {"script": f"assets/{script.file}", "style": style}
