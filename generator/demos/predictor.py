"""The predictor: a visitor brings a drawing or a picture, and a converted model answers."""

from typing import Any

from generator.config import DemoConfig
from generator.demos.parts import ModelFiles, Parts
from generator.errors import BuildError
from generator.render import Page

DESCRIPTION = {
    "pad": "Draw a {thing}",
    "file": "Bring a picture",
    "samples": "Choose a test image",
    "webcam": "Show it something",
}


def build(demo: DemoConfig, parts: Parts) -> Page:
    """Put the page together from a converted model and, if there is one, its data set.

    A model may come without a data set of ours (no test images to choose from), without a layers
    model, without a Keras file: the page then has none of that. Raises BuildError when
    it would have no way left to bring anything.
    """
    model = parts.models[demo.model]
    metadata = model.metadata
    manifest = parts.manifests.get(model.config.data)
    drawn = metadata.input.resize == "mnist"
    inputs = [name for name in demo.inputs if name != "samples" or manifest]
    if not inputs:
        raise BuildError(
            what="a visitor would have nothing to ask about",
            where=f"demo {demo.slug!r}, inputs",
            expected="pad, file or webcam, since there are no test images behind its model",
            found=", ".join(demo.inputs),
            fix="Add one of them.",
        )
    thing = parts.thing(model.config.data) if manifest else "drawing" if drawn else "picture"
    data = {
        "site": {"title": parts.config.title, "root": "../"},
        "slug": demo.slug,
        "title": demo.title,
        **parts.compute("predictor"),
        "data": f"../data/{model.config.data}/manifest.json" if manifest else None,
        "model": _links(demo.model, model),
        "answer": {
            "inputs": inputs,
            "top": min(demo.top, len(metadata.classes)),
            "unsure": demo.unsure / 100,
            # A few classes with short names have an order of their own, such as that of digits.
            "ranked": len(metadata.classes) > demo.top or max(map(len, metadata.classes)) > 2,
        },
    }
    return Page(
        "predictor",
        demo.slug,
        demo.title,
        demo.description or _describe(inputs[0], thing, model),
        data,
        **parts.script("predictor"),
        values={
            "metadata": metadata,
            "thing": thing,
            "drawn": drawn,
            # Only what the trainer page can have trained can be compared with it.
            "trainable": manifest is not None and manifest.layout == "rows",
        },
    )


def _links(name: str, model: ModelFiles) -> dict[str, Any]:
    folder = f"../models/{name}"
    accuracy = model.metadata.accuracy
    return {
        "name": name,
        "graph": f"{folder}/model_graph/model.json",
        "layers": f"{folder}/model_layers/model.json" if model.layers_bytes else None,
        "keras": f"{folder}/{model.keras_file}" if model.keras_file else None,
        "accuracy": accuracy["value"] if accuracy else None,
        "sizes": {"graph": model.graph_bytes, "layers": model.layers_bytes or None},
    }


def _describe(first: str, thing: str, model: ModelFiles) -> str:
    what = DESCRIPTION[first].format(thing=thing)
    if model.layers_bytes:
        return f"{what}: the same network answers as a graph model and as a layers model."
    return f"{what}: a network tells what it is, here in your browser."
