"""What one move of a plan does by itself: the plan with it against the plan without it, all else as it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from allocator.domain.choices import Stage
from allocator.domain.district import District
from allocator.domain.measures import MOVABLE, CountyMeasure, IndicatorRow, StaffingRow
from allocator.domain.plan import Move
from allocator.domain.policy import Policy
from allocator.indicators.inequality import Floats, weighted_cv
from allocator.indicators.measuring import measure
from allocator.indicators.sections import PER_HUNDRED, better_degrees, collect, counts_in
from allocator.indicators.staffing import staffing
from allocator.indicators.verdicts import reaches, within

NOTICEABLE = 1e-12
"""Differences of an indicator below this are rounding."""


class Marginals:
    """Differences that single moves of one plan make, each found without measuring the district anew.

    Parameters
    ----------
    district, policy
        What the plan was made for.
    moves
        The plan, of the right form (R1).
    """

    def __init__(self, district: District, policy: Policy, moves: Sequence[Move]) -> None:
        after = collect(district, policy, moves)
        self._policy = policy
        self._teachers = district.teacher_by_id
        self._degrees = better_degrees(policy)
        self._row = {key: n for n, key in enumerate(after.keys)}
        self._pupils = after.pupils
        self._counts = after.amounts[:, : len(MOVABLE)]
        stages = np.array([stage.value for _, stage in after.keys])
        self._of_stage = {stage: np.flatnonzero(stages == stage.value) for stage in Stage}
        self._counties = {(c.stage, c.indicator): c for c in measure(district, policy, moves).counties}
        rows = staffing(district, policy, moves)
        self._staffing = {(r.school_id, r.stage, r.subject): r for r in rows}

    def staffing(self, move: Move) -> tuple[tuple[StaffingRow, StaffingRow], ...]:
        """Subjects of the two sections whose head count differs: (with the move, without), as in `staffing`."""
        own = self._teachers[move.teacher_id]
        changes = {
            (move.from_school_id, move.stage, own.subject): 1,
            (move.to_school_id, move.stage, move.subject): -1,
        }
        return tuple(
            (row, StaffingRow(*key, row.posts, row.before, row.after + changes[key]))
            for key, row in self._staffing.items()
            if key in changes
        )

    def indicators(self, move: Move) -> tuple[IndicatorRow, ...]:
        """The county's CVs, then the new section's indicators, as far as they differ.

        `before` is without the move, `after` with it.
        """
        counts = self._counts.copy()
        teacher = self._teachers[move.teacher_id]
        here = self._row.get((move.from_school_id, move.stage))
        there = self._row.get((move.to_school_id, move.stage))
        if here is None or there is None or np.isnan(counts).any():
            return ()
        counts[here] += counts_in(teacher, teacher.subject, self._degrees)
        counts[there] -= counts_in(teacher, move.subject, self._degrees)
        touched = np.flatnonzero((counts != self._counts).any(axis=0))
        county = [self._county(move.stage, int(k), counts[:, k]) for k in touched]
        return (*(row for row in county if row is not None), *self._section(move, there, counts))

    def _county(self, stage: Stage, k: int, counts: Floats) -> IndicatorRow | None:
        present: CountyMeasure = self._counties[stage, MOVABLE[k]]
        rows = self._of_stage[stage]
        pupils = np.where(self._pupils[rows] >= 1, self._pupils[rows], np.nan)
        values = counts[rows] * PER_HUNDRED[k] / pupils
        known = ~np.isnan(values)
        cv = weighted_cv(values[known], pupils[known])
        if abs((cv or 0.0) - (present.cv or 0.0)) <= NOTICEABLE:
            return None
        met = None if cv is None else within(cv, present.limit)
        return IndicatorRow(stage, None, MOVABLE[k], cv, present.cv, present.limit, met, present.met)

    def _section(self, move: Move, row: int, counts: Floats) -> Iterator[IndicatorRow]:
        pupils = self._pupils[row]
        if not pupils >= 1:
            return
        thresholds = self._policy.thresholds(move.stage)
        for k, indicator in enumerate(MOVABLE):
            without, present = (c[row, k] * PER_HUNDRED[k] / pupils for c in (counts, self._counts))
            if abs(without - present) > NOTICEABLE:
                threshold = thresholds[indicator]
                met = (bool(reaches(v, np.float64(threshold))) for v in (without, present))
                values = (float(without), float(present), threshold)
                yield IndicatorRow(move.stage, move.to_school_id, indicator, *values, *met)
