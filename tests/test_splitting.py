import numpy as np
import pytest

from generator.datasets.splitting import limited, stratified

LABELS = np.repeat([0, 1, 2], [700, 290, 10])
SHARES = (0.8, 0.1, 0.1)


def test_every_row_is_dealt_once_in_proportion() -> None:
    parts = stratified(LABELS, SHARES, seed=1)
    assert sorted(np.concatenate(parts).tolist()) == list(range(1000))
    counts = [np.bincount(LABELS[part]).tolist() for part in parts]
    assert counts == [[560, 232, 8], [70, 29, 1], [70, 29, 1]]


def test_halves_go_to_the_earlier_part() -> None:
    parts = stratified(np.zeros(5), (0.5, 0.5), seed=1)
    assert [len(part) for part in parts] == [3, 2]


@pytest.mark.parametrize("rows", [3, 4, 5, 7, 12])
def test_a_small_class_is_in_every_part(rows: int) -> None:
    labels = np.repeat([0, 1], [100, rows])
    for part in stratified(labels, SHARES, seed=3):
        assert set(labels[part]) == {0, 1}


def test_a_class_with_fewer_rows_than_parts_goes_where_most_goes() -> None:
    assert [len(part) for part in stratified(np.zeros(2), SHARES, seed=1)] == [2, 0, 0]


def test_the_same_seed_gives_the_same_rows() -> None:
    first, second, other = (stratified(LABELS, SHARES, seed) for seed in (1, 1, 2))
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))
    assert set(first[1].tolist()) != set(other[1].tolist())


def test_every_beginning_is_a_fair_sample() -> None:
    order = LABELS[stratified(LABELS, (1.0,), seed=1)[0]]
    assert set(order[:3]) == {0, 1, 2}
    shares = np.array([0.7, 0.29, 0.01])
    for count in range(1, 1001):
        assert (abs(np.bincount(order[:count], minlength=3) - shares * count) <= 2).all()


def test_names_may_be_labels() -> None:
    parts = stratified(np.array(["b", "a", "a", "b"]), (0.5, 0.5), seed=1)
    assert [len(part) for part in parts] == [2, 2]


def test_a_limit_leaves_each_class_its_share() -> None:
    rows = limited(LABELS, 100, least=3, seed=1)
    assert np.bincount(LABELS[rows]).tolist() == [69, 28, 3]
    assert (np.diff(rows) > 0).all()
    assert np.array_equal(rows, limited(LABELS, 100, least=3, seed=1))


@pytest.mark.parametrize("limit", [9, 10, 50, 333, 999, 1000])
def test_a_limit_is_reached_and_kept(limit: int) -> None:
    rows = limited(LABELS, limit, least=3, seed=1)
    assert len(rows) == len(set(rows)) == limit
    assert np.bincount(LABELS[rows]).min() >= 3


def test_a_limit_above_all_keeps_all() -> None:
    assert len(limited(LABELS, 5000, least=3, seed=1)) == 1000


def test_a_limit_that_leaves_too_little_is_refused() -> None:
    with pytest.raises(ValueError, match="3 classes need 9 rows or more, not 8"):
        limited(LABELS, 8, least=3, seed=1)
