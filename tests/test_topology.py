"""The topologies that the browser code's tests train are those that the generator writes."""

import json
from pathlib import Path

import numpy as np
import pytest

from generator.cache import Cache
from generator.conversion.layers import topology
from generator.data import SPLITS, Dataset, Split
from generator.errors import BuildError
from generator.models import digits
from generator.stages import make_topology

FIXTURES = Path(__file__).parent / "fixtures"


@pytest.mark.parametrize("name", ["codelab", "course"])
def test_the_browser_tests_train_the_networks_of_the_pages(name: str) -> None:
    model = digits.find(name).build((28, 28, 1), 10, seed=1)
    assert topology(model) == json.loads((FIXTURES / f"{name}.json").read_text())


def test_large_images_are_refused_before_a_page_is_made_of_them(tmp_path: Path) -> None:
    images = np.zeros((3, 128, 128, 3), np.uint8)
    splits = {name: Split(images, np.zeros(3, np.uint8)) for name in SPLITS}
    dataset = Dataset("big", "Big", "CC0", "a test", ("a", "b"), (128, 128, 3), splits, "id")
    with pytest.raises(BuildError, match=r"\[data\.big\]: the images are too large.*found 128"):
        make_topology(digits.find("codelab"), dataset, Cache(tmp_path))
