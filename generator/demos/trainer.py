"""The trainer: a network trained live in the page on a data set of ours."""

from generator.config import DemoConfig
from generator.demos.parts import Parts
from generator.models import digits
from generator.render import Page

DESCRIPTION = (
    "Train a small convolutional network on {count:,} images, here in your browser, and see what "
    "it gets wrong."
)


def build(demo: DemoConfig, parts: Parts) -> Page:
    """Put the page together from the data set's sheets and the networks' topologies."""
    manifest = parts.manifests[demo.data]
    found = [digits.find(name) for name in demo.architectures]
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
        "defaults": {
            "trainImages": 5_500,
            "validationImages": 1_000,
            "batchSize": 512,
            "epochs": 10,
            "learningRate": 0.001,
            "seed": 1,
        },
        "predictor": f"../{predictors[0]}/" if predictors else None,
    }
    count = manifest.splits["train"].count
    description = demo.description or DESCRIPTION.format(count=count)
    return Page(
        "trainer",
        demo.slug,
        demo.title,
        description,
        data,
        **parts.script("trainer"),
        values={"manifest": manifest},
    )
