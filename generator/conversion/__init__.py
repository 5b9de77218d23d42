"""From a Keras model of any kind to TensorFlow.js models, and the proof that they agree."""

import pkgutil
from importlib import import_module
from types import ModuleType


def modules() -> list[ModuleType]:
    """All modules of this package: what the cache key of a conversion has to hold."""
    return [import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__)]
