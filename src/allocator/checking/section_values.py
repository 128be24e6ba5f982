"""The seven indicators of every section, recomputed from the tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from allocator.checking.facts import SectionKey
from allocator.checking.levels import better_degrees, counts_in
from allocator.domain.choices import Stage
from allocator.domain.district import District
from allocator.domain.measures import INDICATORS
from allocator.domain.policy import Policy
from allocator.domain.records import School

ASSETS: Mapping[str, str] = {
    "I4": "teaching_area_m2",
    "I5": "sports_area_m2",
    "I6": "equipment_yuan",
    "I7": "multimedia_rooms",
}
PER_HUNDRED = frozenset({"I1", "I2", "I3", "I7"})
FORGIVEN = 1e-12
"""Relative rounding error of binary numbers that decides no verdict."""


@dataclass(frozen=True, slots=True)
class SectionValues:
    """Ratios of I1-I7 of one section to their thresholds; unknown ones are left out."""

    ratios: Mapping[str, float]

    @property
    def met(self) -> int:
        """Indicators that reach their threshold."""
        return sum(ratio >= 1 - FORGIVEN for ratio in self.ratios.values())

    @property
    def mean_ratio(self) -> float:
        """Mean ratio of the known indicators; 0 if none is known."""
        return sum(self.ratios.values()) / len(self.ratios) if self.ratios else 0.0

    def surplus(self, indicator: str) -> float:
        """Value over threshold - 1, within 0..1; 0 where unknown."""
        return min(1.0, max(0.0, self.ratios.get(indicator, 1.0) - 1))

    def deficit(self, indicator: str) -> float:
        """1 - value over threshold, within 0..1; 0 where unknown."""
        return min(1.0, max(0.0, 1 - self.ratios.get(indicator, 1.0)))


def section_values(district: District, policy: Policy) -> Mapping[SectionKey, SectionValues]:
    """Work out the indicators of every section; a section without pupils has none that is known."""
    heads = _heads(district, policy)
    found = {}
    for school in district.schools:
        for stage in school.stages:
            amounts = {} if not district.teachers else {i: heads[i][school.school_id, stage] for i in heads}
            amounts |= _assets(school, stage, policy)
            key = school.school_id, stage
            found[key] = SectionValues(_ratios(amounts, school.pupils(stage), policy.thresholds(stage)))
    return found


def _heads(district: District, policy: Policy) -> Mapping[str, Mapping[SectionKey, float]]:
    """Teachers of every section who count in I1, I2 and I3."""
    better = better_degrees(policy)
    counts: dict[str, Counter[SectionKey]] = {i: Counter() for i in INDICATORS[:3]}
    for teacher in district.teachers:
        for indicator in counts_in(teacher, teacher.subject, better):
            counts[indicator][teacher.school_id, teacher.stage] += 1
    return counts


def _assets(school: School, stage: Stage, policy: Policy) -> dict[str, float]:
    """Return the section's part of the school's assets, split by weighted pupils; unknown ones are left out."""
    share = _share(school, stage, policy.indicators.nine_year_junior_weight)
    if share is None:
        return {}
    cells = {i: getattr(school, column) for i, column in ASSETS.items()}
    return {i: float(value) * share for i, value in cells.items() if value is not None}


def _share(school: School, stage: Stage, junior_weight: float) -> float | None:
    if len(school.stages) == 1:
        return 1.0
    weighted: dict[Stage, float] = {}
    for each in school.stages:
        pupils = school.pupils(each)
        if pupils is None:
            return None
        weighted[each] = pupils * (junior_weight if each is Stage.JUNIOR else 1.0)
    total = sum(weighted.values())
    return weighted[stage] / total if total else None


def _ratios(
    amounts: Mapping[str, float], pupils: int | None, thresholds: Mapping[str, float]
) -> dict[str, float]:
    if pupils is None or pupils < 1:
        return {}
    scaled = {i: amount * (100 if i in PER_HUNDRED else 1) / pupils for i, amount in amounts.items()}
    return {i: value / thresholds[i] for i, value in scaled.items()}
