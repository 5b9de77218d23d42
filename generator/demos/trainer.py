"""The trainer: a network trained live in the page on a data set of ours."""

from generator.config import DemoConfig
from generator.demos.parts import Parts
from generator.render import Page

DESCRIPTION = (
    "Train a small convolutional network on {count:,} images, here in your browser, and see what "
    "it gets wrong."
)


def build(demo: DemoConfig, parts: Parts) -> Page:
    """Put the page together from the data set's sheets and the networks' topologies."""
    manifest = parts.manifests[demo.data]
    found = [parts.networks[name] for name in demo.architectures]
    predictors = [
        other.slug
        for other in parts.config.demos
        if other.kind == "predictor" and parts.models[other.model].config.data == demo.data
    ]
    count = manifest.splits["train"].count
    thing = parts.thing(demo.data)
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
            "trainImages": min(5_500, count),
            "validationImages": min(1_000, manifest.splits["validation"].count),
            # A tenth of the images at most: few of them are many steps, too.
            "batchSize": min(512, max(8, min(5_500, count) // 10)),
            "epochs": 10 if count >= 5_500 else 30,
            "learningRate": 0.001,
            "seed": 1,
        },
        "predictor": f"../{predictors[0]}/" if predictors else None,
    }
    description = demo.description or DESCRIPTION.format(count=count)
    return Page(
        "trainer",
        demo.slug,
        demo.title,
        description,
        data,
        **parts.script("trainer"),
        values={"manifest": manifest, "thing": thing},
    )
