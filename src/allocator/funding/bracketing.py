"""Prices where a CV limit binds: duals of the cone program, and ranges found by solving again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from allocator.domain.choices import SplitRule
from allocator.domain.funding import ShadowPrice
from allocator.domain.run import StopSignal
from allocator.funding.answer import Duals
from allocator.funding.bounds import Bounds, Terms, bounds
from allocator.funding.closest import last_year_aims
from allocator.funding.evening import f6_limits, smallest_spread
from allocator.funding.nearest import equal_aims, nearest_exact, nearest_priced, nearest_within
from allocator.funding.purse import Purse
from allocator.funding.spread import LeastSpread, spread_duals
from allocator.funding.target import Floats

OFF = 0.1
"""A price holds as long as the level is off it by at most this share of the change."""
PRECISE = 1e-7
"""Gap asked of the solves that are compared."""
NOISE = 1e-5
"""Changes of a level below this share of it are not told from the precision of a solve."""
NONE = 1e-6
"""A spread below this is none: all sections can be made alike."""
HALVINGS = 9
"""The smallest range looked for: one in so many halvings of the largest."""
FINER = 3


def bracketed_prices(
    purse: Purse, found: Bounds, aims: Sequence[Fraction], stop: StopSignal, gap: float, dearest: int
) -> tuple[ShadowPrice, ...]:
    """Prices of the smallest spread, or of the least change within F6.

    Parameters
    ----------
    dearest
        Number of schools whose floor is priced.
    """
    problem = _Problem.of(purse, found, aims, stop, min(gap, PRECISE))
    return () if problem is None else tuple(problem.prices(dearest))


@dataclass(frozen=True)
class _Problem:
    """A cone program as a function of what may change: units, floors and limits."""

    purse: Purse
    found: Bounds
    limits: tuple[float, ...]
    level: str
    value: float
    duals: Duals
    rising: float
    stop: StopSignal
    gap: float

    @classmethod
    def of(
        cls, purse: Purse, found: Bounds, aims: Sequence[Fraction], stop: StopSignal, gap: float
    ) -> _Problem | None:
        """Solve once; None where the solver gave up."""
        standard = purse.rule is SplitRule.BALANCE
        limits = purse.target.limits(standard=True) if standard else f6_limits(purse) or ()
        if not standard:
            wanted = np.array([float(a) for a in aims])
            best = nearest_priced(purse, found, wanted, limits, stop)
            if best is not None and best.duals is not None:
                rising = _aims_rise(purse, best.amounts, wanted)
                return cls(purse, found, limits, "change", best.value, best.duals, rising, stop, gap)
        least = _least(purse, found, limits, stop, gap)
        if least is not None and least.value <= NONE:
            nothing = Duals(0.0, (0.0,) * len(limits), np.zeros(len(found.floors)))
            return cls(purse, found, limits, "spread", least.value, nothing, 0.0, stop, gap)
        duals = None if least is None else spread_duals(purse, found, limits, least, stop)
        if least is None or duals is None:
            return None
        return cls(purse, found, limits, "spread", least.value, duals, 0.0, stop, gap)

    def at(self, purse: Purse, found: Bounds, limits: tuple[float, ...]) -> float | None:
        """Solve for other numbers; None where there is no split."""
        if found.crossed or not sum(found.floors) <= purse.units <= sum(found.caps) or self.stop.now:
            return None
        if self.level == "spread":
            least = _least(purse, found, limits, self.stop, self.gap)
            return None if least is None else least.value
        wanted = np.array([float(a) for a in last_year_aims(purse)])
        _, best = nearest_within(purse, found, wanted, limits, self.stop)
        return None if best is None else best.value

    def prices(self, dearest: int) -> list[ShadowPrice]:
        """All prices with their ranges."""
        prices = [self._amount(), *(self._limit(k) for k in range(len(self.limits)))]
        floor = self._floor_of_grant()
        prices += [] if floor is None else [floor]
        costs = self.duals.floors
        at = [i for i in np.argsort(-np.abs(costs), kind="stable").tolist() if self.found.rules[i]]
        worth = float(np.abs(costs).max(initial=0.0)) * NOISE
        return prices + [self._floor(i) for i in at[:dearest] if abs(costs[i]) > worth]

    def _amount(self) -> ShadowPrice:
        purse, unit = self.purse, float(self.purse.unit)

        def moved(units: float) -> float | None:
            richer = replace(purse, units=purse.units + round(units))
            return self.at(richer, _for(richer, self.found), self.limits)

        price = self.duals.total + self.rising
        low, high = self._range(moved, price, (purse.units / 2, purse.units), 1.0)
        here = purse.units
        return self._price("amount", price / unit, (here - low) * unit, (here + high) * unit)

    def _limit(self, k: int) -> ShadowPrice:
        here, price = self.limits[k], self.duals.limits[k]

        def moved(more: float) -> float | None:
            limits = (*self.limits[:k], here + more, *self.limits[k + 1 :])
            return self.at(self.purse, self.found, limits)

        low, high = self._range(moved, price, (here / 2, here), 0.0)
        stage = self.purse.target.stages[k].stage
        return self._price(f"limit.{stage.value}", price, here - low, here + high)

    def _floor_of_grant(self) -> ShadowPrice | None:
        """Floors are worked out anew from the changed number, rounded to whole units as ever."""
        purse = self.purse
        terms = Terms.of(purse.grant, purse.policy)
        here = float(terms.floor_per_pupil)
        if not here:
            return None

        def moved(more: float) -> float | None:
            changed = replace(terms, floor_per_pupil=terms.floor_per_pupil + Fraction(round(more * 100), 100))
            return self.at(purse, bounds(purse, changed), self.limits)

        raised = np.array([rule == "F4" for rule in self.found.rules])
        price = float(np.sum((self.duals.floors * purse.counts)[raised])) / float(purse.unit)
        low, high = self._range(moved, price, (here, here), 0.01)
        return self._price("floor_per_pupil", price, here - low, here + high)

    def _floor(self, i: int) -> ShadowPrice:
        floors, unit, price = self.found.floors, float(self.purse.unit), float(self.duals.floors[i])

        def moved(units: float) -> float | None:
            changed = (*floors[:i], floors[i] + round(units), *floors[i + 1 :])
            return self.at(self.purse, replace(self.found, floors=changed), self.limits)

        low, high = self._range(moved, price, (floors[i], floors[i]), 1.0)
        here = floors[i]
        found = self._price("floor", price / unit, (here - low) * unit, (here + high) * unit)
        return replace(found, school_id=self.purse.schools[i].school_id)

    def _price(self, of: str, price: float, low: float, high: float) -> ShadowPrice:
        return ShadowPrice(of, self.level, price, low, high, exact=False)

    def _range(
        self, moved: Callable[[float], float | None], price: float, most: tuple[float, float], least: float
    ) -> tuple[float, float]:
        """How far down and up the level follows the price; 0 where it does not even at the smallest step."""

        def holds(more: float) -> bool:
            value = moved(more)
            if value is None:
                return False
            noise = max(NOISE * self.value, 2 * PRECISE if self.level == "spread" else 0.0)
            noise = NONE if self.value <= NONE and self.level == "spread" else noise
            return abs(value - self.value - price * more) <= OFF * abs(price * more) + noise

        return _reach(lambda d: holds(-d), most[0], least), _reach(holds, most[1], least)


def _reach(holds: Callable[[float], bool], most: float, least: float) -> float:
    """Largest step that holds, by halving and then closing in."""
    step = most
    for _ in range(HALVINGS):
        if step < least or step <= 0:
            return 0.0
        if holds(step):
            break
        step /= 2
    else:
        return 0.0
    if step == most:
        return most
    low, high = step, 2 * step
    for _ in range(FINER):
        middle = (low + high) / 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low


def _least(
    purse: Purse, found: Bounds, limits: Sequence[float], stop: StopSignal, gap: float
) -> LeastSpread | None:
    exact = nearest_exact(purse, found, equal_aims(purse))
    return None if exact is None else smallest_spread(purse, found, limits, exact, stop, gap)


def _for(purse: Purse, found: Bounds) -> Bounds:
    """Bounds of a grant with another amount: only the caps that stand for the whole grant move."""
    caps = tuple(
        cap if capped else max(purse.units, low)
        for low, cap, capped in zip(found.floors, found.caps, found.capped, strict=True)
    )
    return replace(found, caps=caps)


def _aims_rise(purse: Purse, units: Floats, wanted: Floats) -> float:
    """Change of the distance a unit more because every aim grows with the grant (the envelope theorem)."""
    counted = (purse.counts > 0) & (wanted != 0)
    apart = (units - wanted)[counted] / purse.counts[counted]
    return float(-2 * np.sum(apart * wanted[counted]) / purse.units) * float(purse.unit) ** 2
