"""What a school has of each asset, which indicators its sections meet, and which schools are weak: exactly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction

from allocator.checking.facts import SectionKey
from allocator.checking.levels import head_counts
from allocator.checking.money import MoneyFacts
from allocator.checking.spread import shares
from allocator.domain.choices import Asset, Purpose, Stage
from allocator.domain.policy import Policy, exact
from allocator.domain.records import Project, School

INDICATOR: Mapping[Asset, str] = {
    Asset.TEACHING_AREA_M2: "I4",
    Asset.SPORTS_AREA_M2: "I5",
    Asset.EQUIPMENT_YUAN: "I6",
    Asset.MULTIMEDIA_ROOMS: "I7",
}
ASSET: Mapping[Purpose, Asset] = {
    Purpose.TEACHING_AREA: Asset.TEACHING_AREA_M2,
    Purpose.SPORTS_AREA: Asset.SPORTS_AREA_M2,
    Purpose.EQUIPMENT: Asset.EQUIPMENT_YUAN,
    Purpose.MULTIMEDIA: Asset.MULTIMEDIA_ROOMS,
}
"""What the projects of a purpose add."""
A_HUNDRED = frozenset({"I1", "I2", "I3", "I7"})
"""Indicators counted for 100 pupils."""
Stock = Mapping[str, Fraction | None]
"""What each school has of one asset; None where unknown."""


def stock(schools: Iterable[School], asset: Asset) -> dict[str, Fraction | None]:
    """What each school has of an asset."""
    cells = {s.school_id: getattr(s, asset.value) for s in schools}
    # A binary number of the tables stands for the decimal that was written.
    return {
        code: None if cell is None else Fraction(cell if asset is Asset.EQUIPMENT_YUAN else exact(cell))
        for code, cell in cells.items()
    }


def with_projects(before: Stock, asset: Asset, projects: Iterable[Project]) -> Stock:
    """What each school has after some projects."""
    after = dict(before)
    for project in projects:
        has = after.get(project.school_id)
        if project.adds is asset and project.amount is not None and has is not None:
            after[project.school_id] = has + exact(project.amount)
    return after


def met(school: School, having: Mapping[str, Fraction | None], policy: Policy) -> dict[tuple[Stage, str], bool]:
    """Whether each section with pupils meets each indicator, from what the school has; unknown left out."""
    found = {}
    for stage, share in shares(school, policy).items():
        count = school.pupils(stage) or 0
        for indicator, whole in having.items():
            if whole is not None:
                found[stage, indicator] = reaches(whole * share, count, indicator, stage, policy)
    return found


def reaches(amount: Fraction, count: int, indicator: str, stage: Stage, policy: Policy) -> bool:
    """Whether an amount for so many pupils reaches the threshold of an indicator."""
    factor = 100 if indicator in A_HUNDRED else 1
    return amount * factor >= exact(policy.thresholds(stage)[indicator]) * count


def weak_schools(facts: MoneyFacts) -> frozenset[str]:
    """Schools with a section that meets too few of the seven indicators, unknown ones counted as met."""
    policy, schools = facts.policy, facts.district.schools
    known = bool(facts.district.teachers)
    heads: Mapping[str, Mapping[SectionKey, int]] = head_counts(facts.district, policy) if known else {}
    stocks = {INDICATOR[asset]: stock(schools, asset) for asset in Asset}
    return frozenset(s.school_id for s in schools if _weak(s, stocks, heads, policy))


def _weak(
    school: School,
    stocks: Mapping[str, Stock],
    heads: Mapping[str, Mapping[SectionKey, int]],
    policy: Policy,
) -> bool:
    own = {indicator: having[school.school_id] for indicator, having in stocks.items()}
    missed = [key for key, reached in met(school, own, policy).items() if not reached]
    for stage in shares(school, policy):
        count = school.pupils(stage) or 0
        for indicator, counts in heads.items():
            teachers = Fraction(counts.get((school.school_id, stage), 0))
            if not reaches(teachers, count, indicator, stage, policy):
                missed.append((stage, indicator))
    return any(
        7 - sum(s is stage for s, _ in missed) < policy.indicators.required_met for stage in school.stages
    )
