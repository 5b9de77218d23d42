"""The trainer: a network trained live in the page on a data set."""

from generator.config import DemoConfig
from generator.demos.parts import ASSETS, Parts
from generator.manifest import DataManifest
from generator.models import digits
from generator.render import Page

DESCRIPTION = (
    "Train a {network} on {count:,} images, here in your browser, and see what it gets wrong."
)
# The images of the classic tutorials' runs: enough for them to show something in a minute.
CLASSIC = 5_500


def build(demo: DemoConfig, parts: Parts) -> Page:
    """Put the page together from the data set's sheets and the networks' topologies."""
    manifest = parts.manifests[demo.data]
    found = [parts.networks[name] for name in demo.architectures]
    predictors = [
        other.slug
        for other in parts.config.demos
        if other.kind == "predictor" and parts.models[other.model].config.data == demo.data
    ]
    data = {
        "site": {"title": parts.config.title, "root": "../"},
        "slug": demo.slug,
        "title": demo.title,
        **parts.compute("trainer"),
        "fused": {build: ASSETS + file for build, file in parts.bundle.fused.items()},
        "data": f"../data/{demo.data}/manifest.json",
        "architectures": [
            {
                "name": architecture.name,
                "title": architecture.title,
                "about": architecture.about,
                "topology": parts.topologies[architecture.name, demo.data],
            }
            for architecture in found
        ],
        "defaults": defaults(manifest),
        "predictor": f"../{predictors[0]}/" if predictors else None,
    }
    is_ours = set(found) <= set(digits.ARCHITECTURES)
    network = "small convolutional network" if is_ours else "network"
    count = manifest.splits["train"].count
    return Page(
        "trainer",
        demo.slug,
        demo.title,
        demo.description or DESCRIPTION.format(network=network, count=count),
        data,
        **parts.script("trainer"),
        values={"manifest": manifest},
    )


def defaults(manifest: DataManifest) -> dict[str, float]:
    """Return what a run is begun with: the classic tutorials' settings if there are images enough.

    Fewer are shown in small batches, and more often, so that they are enough steps, too.
    """
    count = manifest.splits["train"].count
    few = count < CLASSIC
    return {
        "trainImages": min(CLASSIC, count),
        "validationImages": min(1_000, manifest.splits["validation"].count),
        "testImages": min(CLASSIC // 2, manifest.splits["test"].count),
        "batchSize": min(count, max(8, count // 32)) if few else 512,
        "epochs": min(40, max(10, 4 * CLASSIC // count)) if few else 10,
        "learningRate": 0.001,
        "seed": 1,
    }
