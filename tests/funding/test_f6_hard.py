"""F6 as a hard rule, and how close the second level of balance stays to the smallest spread."""

from __future__ import annotations

import pytest

from allocator.domain.choices import Purpose, SchoolKind, SplitRule
from allocator.domain.district import District
from allocator.domain.funding import FundingDecision
from allocator.domain.plan import Status
from allocator.domain.records import DistrictInfo, School
from allocator.domain.run import Limits
from allocator.io.policies import load_policy
from allocator.spending import split_funding
from allocator.spending.writing import conflict_text
from tests.funding.counties import county, grant

HARD = load_policy("national-2017", ["rules.F6=hard"])


def equipped(code: str, kind: SchoolKind, yuan: int) -> School:
    """A school with 100 pupils in each stage, and equipment."""
    grades = {"pupils_g1": None if kind is SchoolKind.JUNIOR else 100}
    grades |= {"pupils_g7": None if kind is SchoolKind.PRIMARY else 100}
    return School.model_validate({"school_id": code, "kind": kind, "equipment_yuan": yuan, **grades})


def tied(rule: SplitRule, unit: int, *others: School) -> FundingDecision:
    """X teaches both stages: poor among the primary schools, rich among the junior ones."""
    schools = (
        equipped("A", SchoolKind.PRIMARY, 300_000),
        equipped("X", SchoolKind.NINE_YEAR, 300_000),
        *others,
        equipped("J", SchoolKind.JUNIOR, 130_000),
    )
    served = tuple(s.school_id for s in schools if s.school_id != "J")
    money = grant("G", 150_000, rule, year=2025, purpose=Purpose.EQUIPMENT, schools=served, unit_yuan=unit)
    return split_funding(District(info=DistrictInfo(year=2025), schools=schools, grants=(money,)), HARD)


def test_balance_finds_the_split_that_keeps_a_hard_f6() -> None:
    """Most of the money to X evens out the primary schools, but spreads the junior ones (0.095 before).

    So that was called infeasible. X can get nothing at all, for any of it widens the junior gap: of the splits
    in units of 10,000 between A and B the one of smallest spread is found by trying all sixteen.
    """
    poor = equipped("B", SchoolKind.PRIMARY, 160_000)
    decision = tied(SplitRule.BALANCE, 10_000, poor)
    amounts = {row.school_id: int(row.amount_yuan) for row in decision.split.amounts}
    assert decision.violations == ()

    def spread(a: int) -> float:
        totals = [300_000 + a, 160_000 + 150_000 - a, 300_000 / 2.1]
        mean = sum(totals) / 3
        return float((sum((x - mean) ** 2 for x in totals) / 3) ** 0.5 / mean)

    best = min(range(0, 150_001, 10_000), key=spread)
    assert amounts == {"A": best, "B": 150_000 - best, "X": 0}


@pytest.mark.parametrize("rule", [SplitRule.BALANCE, SplitRule.CLOSEST])
def test_money_that_widens_the_gap_is_said_to(rule: SplitRule) -> None:
    """With A and X alone no split keeps F6; that "150,000 yuan more would" was the opposite of true."""
    decision = tied(rule, 1)
    assert decision.status is Status.INFEASIBLE
    (conflict,) = decision.conflicts
    assert conflict.missing_yuan == 0
    assert [way.what for way in conflict.relaxations] == ["F6"]
    text = conflict_text(conflict, "en")
    assert "more would" not in text
    assert "so much money widens the gap" in text


def test_another_rule_is_offered_only_where_it_keeps_f6() -> None:
    """By weight the limits break: balance keeps them with B, and nothing does without."""
    with_b = tied(SplitRule.FORMULA, 1, equipped("B", SchoolKind.PRIMARY, 160_000))
    without = tied(SplitRule.FORMULA, 1)
    assert [way.what for way in with_b.conflicts[0].relaxations] == ["rule", "F6"]
    assert [way.what for way in without.conflicts[0].relaxations] == ["F6"]


@pytest.mark.parametrize(("schools", "seed"), [(12, 1), (60, 3), (150, 1)])
def test_the_second_level_leaves_next_to_no_room(schools: int, seed: int) -> None:
    """The spread stays within 3e-7 of the smallest; a room of 1e-6 left 2e-6. Both are proven."""
    district = county(schools, seed)
    pupils = sum(s.pupils(stage) or 0 for s in district.schools for stage in s.stages)
    money = grant(
        "G", pupils * 500, SplitRule.BALANCE, purpose=Purpose.EQUIPMENT, year=2025, floor_per_pupil_yuan=150
    )
    district = district.model_copy(update={"grants": (money,)})
    decision = split_funding(district, limits=Limits(gap=1e-7))
    spread, deviation = decision.grants[0].levels
    assert spread.bound is not None
    assert spread.value - spread.bound < 3e-7 * spread.value
    assert deviation.bound is not None
    assert abs(deviation.value - deviation.bound) < 1e-5 * deviation.value
