"""Demands: how many of certain teachers must or may move. A roll-out over years puts them on single years."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from allocator.solving.model import Ints


@dataclass(frozen=True, slots=True)
class Demand:
    """Of these teachers (by code) at least and at most so many move; `most` None is no limit."""

    teachers: frozenset[str]
    least: int = 0
    most: int | None = None


def membership(teachers: Sequence[str], demands: Sequence[Demand]) -> Ints:
    """Number teachers by the demands that speak of them, shape (teachers,); 0 for all where there is none."""
    if not demands:
        return np.zeros(len(teachers), dtype=np.int64)
    inside = np.array([[t in demand.teachers for demand in demands] for t in teachers], dtype=np.int8)
    numbers: Ints = np.unique(inside, axis=0, return_inverse=True)[1].reshape(-1).astype(np.int64)
    return numbers
