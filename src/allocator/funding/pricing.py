"""Shadow prices of a grant: what more money, a smaller CV limit or a higher floor does to its first level.

Where the split is exact (formula, leximin, closest within F6, balance without spread) prices and ranges follow
from one piece of the exact split. Where a CV limit binds they are the duals of the cone program, and ranges are
bracketed by solving again (`bracketing.py`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from allocator.domain.choices import SplitRule
from allocator.domain.funding import ShadowPrice
from allocator.domain.run import StopSignal
from allocator.funding.bounds import Bounds, Terms, bounds
from allocator.funding.bracketing import bracketed_prices
from allocator.funding.closest import last_year_aims
from allocator.funding.evening import f6_limits
from allocator.funding.formula import Filled, Slopes
from allocator.funding.nearest import equal_aims, nearest_exact, within
from allocator.funding.parametric import Direction, Distance, Face, Step
from allocator.funding.purse import Purse
from allocator.funding.target import Floats
from allocator.funding.weighing import solved, water_levels

DEAREST = 5
"""Schools whose own floor is priced: those whose floor changes the level most."""
EVEN = 1e-9
"""A spread below this is none."""


def grant_prices(purse: Purse, found: Bounds, stop: StopSignal, gap: float) -> tuple[ShadowPrice, ...]:
    """Prices of a grant that can be split; none for a grant of 0 yuan."""
    if not purse.units:
        return ()
    if purse.rule in (SplitRule.FORMULA, SplitRule.BUNDLED, SplitRule.LEXIMIN):
        return _by_level(purse, found)
    aims = last_year_aims(purse) if purse.rule is SplitRule.CLOSEST else equal_aims(purse)
    split = nearest_exact(purse, found, aims)
    if split is None:
        return ()
    if purse.rule is SplitRule.CLOSEST:
        limits = f6_limits(purse)
        if limits is None or within(purse, split.amounts, limits):
            return (*_Nearest(purse, found, split, aims).prices(), *_slack(purse, split, limits))
    elif (purse.target.spread(split.amounts) or 0.0) <= EVEN:
        return _even(purse, found, split, aims)
    return bracketed_prices(purse, found, aims, stop, gap, DEAREST)


def _by_level(purse: Purse, found: Bounds) -> tuple[ShadowPrice, ...]:
    """The rules formula and leximin: lambda itself, in yuan a unit of weight or shares of the threshold."""
    if purse.rule is not SplitRule.LEXIMIN:
        return _Rising(purse, found, Slopes(purse.weights), "factor", purse.unit).prices()
    slopes, offsets = water_levels(purse)
    worth = purse.unit if purse.target.indicator is None else Fraction(1)
    return _Rising(purse, found, Slopes(slopes, offsets), "lowest", worth).prices()


def _slack(purse: Purse, split: Filled, limits: Sequence[float] | None) -> list[ShadowPrice]:
    """Limits that do not bind: a point less changes nothing down to the CV that the split has."""
    totals = purse.target.totals(split.amounts)
    return [
        ShadowPrice(f"limit.{stage.stage.value}", "change", 0.0, low=cv)
        for stage in (purse.target.stages if limits is not None else ())
        if (cv := stage.cv(totals)) is not None
    ]


def _even(purse: Purse, found: Bounds, split: Filled, aims: Sequence[Fraction]) -> tuple[ShadowPrice, ...]:
    """Money that is spread without any difference: nothing changes as long as no bound is met."""
    return tuple(
        replace(price, level="spread", price=0.0, curve=0.0)
        for price in _Nearest(purse, found, split, aims).prices()
    )


@dataclass(frozen=True)
class _Exact(ABC):
    """Prices on one piece of an exact split; what a step does to the level is the rule's own."""

    purse: Purse
    found: Bounds

    def prices(self) -> tuple[ShadowPrice, ...]:
        """Price a yuan more, a yuan a pupil more of the grant's floor, and the dearest schools' floors."""
        face, unit = self.face(), self.purse.unit
        money = self._priced(face, self.money(), Fraction(self.purse.units) * unit, 1 / unit, "amount")
        if money is None:
            return ()
        prices = [money, *self._floor_of_grant(face)]
        for i in self._dearest(face):
            way, here = Direction(floors={i: Fraction(1)}), self.found.floors[i] * unit
            ends = [(Fraction(self.found.floors[i]), Fraction(1)), *self._under_cap(face, i, Fraction(1))]
            price = self._priced(face, way, here, 1 / unit, "floor", ends)
            if price is not None:
                prices.append(replace(price, school_id=self.purse.schools[i].school_id))
        return tuple(prices)

    def _priced(
        self,
        face: Face,
        way: Direction,
        here: Fraction,
        per: Fraction,
        of: str,
        more: Sequence[Distance] = (),
    ) -> ShadowPrice | None:
        """Price of one step; `here` is the present value of the thing, `per` units of theta each of its own."""
        step = face.step(way, more)
        if step is None:
            return None
        level, price, curve, step = self.effect(face, way, step)
        low, high = (None if end is None else float(here + end / per) for end in (step.low, step.high))
        return ShadowPrice(of, level, price * float(per), low, high, curve * float(per) ** 2)

    def _floor_of_grant(self, face: Face) -> list[ShadowPrice]:
        """A yuan a pupil more of F4; nothing where the grant sets none, or a school has no room for it."""
        purse = self.purse
        terms = Terms.of(purse.grant, purse.policy)
        if not terms.floor_per_pupil:
            return []
        other = bounds(purse, replace(terms, floor_per_pupil=Fraction(0))).floors
        asked = [terms.floor_per_pupil * n / purse.unit for n in purse.pupils]
        more: list[Distance] = []
        raised: dict[int, Fraction] = {}
        for i, n in enumerate(purse.pupils):
            if not n:
                continue
            each = n / purse.unit
            if self.found.rules[i] == "F4":
                raised[i] = each
                more += [(max(asked[i] - other[i], Fraction(0)), each), *self._under_cap(face, i, each)]
            else:
                more.append((max(other[i] - asked[i], Fraction(0)), -each))
        if any(self.found.floors[i] == self.found.caps[i] for i in raised):
            return []
        way = Direction(floors=raised)
        found = self._priced(face, way, Fraction(terms.floor_per_pupil), Fraction(1), "floor_per_pupil", more)
        return [] if found is None else [found]

    def _under_cap(self, face: Face, i: int, each: Fraction) -> list[Distance]:
        """No floor can rise above its school's cap."""
        if not self.found.capped[i]:
            return []
        return [(Fraction(face.caps[i] - self.found.floors[i]), -each)]

    def _dearest(self, face: Face) -> list[int]:
        """Schools at their floor, those first that it keeps furthest above their part."""
        above = {i: self.weight(i) * float(self.found.floors[i] - face.amount(i)) for i in face.at_floor()}
        known = [i for i in above if self.found.rules[i]]
        return sorted(known, key=lambda i: (-above[i], self.purse.schools[i].school_id))[:DEAREST]

    @abstractmethod
    def face(self) -> Face:
        """The linear piece that the split lies on."""

    def money(self) -> Direction:
        """One unit more to split."""
        return Direction(total=Fraction(1))

    @abstractmethod
    def weight(self, i: int) -> float:
        """How much a unit above a school's part counts."""

    @abstractmethod
    def effect(self, face: Face, way: Direction, step: Step) -> tuple[str, float, float, Step]:
        """Level, its first and second order change a unit of theta, and the step as far as that holds."""


@dataclass(frozen=True)
class _Rising(_Exact):
    """The level is lambda times `worth`; the lowest section stays where a cap keeps it below lambda."""

    shape: Slopes
    level: str
    worth: Fraction

    def face(self) -> Face:
        split = solved(self.purse, self.found, self.shape)
        return Face.of(self.found, self.purse.units + 1, self.shape, split.scale)

    def weight(self, i: int) -> float:
        return 1.0 if self.shape.slopes[i] else 0.0

    def effect(self, face: Face, way: Direction, step: Step) -> tuple[str, float, float, Step]:  # noqa: ARG002  one signature for all rules
        if self.level != "lowest":
            return self.level, float(step.rate * self.worth), 0.0, step
        still = [i for i in face.still() if i < self.purse.inside]
        capped = [i for i in face.moving[face.sides > 0].tolist() if face.amount(i) > face.caps[i]]
        if capped or any(face.amount(i) > face.caps[i] for i in still):
            return self.level, 0.0, 0.0, step
        if step.rate:
            ends = [(face.caps[i] - face.amount(i)) / (step.rate * face.shape.slopes[i]) for i in still]
            end, most, least = step.rate > 0, [*ends, *_known(step.high)], [*ends, *_known(step.low)]
            step = (
                replace(step, high=min(most, default=None))
                if end
                else replace(step, low=max(least, default=None))
            )
        return self.level, float(step.rate * self.worth), 0.0, step


@dataclass(frozen=True)
class _Nearest(_Exact):
    """The level is the sum of (x_i - a_i)^2 / P_i, where the aims grow with the money."""

    split: Filled
    aims: Sequence[Fraction]

    def face(self) -> Face:
        shape = Slopes(self.purse.pupils, self.aims)
        return Face.of(self.found, self.purse.units + 1, shape, self.split.scale)

    def money(self) -> Direction:
        return Direction(total=Fraction(1), offsets=[aim / self.purse.units for aim in self.aims])

    def weight(self, i: int) -> float:
        return 1.0 / self.purse.pupils[i]

    def effect(self, face: Face, way: Direction, step: Step) -> tuple[str, float, float, Step]:
        counts = self.purse.counts
        aimed = np.zeros(len(counts)) if way.offsets is None else np.array([float(o) for o in way.offsets])
        moved = self._moved(face, way, float(step.rate), aimed)
        counted = counts > 0
        apart = (self.split.amounts - np.array([float(a) for a in self.aims]))[counted]
        change, size = (moved - aimed)[counted], float(self.purse.unit) ** 2
        first = 2 * float(np.sum(apart * change / counts[counted]))
        return "change", first * size, float(np.sum(change**2 / counts[counted])) * size, step

    def _moved(self, face: Face, way: Direction, rate: float, aimed: Floats) -> Floats:
        """Shape (n,): change of each amount a unit of theta."""
        moved = np.zeros(len(aimed))
        free = face.moving[face.sides == 0]
        moved[free] = rate * self.purse.counts[free] + aimed[free]
        for i in face.at_floor():
            moved[i] = float(way.floors.get(i, 0))
        return moved


def _known(end: Fraction | None) -> list[Fraction]:
    return [] if end is None else [end]
