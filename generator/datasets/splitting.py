"""Seeded, stratified splits: every class in every part, in its proportion."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.int64]


def stratified(labels: npt.NDArray[Any], shares: Sequence[float], seed: int) -> list[Rows]:
    """Deal the rows of `labels` [n] out to parts of these shares, which add up to 1.

    Of each class a part gets its share, rounded down; rows that are left over go to the parts
    that lost most by that, the earlier part where two lost the same. A part that would get none
    gets one from the part with the most, where the class has as many rows as there are parts.
    Within a part, each class's first row comes before all others, then classes alternate in
    proportion: the first rows are a fair sample, too, and hold every class. The same seed gives
    the same rows (NumPy's PCG64).
    """
    rng = np.random.default_rng(seed)
    dealt: list[list[Rows]] = [[] for _ in shares]
    places: list[list[npt.NDArray[np.float64]]] = [[] for _ in shares]
    for label in np.unique(labels):
        rows = rng.permutation(np.flatnonzero(labels == label))
        counts = _counts(len(rows), shares)
        for part, own in enumerate(np.split(rows, np.cumsum(counts)[:-1])):
            where = (np.arange(len(own)) + rng.random(len(own))) / max(1, len(own))
            where[:1] -= 1
            dealt[part].append(own)
            places[part].append(where)
    return [
        np.concatenate(rows)[np.argsort(np.concatenate(where), kind="stable")]
        for rows, where in zip(dealt, places, strict=True)
    ]


def limited(labels: npt.NDArray[Any], limit: int, least: int, seed: int) -> Rows:
    """Choose at most `limit` rows of `labels` [n], in ascending order.

    Of each class its share, but at least `least` rows, or all where it has no more; rounded down,
    and up where that loses most, so that exactly `limit` rows are chosen if there are as many.
    Raises ValueError when `limit` is too small for the least of each class.
    """
    if limit >= len(labels):
        return np.arange(len(labels))
    names, counts = np.unique(labels, return_counts=True)
    fixed = np.minimum(counts, least)
    if fixed.sum() > limit:
        raise ValueError(f"{len(names)} classes need {fixed.sum()} rows or more, not {limit}")
    quotas = _rounded(_shared(counts, fixed, limit), limit)
    rng = np.random.default_rng(seed)
    chosen = [
        rng.permutation(np.flatnonzero(labels == name))[:quota]
        for name, quota in zip(names, quotas, strict=True)
    ]
    return np.sort(np.concatenate(chosen))


def _counts(rows: int, shares: Sequence[float]) -> npt.NDArray[np.int64]:
    """How many of a class's rows each part gets."""
    counts = _rounded(rows * np.asarray(shares, np.float64), rows)
    while rows >= len(counts) and counts.min() == 0:
        counts[counts.argmax()] -= 1
        counts[counts.argmin()] += 1
    return counts


def _shared(
    counts: npt.NDArray[np.int64], least: npt.NDArray[np.int64], total: int
) -> npt.NDArray[np.float64]:
    """Share `total` out in proportion to `counts`; who would get too little gets the least."""
    low = np.zeros(len(counts), bool)
    while True:
        rest = (total - least[low].sum()) / max(1, counts[~low].sum())
        shares: npt.NDArray[np.float64] = np.where(low, least, counts * rest)
        if (shares >= least).all():
            return shares
        low |= shares < least


def _rounded(exact: npt.NDArray[np.float64], total: int) -> npt.NDArray[np.int64]:
    """Round to whole numbers that add up to `total`, by largest remainders."""
    counts = np.floor(exact).astype(np.int64)
    remainders = np.argsort(counts - exact, kind="stable")  # the largest first
    counts[remainders[: total - counts.sum()]] += 1
    return counts
