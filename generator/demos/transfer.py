"""The transfer learner: a visitor's own pictures, a backbone, and a head trained in the page."""

from typing import Any

from generator.backbone_files import page_data
from generator.config import DemoConfig
from generator.demos import exported
from generator.demos.parts import ASSETS, Parts
from generator.models.backbones import BACKBONES
from generator.render import Page
from generator.sample_zip import zip_name

DESCRIPTION = (
    "Teach a network {classes} with a handful of pictures, in seconds, here in your browser."
)
# Sample pictures of each class: enough to see it work, few enough to be there in seconds.
SAMPLES = {"train": 40, "validation": 30}
MISSING = "this site was built without it, as its weights were not on the machine that built it."


def build(demo: DemoConfig, parts: Parts) -> Page:
    """Put the page together from the backbones and, if it names some, sample pictures."""
    manifest = parts.manifests.get(demo.data)
    classes = demo.classes or (manifest.classes if manifest else ())
    offered = [name for name in (*demo.backbones, *demo.optional) if name in parts.backbones]
    missing = [name for name in demo.optional if name not in parts.backbones]
    compute = parts.compute("transfer")
    data: dict[str, Any] = {
        "site": {"title": parts.config.title, "root": "../"},
        "slug": demo.slug,
        "title": demo.title,
        **compute,
        "preparer": ASSETS + parts.bundle.workers["transfer/preparer.js"].file,
        "transfer": {
            "classes": classes,
            "backbones": [page_data(parts.backbones[name]) for name in offered],
            "missing": [
                {"name": name, "title": BACKBONES[name].title, "why": MISSING} for name in missing
            ],
            "imagenet": ASSETS + parts.bundle.imagenet,
            "exported": f"../{demo.slug}/{exported.FILE}",
        },
    }
    if manifest:
        archive = parts.folder / "data" / demo.data / zip_name(manifest.classes)
        data["transfer"]["samples"] = {
            "manifest": f"../data/{demo.data}/manifest.json",
            "each": SAMPLES,
            "title": manifest.title,
            "zip": f"../data/{demo.data}/{archive.name}",
            "zipBytes": archive.stat().st_size,
        }
    exported.write(demo, parts, offered)
    named = " and ".join([", ".join(classes[:-1]), classes[-1]])
    return Page(
        "transfer",
        demo.slug,
        demo.title,
        demo.description or DESCRIPTION.format(classes=f"to tell {named} apart"),
        data,
        **parts.script("transfer"),
        values={"transfer": data["transfer"]},
    )
