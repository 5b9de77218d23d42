"""The contract with the browser: what the pages read, as dataclasses and their JSON.

Its JavaScript side is `templates/shared/manifest.js`; both are tested on
`tests/fixtures/manifest.json`.
"""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

FORMAT = "mlpages-data"
MODEL_FORMAT = "mlpages-model"
BACKBONE_FORMAT = "mlpages-backbone"
VERSION = 1
Layout = Literal["rows", "tiles"]


def _without_none(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    return {key: value for key, value in pairs if value is not None}


@dataclass(frozen=True)
class Sheet:
    """`count` images in one file, which is relative to the manifest.

    Layout "rows": a PNG, one image to a PNG row. Layout "tiles": a WebP picture of tiles, row by
    row, `columns` in a row.
    """

    file: str
    count: int
    bytes: int
    sha256: str
    columns: int | None = None


@dataclass(frozen=True)
class Labels:
    """Class indices of a split, in order: uint8, or uint16 little-endian above 256 classes."""

    file: str
    bytes: int
    sha256: str
    dtype: Literal["uint8", "uint16"]


@dataclass(frozen=True)
class SplitFiles:
    """A split's files; `count` is the number of images in all sheets together."""

    count: int
    sheets: tuple[Sheet, ...]
    labels: Labels


@dataclass(frozen=True)
class ImageShape:
    """Pixels of every image of the data set."""

    height: int
    width: int
    channels: int


@dataclass(frozen=True)
class DataManifest:
    """What `data/<name>/manifest.json` holds.

    `drawn`: images are light strokes on dark, and a visitor's drawing is prepared as MNIST's were.
    """

    name: str
    title: str
    licence: str
    source: str
    image: ImageShape
    classes: tuple[str, ...]
    splits: dict[str, SplitFiles]
    layout: Layout = "rows"
    drawn: bool = False
    format: str = FORMAT
    version: int = VERSION

    def to_json(self) -> str:
        """The manifest as JSON text, keys in a fixed order, so equal data gives equal bytes."""
        plain = asdict(self, dict_factory=_without_none)
        return json.dumps(plain, indent=1, ensure_ascii=False) + "\n"

    @classmethod
    def read(cls, file: Path) -> "DataManifest":
        """Read what `to_json` wrote."""
        table = json.loads(file.read_text(encoding="utf-8"))
        splits = {
            name: SplitFiles(
                count=split["count"],
                sheets=tuple(Sheet(**sheet) for sheet in split["sheets"]),
                labels=Labels(**split["labels"]),
            )
            for name, split in table.pop("splits").items()
        }
        image = ImageShape(**table.pop("image"))
        return cls(image=image, classes=tuple(table.pop("classes")), splits=splits, **table)


@dataclass(frozen=True)
class ModelInput:
    """How pixels become a model's input: x * scale + offset, for x in 0..255."""

    height: int
    width: int
    channels: int
    scale: float = 1 / 255
    offset: float = 0.0
    colour: Literal["grey", "rgb"] = "grey"
    resize: Literal["mnist", "centre-crop"] = "mnist"


@dataclass(frozen=True)
class ModelMetadata:
    """What travels inside `model.json` as `userDefinedMetadata`."""

    name: str
    classes: tuple[str, ...]
    input: ModelInput
    data: dict[str, str]
    accuracy: dict[str, Any] | None
    training: dict[str, Any]
    converter: str
    licence: str
    weights: Literal["float32", "float16", "uint8", "mixed"] = "float32"
    parity: dict[str, Any] = field(default_factory=dict)
    format: str = MODEL_FORMAT
    version: int = VERSION

    def to_dict(self) -> dict[str, Any]:
        """The metadata as plain JSON values."""
        plain: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        return plain


@dataclass(frozen=True)
class BackboneMetadata:
    """What travels inside the `model.json` of one part of a backbone.

    `outputs` gives, by tap, the name of the tensor to ask TF.js for; `sha256` is that of the file
    the weights came from.
    """

    name: str
    part: str
    input: ModelInput
    outputs: dict[str, str]
    weights: Literal["float32", "float16", "uint8", "mixed"]
    source: str
    licence: str
    sha256: str
    converter: str
    format: str = BACKBONE_FORMAT
    version: int = VERSION

    def to_dict(self) -> dict[str, Any]:
        """The metadata as plain JSON values."""
        return asdict(self)
