"""The fewest schools that a grant has to touch: all others get what its rule gives them by itself.

By itself a grant of rule formula gives by weight, one of rule closest last year's share, others what is owed
(F3-F5); none of these looks at the CV limits of F6. Which schools get something else is one binary each; the
limits are planes, added where a solution breaks them (`planes`). The model allows more than the limits, so its
optimum is a bound. Whether the schools that it touches are enough is decided by a cone program; if so, the
bound is met.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil

import numpy as np

from allocator.domain.choices import SplitRule
from allocator.domain.run import StopSignal
from allocator.funding.answer import Continuous
from allocator.funding.bounds import Bounds
from allocator.funding.closest import last_year_aims
from allocator.funding.evening import f6_limits, smallest_spread, whole_units
from allocator.funding.nearest import nearest_exact, nearest_within, within
from allocator.funding.planes import plane, too_wide
from allocator.funding.purse import Purse
from allocator.funding.rounding import rounded
from allocator.funding.target import Floats, Ints, StageTarget
from allocator.funding.weighing import formula
from allocator.solving.highs import Highs, Outcome
from allocator.solving.model import INFINITY, Bools, Entries, LinearModel
from allocator.solving.patience import Patience

PATIENCE_S = 30.0
"""Seconds for one grant where the run has no limit; schools owed next to nothing can take for ever."""
ROUNDS = 500
"""Solves before the bound is taken as it is."""
TIGHTER = 1 - 1e-7
"""Limits that leave room for whole units."""


@dataclass(frozen=True)
class Fewest:
    """Whole units of a split that touches `count` schools, and the bound; units None where none was found.

    `count` is that of the split; no split touches fewer schools than `bound` (None: no split keeps the limits).
    """

    units: tuple[int, ...] | None
    count: int | None
    bound: int | None


def fewest_schools(purse: Purse, bounds: Bounds, stop: StopSignal, gap: float = 1e-4) -> Fewest:
    """Split a grant so that every rule and limit holds and fewest schools get other than by the rule alone."""
    free = purse.units - sum(bounds.floors)
    low = np.array(bounds.floors, dtype=np.int64)
    high = np.minimum(np.array(bounds.caps, dtype=np.int64), low + max(0, free))
    if bounds.crossed or free < 0 or int((high - low).sum()) < free:
        return Fewest(None, None, None)
    limits = f6_limits(purse) or (INFINITY,) * len(purse.target.stages)
    return _Search(purse, bounds, (low, high), limits, stop, gap).run()


def by_rule_alone(purse: Purse, bounds: Bounds) -> Ints:
    """Whole units that each school gets by the grant's rule without F6; the floors where it has none."""
    if purse.rule is SplitRule.FORMULA:
        return np.array(formula(purse, bounds).units, dtype=np.int64)
    if purse.rule is SplitRule.CLOSEST:
        exact = nearest_exact(purse, bounds, last_year_aims(purse))
        if exact is not None:
            return np.array(rounded(exact, purse.units), dtype=np.int64)
    return np.array(bounds.floors, dtype=np.int64)


class _Search:
    """Solve, look whether the schools touched are enough, add what excludes them if not."""

    def __init__(
        self,
        purse: Purse,
        bounds: Bounds,
        ends: tuple[Ints, Ints],
        limits: Sequence[float],
        stop: StopSignal,
        gap: float,
    ) -> None:
        self.purse, self.bounds, self.limits, self.stop, self.gap = purse, bounds, tuple(limits), stop, gap
        self.low, self.high = ends
        self.alone = by_rule_alone(purse, bounds)
        self.schools = np.flatnonzero(self.high > self.low)
        # Units of a whole step up and of a whole step down from what the rule alone gives.
        self.up = (self.high - self.alone)[self.schools].astype(float)
        self.down = (self.alone - self.low)[self.schools].astype(float)
        self.model = LinearModel()
        count = len(self.schools)
        self.touched = self.model.add_columns(0.0, np.ones(count), integer=True)
        self.parts = self.model.add_columns(0.0, np.ones(2 * count))

    def run(self) -> Fewest:
        """Search from no school upwards."""
        if self._kept(self.alone) and int(self.alone.sum()) == self.purse.units:
            return Fewest(tuple(int(x) for x in self.alone), 0, 0)
        if not len(self.schools):
            return Fewest(None, None, None)
        self._rows()
        cost = np.zeros(self.model.columns)
        cost[self.touched] = 1.0
        bound, best = 0, self._narrowed()
        patience = Patience.within(self.stop)
        if self.stop.limits.time_s is None:
            patience.until = self.stop.seconds + PATIENCE_S
        for _ in range(ROUNDS):
            found = Highs(self.model, self.stop.limits, patience).integers(cost, gap=0.999)
            if found.outcome is Outcome.INFEASIBLE:
                return replace(best, bound=bound if best.units is not None or not self._impossible() else None)
            if found.bound is not None:
                bound = max(bound, ceil(found.bound - 1e-6))
            if found.x is None:
                break
            chosen = np.zeros(len(self.low), dtype=bool)
            chosen[self.schools[found.x[self.touched] > 0.5]] = True
            best = self._better(best, self._split(chosen))
            if best.count is not None and best.count <= bound:
                return replace(best, bound=best.count)
            if patience.now or not self._exclude(chosen, self._units(found.x)):
                break
        return replace(best, bound=bound)

    def _narrowed(self) -> Fewest:
        """A split to begin from: of all schools, only those touched that a split of everybody changes most."""
        everyone = np.zeros(len(self.low), dtype=bool)
        everyone[self.schools] = True
        units = self._split(everyone)
        best = self._better(Fewest(None, None, 0), units)
        if units is None:
            return best
        order = np.argsort(-np.abs(np.array(units) - self.alone)[self.schools], kind="stable")
        least, most = 0, best.count or 0
        while least + 1 < most:
            middle = (least + most) // 2
            chosen = np.zeros(len(self.low), dtype=bool)
            chosen[self.schools[order[:middle]]] = True
            units = self._split(chosen)
            best = self._better(best, units)
            least, most = (middle, most) if units is None else (least, middle)
        return best

    def _impossible(self) -> bool:
        """Whether the smallest spread of all splits is proven above the limits: a second word on it."""
        everyone = np.ones(len(self.low), dtype=bool)
        only = self._only(everyone)
        exact = nearest_exact(self.purse, only, [Fraction(int(x)) for x in self.alone])
        if exact is None:
            return True
        least = smallest_spread(self.purse, only, self.limits, exact, self.stop, self.gap)
        return least.bound is not None and least.bound > 1

    def _rows(self) -> None:
        """The sum is right; only who is touched gets more or less."""
        step, count = np.concatenate((self.up, -self.down)), len(self.schools)
        missing, size = self.purse.units - int(self.alone.sum()), max(1.0, float(np.abs(step).max(initial=0.0)))
        self.model.add_row(missing / size, missing / size, self.parts, step / size)
        entries = Entries()
        entries.add(np.arange(2 * count), self.parts, 1.0)
        entries.add(np.arange(2 * count), np.tile(self.touched, 2), -1.0)
        self.model.add_rows(np.full(2 * count, -INFINITY), np.zeros(2 * count), entries)

    def _units(self, x: Floats) -> Floats:
        """Units of a solution."""
        units, part = self.alone.astype(float), np.clip(x[self.parts], 0.0, 1.0)
        count = len(self.schools)
        units[self.schools] += self.up * part[:count] - self.down * part[count:]
        return units

    def _kept(self, units: Sequence[int] | Ints) -> bool:
        return within(self.purse, np.array(units, dtype=float), self.limits)

    def _better(self, best: Fewest, units: Sequence[int] | None) -> Fewest:
        if units is None:
            return best
        count = int(np.count_nonzero(np.array(units) != self.alone))
        return best if best.count is not None and best.count <= count else Fewest(tuple(units), count, None)

    def _only(self, chosen: Bools) -> Bounds:
        """Bounds that leave room to the chosen schools alone."""
        low, high = (np.where(chosen, end, self.alone) for end in (self.low, self.high))
        return replace(
            self.bounds,
            floors=tuple(int(x) for x in low),
            caps=tuple(int(x) for x in high),
            capped=tuple(bool(c or not z) for c, z in zip(self.bounds.capped, chosen, strict=True)),
        )

    def _split(self, chosen: Bools) -> Sequence[int] | None:
        """Whole units nearest to the rule alone that keep the limits and touch chosen schools only."""
        purse, only = self.purse, self._only(chosen)
        aims = [Fraction(int(x)) for x in self.alone]
        exact = nearest_exact(purse, only, aims)
        if exact is None:
            return None
        units: Sequence[int] = rounded(exact, purse.units)
        if self._kept(units):
            return units
        tight = [c * TIGHTER for c in self.limits]
        _, near = nearest_within(purse, only, self.alone.astype(float), tight, self.stop)
        if near is None:
            least = smallest_spread(purse, only, self.limits, exact, self.stop, self.gap)
            near = Continuous(least.units, least.value, least.bound)
        units = whole_units(purse, only, near, self.limits)
        return units if self._kept(units) else None

    def _exclude(self, chosen: Bools, units: Floats) -> bool:
        """Add planes at a solution and at the least spread of its schools; say whether anything was added.

        Where that spread is proven above the limits, one school more is needed beyond those chosen.
        """
        only = self._only(chosen)
        exact = nearest_exact(self.purse, only, [Fraction(int(x)) for x in self.alone])
        points, added = [units], False
        if exact is not None:
            least = smallest_spread(self.purse, only, self.limits, exact, self.stop, self.gap)
            points.append(least.units)
            if least.bound is not None and least.bound > 1:
                self.model.add_row(1.0, INFINITY, self.touched[~chosen[self.schools]], 1.0)
                added = True
        for point in points:
            for stage, limit in too_wide(self.purse.target, self.limits, point):
                added |= self._cut(stage, limit, point)
        return added

    def _cut(self, stage: StageTarget, limit: float, units: Floats) -> bool:
        found = plane(self.purse.target, stage, limit, units)
        if found is None:
            return False
        own = found.slope[self.schools]
        slope = np.concatenate((own * self.up, -own * self.down))
        most = found.most - float(found.slope @ self.alone)
        scale = max(float(np.abs(slope).max(initial=0.0)), abs(most), 1e-300)
        self.model.add_row(-INFINITY, most / scale, self.parts, slope / scale)
        return True
