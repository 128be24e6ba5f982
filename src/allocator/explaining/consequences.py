"""Levels under a condition against the best without it, with proven limits of the difference."""

from __future__ import annotations

from collections.abc import Sequence

from allocator.domain.explanation import Consequence, LevelChange
from allocator.domain.plan import Level, Moves, Status


def consequence(
    status: Status, base: Sequence[Level], levels: Sequence[Level], moves: Moves | None = None, rule: str = ""
) -> Consequence:
    """Compare level by level; the true best of either lies between its bound and its value."""
    changes = tuple(_change(b, level) for b, level in zip(base, levels, strict=False))
    return Consequence(status, changes, moves, rule)


def _change(base: Level, level: Level) -> LevelChange:
    return LevelChange(
        name=level.name,
        unit=level.unit,
        base=base.value,
        value=level.value,
        least=None if level.bound is None else level.bound - base.value,
        most=None if base.bound is None else level.value - base.bound,
    )
