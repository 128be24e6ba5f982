"""What a school has of each asset, which indicators its sections meet, and which schools are weak: exactly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from allocator.checking.facts import SectionKey
from allocator.checking.levels import head_counts
from allocator.checking.money import MoneyFacts, Section
from allocator.domain.choices import Asset, Purpose, Stage
from allocator.domain.money_records import Project
from allocator.domain.policy import Policy, exact
from allocator.domain.records import School
from allocator.domain.whole import Exact, plain

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
Stock = Mapping[str, Exact | None]
Stocks = Mapping[Asset, Stock]
"""What each school has of one asset; None where unknown."""


def stock(schools: Iterable[School], asset: Asset) -> dict[str, Exact | None]:
    """What each school has of an asset."""
    cells = {s.school_id: getattr(s, asset.value) for s in schools}
    # A binary number of the tables stands for the decimal that was written.
    return {
        code: None if cell is None else plain(cell if asset is Asset.EQUIPMENT_YUAN else exact(cell))
        for code, cell in cells.items()
    }


def price(purpose: Purpose, policy: Policy) -> Exact:
    """Yuan that one more of what a purpose buys costs."""
    rules = policy.funding
    prices = {
        Purpose.TEACHING_AREA: rules.teaching_m2_yuan,
        Purpose.SPORTS_AREA: rules.sports_m2_yuan,
        Purpose.MULTIMEDIA: rules.room_yuan,
    }
    return plain(exact(prices[purpose])) if purpose in prices else 1


def with_projects(before: Stock, asset: Asset, projects: Iterable[Project]) -> Stock:
    """What each school has after some projects."""
    after = dict(before)
    for project in projects:
        has = after.get(project.school_id)
        if project.adds is asset and project.amount is not None and has is not None:
            after[project.school_id] = has + exact(project.amount)
    return after


Thresholds = Mapping[tuple[Stage, str], Fraction]
"""Least amount a pupil."""


def thresholds(policy: Policy) -> Thresholds:
    """Thresholds of all indicators in amounts a pupil."""
    return {
        (stage, indicator): exact(value) / (100 if indicator in A_HUNDRED else 1)
        for stage in Stage
        for indicator, value in policy.thresholds(stage).items()
    }


def met(
    sections: Sequence[Section], having: Mapping[str, Exact | None], least: Thresholds
) -> dict[tuple[Stage, str], bool]:
    """Whether each section of a school meets each indicator, from what the school has; unknown left out."""
    return {
        (stage, indicator): whole * share * asked.denominator >= asked.numerator * count
        for stage, count, share in sections
        for indicator, whole in having.items()
        if whole is not None
        for asked in [least[stage, indicator]]
    }


def weak_schools(facts: MoneyFacts, having: Stocks) -> frozenset[str]:
    """Schools with a section that meets too few of the seven indicators, unknown ones counted as met."""
    policy, least = facts.policy, thresholds(facts.policy)
    stocks = {INDICATOR[asset]: owned for asset, owned in having.items()}
    # Without a table of teachers I1-I3 are unknown.
    heads = head_counts(facts.district, policy) if facts.district.teachers else {}
    return frozenset(
        code
        for code, sections in facts.sections.items()
        if any(_missed(code, s, stocks, heads, least) > 7 - policy.indicators.required_met for s in sections)
    )


def _missed(
    school_id: str,
    section: Section,
    stocks: Mapping[str, Stock],
    heads: Mapping[str, Mapping[SectionKey, int]],
    least: Thresholds,
) -> int:
    """Number of indicators that a section misses for certain."""
    own = {indicator: having[school_id] for indicator, having in stocks.items()}
    reached = met((section,), own, least)
    stage, count, _ = section
    taught = (counts.get((school_id, stage), 0) >= least[stage, i] * count for i, counts in heads.items())
    return list(reached.values()).count(False) + list(taught).count(False)
