"""The money side: a purse for each of I4-I7, the least money for given floors, and cuts for the CV limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np

from allocator.domain.choices import SplitRule
from allocator.domain.district import District
from allocator.domain.money_records import Grant
from allocator.domain.policy import Mode, Policy
from allocator.domain.run import StopSignal
from allocator.funding.bounds import Bounds, bounds
from allocator.funding.least import least_amounts
from allocator.funding.planes import Plane, plane, too_wide
from allocator.funding.purse import Facts, Purse, purse_of
from allocator.funding.target import ASSETS, Floats, StageTarget
from allocator.reaching.needs import PURPOSES, STAFF, Needs
from allocator.solving.model import Ints

TIGHTER = 1 - 2e-9
"""The least money is sought a little inside the limits, so that rounding breaks no verdict."""


def purchase(purpose: int, amount: Decimal) -> Grant:
    """The money for one of I4-I7 as a grant of its own, named after the indicator."""
    indicator = ASSETS[PURPOSES[purpose]][0]
    return Grant(grant_id=indicator, amount_yuan=amount, purpose=PURPOSES[purpose], rule=SplitRule.CLOSEST)


@dataclass(frozen=True)
class Money:
    """The purse of one of I4-I7, in whole yuan.

    Attributes
    ----------
    order
        Shape (schools,): position in the district of each school of the purse.
    limits
        Largest CV of each stage: the standard's, and where F6 is a hard rule also the CV before.
    """

    purse: Purse
    bounds: Bounds
    order: Ints
    limits: tuple[float, ...]

    def least(self, floors: Ints, stop: StopSignal) -> tuple[Ints | None, float | None]:
        """Whole yuan of each school of the district that keep floors and limits with the least sum.

        Returns the amounts (None if none were found) and the bound of the sum for these floors.
        """
        own = floors[self.order]
        floored = replace(self.bounds, floors=tuple(int(x) for x in own))
        found, bound = least_amounts(self.purse, floored, [c * TIGHTER for c in self.limits], stop)
        if found is None:
            return None, bound
        amounts = np.zeros(len(floors), dtype=np.int64)
        amounts[self.order] = found
        return amounts, bound

    def broken(self, yuan: Floats) -> list[tuple[StageTarget, float]]:
        """Stages whose CV is over its limit, with the limit."""
        return too_wide(self.purse.target, self.limits, yuan[self.order])

    def cut(self, stage: StageTarget, limit: float, yuan: Floats) -> Plane | None:
        """The plane that touches the cone of a CV limit above a point, over the schools of the district."""
        found = plane(self.purse.target, stage, limit, yuan[self.order])
        if found is None:
            return None
        slope = np.zeros(len(yuan))
        slope[self.order] = found.slope
        return Plane(slope, found.most)

    def most(self, full: Ints) -> float:
        """Yuan that no school needs more of: what lifts all schools to one level that reaches everything.

        Then all CVs are 0, so that whatever is chosen, the least money is no more in all.
        """
        target = self.purse.target
        size = np.zeros(len(target.asset))
        for stage in target.stages:
            # The share of a section is its weighted pupils over those of the school.
            np.maximum.at(size, stage.school, stage.pupils / stage.share)
        inside = size > 0
        asset, size = np.nan_to_num(target.asset)[inside], size[inside]
        top = np.max((asset + full[self.order][inside]) / size, initial=0.0)
        # One level of schools is another level of their junior sections, whose pupils weigh more (or less).
        weight = self.purse.policy.indicators.nine_year_junior_weight
        return float(max(1.0, max(weight, 1 / weight) * np.sum(top * size)))


def monies(district: District, policy: Policy) -> tuple[Money, ...]:
    """The four purses."""
    facts = Facts.of(district.model_copy(update={"grants": (), "received": ()}), policy)
    place = {school.school_id: i for i, school in enumerate(district.schools)}
    found = []
    for k in range(len(PURPOSES)):
        purse = purse_of(facts, purchase(k, Decimal(0)))
        order = np.array([place[s.school_id] for s in purse.schools], dtype=np.int64)
        limits = purse.target.limits(standard=policy.rules.F6 != Mode.HARD)
        found.append(Money(purse, bounds(purse), order, limits))
    return tuple(found)


def floors_of(needs: Needs, met: Ints, school: Ints, schools: int) -> list[Ints]:
    """Yuan that each school must be given for I4-I7.

    Parameters
    ----------
    met
        Shape (n, 7): 1 where the threshold is to be reached, 0 where the least part is enough.
    school
        Shape (n,): school number of each section.
    """
    wanted = np.where(met > 0, needs.full, needs.least)
    found = []
    for k in range(len(PURPOSES)):
        floor = np.zeros(schools, dtype=np.int64)
        np.maximum.at(floor, school, wanted[:, STAFF + k])
        found.append(floor)
    return found


def total(amounts: Sequence[Ints]) -> int:
    """Yuan in all, exactly."""
    return sum(int(x) for each in amounts for x in each)
