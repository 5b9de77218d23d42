from pathlib import Path

import pytest

from generator import pictures
from generator.cache import Cache
from generator.config import DemoConfig
from generator.datasets import shapes


def test_a_card_is_drawn_once_for_the_same_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache, datasets = Cache(tmp_path), {"s": shapes.load()}
    one, two = (DemoConfig("trainer", slug, slug, data="s") for slug in ("one", "two"))
    card = pictures.draw_card(one, datasets, {}, cache)
    monkeypatch.setattr(pictures, "draw_mosaic", lambda *_: pytest.fail("it is drawn again"))
    assert pictures.draw_card(two, datasets, {}, cache) == card
    assert card.read_bytes()[8:12] == b"WEBP"


def test_a_demo_without_data_shows_its_classes(tmp_path: Path) -> None:
    demos = [
        DemoConfig("transfer", "d", "D", classes=classes) for classes in (("a", "b"), ("a", "c"))
    ]
    cards = [pictures.draw_card(demo, {}, {}, Cache(tmp_path)) for demo in demos]
    assert cards[0].read_bytes() != cards[1].read_bytes()
