"""The topologies that the browser code's tests train are those that the generator writes."""

import json
from pathlib import Path

import pytest

from generator.convert import topology
from generator.models import digits

FIXTURES = Path(__file__).parent / "fixtures"


@pytest.mark.parametrize("name", ["codelab", "course"])
def test_the_browser_tests_train_the_networks_of_the_pages(name: str) -> None:
    model = digits.find(name).build((28, 28, 1), 10, seed=1)
    assert topology(model) == json.loads((FIXTURES / f"{name}.json").read_text())
