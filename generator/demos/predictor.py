"""The digit predictor: draw, and a converted model answers."""

from generator.config import DemoConfig
from generator.demos.parts import Parts
from generator.render import Page

DESCRIPTION = "Draw a {thing}: the same network answers as a graph model and as a layers model."


def build(demo: DemoConfig, parts: Parts) -> Page:
    """Put the page together from a converted model and its data set's test images."""
    model = parts.models[demo.model]
    folder = f"../models/{demo.model}"
    accuracy = model.metadata.accuracy
    data = {
        "site": {"title": parts.config.title, "root": "../"},
        "slug": demo.slug,
        "title": demo.title,
        **parts.compute("predictor"),
        "data": f"../data/{model.config.data}/manifest.json",
        "model": {
            "name": demo.model,
            "graph": f"{folder}/model_graph/model.json",
            "layers": f"{folder}/model_layers/model.json",
            "keras": f"{folder}/{model.keras_file}",
            "accuracy": accuracy["value"] if accuracy else None,
            "sizes": {"graph": model.graph_bytes, "layers": model.layers_bytes},
        },
    }
    thing = "digit" if model.config.data == "mnist" else "shape"
    return Page(
        "predictor",
        demo.slug,
        demo.title,
        demo.description or DESCRIPTION.format(thing=thing),
        data,
        **parts.script("predictor"),
        values={
            "manifest": parts.manifests[model.config.data],
            "model": model,
            "metadata": model.metadata,
        },
    )
