"""What a grant raises: the sections whose indicator its money lifts, and how evenly.

The money of a nine-year school belongs to its sections as its shared assets do, 1 : 1.1 per primary : junior
pupil.
Money that raises no indicator (operating, training, incentive) is judged by its own amount per pupil, by stage.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.domain.choices import Purpose, Stage
from allocator.domain.policy import Policy
from allocator.domain.records import School

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Sizes = Mapping[Stage, int | None]
"""Pupils of each stage of a school; None where unknown."""

ASSETS = {
    Purpose.TEACHING_AREA: ("I4", "teaching_area_m2", 1.0),
    Purpose.SPORTS_AREA: ("I5", "sports_area_m2", 1.0),
    Purpose.EQUIPMENT: ("I6", "equipment_yuan", 1.0),
    Purpose.MULTIMEDIA: ("I7", "multimedia_rooms", 100.0),
}
"""Indicator, column of the schools, and factor from amount per pupil to the indicator."""
NONE = 1e-6
"""A CV of this size is none: sections that were exactly alike need that much room for whole units."""


@dataclass(frozen=True)
class StageTarget:
    """The k sections of one stage that count: at least 1 pupil and a known asset.

    Attributes
    ----------
    school
        Shape (k,): position of the school in the purse.
    share
        Shape (k,): the section's share of the school's asset and money.
    pupils
        Shape (k,): pupils of the section.
    limit
        Largest CV of the standard.
    threshold
        Threshold of the indicator, in units of money per pupil; 1 where the purpose raises none.
    """

    stage: Stage
    school: Ints
    share: Floats
    pupils: Floats
    limit: float
    threshold: float

    @property
    def everyone(self) -> float:
        """All pupils."""
        return float(self.pupils.sum())

    def amounts(self, totals: Floats) -> Floats:
        """Amount of each section, of the schools' totals (asset and money)."""
        return self.share * totals[self.school]

    def cv(self, totals: Floats) -> float | None:
        """Weighted CV; None where the mean is 0."""
        amounts = self.amounts(totals)
        mean = amounts.sum() / self.everyone
        if not mean > 0:
            return None
        return float(np.sqrt(np.sum((amounts - mean * self.pupils) ** 2 / self.pupils) / self.everyone) / mean)


@dataclass(frozen=True)
class Target:
    """What the money raises.

    Attributes
    ----------
    indicator
        I4 to I7; None for money that raises none.
    asset
        Shape (n,): what each school has, in units of money; NaN where unknown, 0 without an indicator.
    stages
        The stages that have a section.
    """

    indicator: str | None
    asset: Floats
    stages: tuple[StageTarget, ...]

    def totals(self, units: Floats) -> Floats:
        """Shape (n,): asset and money of each school, in units."""
        return self.asset + units

    def spread(self, units: Floats) -> float | None:
        """Largest CV over its limit, of all stages; None where no stage has a CV."""
        found = [(s.cv(self.totals(units)), s.limit) for s in self.stages]
        return max((cv / limit for cv, limit in found if cv is not None), default=None)

    def limits(self, *, standard: bool = False) -> tuple[float, ...]:
        """F6: the standard's limit of each stage; not above the CV before, if there is one."""
        before = [s.cv(self.asset) for s in self.stages]
        return tuple(
            s.limit if standard or cv is None or self.indicator is None else max(NONE, min(s.limit, cv))
            for s, cv in zip(self.stages, before, strict=True)
        )


def target_of(
    schools: Sequence[School], sizes: Sequence[Sizes], purpose: Purpose, policy: Policy, unit_yuan: float
) -> Target:
    """Collect the sections that a purpose raises."""
    if purpose not in ASSETS:
        return Target(None, np.zeros(len(schools)), _stages(sizes, np.zeros(len(schools)), policy, None, 1.0))
    indicator, column, factor = ASSETS[purpose]
    price = price_of(purpose, policy)
    known = [getattr(school, column) for school in schools]
    asset = np.array([np.nan if value is None else float(value) for value in known]) * (price / unit_yuan)
    return Target(indicator, asset, _stages(sizes, asset, policy, indicator, price / unit_yuan / factor))


def price_of(purpose: Purpose, policy: Policy) -> float:
    """Yuan that one more of a purpose's asset costs."""
    return {
        Purpose.TEACHING_AREA: policy.funding.teaching_m2_yuan,
        Purpose.SPORTS_AREA: policy.funding.sports_m2_yuan,
        Purpose.MULTIMEDIA: policy.funding.room_yuan,
    }.get(purpose, 1.0)


def _stages(
    sizes: Sequence[Sizes], asset: Floats, policy: Policy, indicator: str | None, money: float
) -> tuple[StageTarget, ...]:
    """Sections by stage; `money` turns a threshold into units of money per pupil."""
    weights = {Stage.PRIMARY: 1.0, Stage.JUNIOR: policy.indicators.nine_year_junior_weight}
    rows: dict[Stage, list[tuple[int, float, float]]] = {stage: [] for stage in Stage}
    for i, (counts, blank) in enumerate(zip(sizes, np.isnan(asset).tolist(), strict=True)):
        if blank or None in counts.values():
            continue
        weighted = {stage: (n or 0) * weights[stage] for stage, n in counts.items()}
        everyone = sum(weighted.values())
        for stage, n in counts.items():
            if n:
                rows[stage].append((i, weighted[stage] / everyone, float(n)))
    return tuple(
        StageTarget(
            stage=stage,
            school=np.array([row[0] for row in found], dtype=np.int64),
            share=np.array([row[1] for row in found]),
            pupils=np.array([row[2] for row in found]),
            limit=policy.cv_limit(stage),
            threshold=policy.thresholds(stage)[indicator] * money if indicator else 1.0,
        )
        for stage, found in rows.items()
        if found
    )
