"""Every rule of split against all splits in whole units of small counties."""

from __future__ import annotations

import random
from collections.abc import Iterator
from decimal import Decimal

import numpy as np
import pytest

from allocator.domain.choices import Purpose, SchoolKind, SplitRule
from allocator.domain.district import District
from allocator.domain.funding import FundingConflict, GrantResult, SplitLevel
from allocator.domain.money_records import Grant, Received
from allocator.domain.policy import Mode, Policy
from allocator.domain.run import StopSignal
from allocator.funding.bounds import bounds
from allocator.funding.least import least_money
from allocator.funding.nearest import distance
from allocator.funding.purse import Facts, Purse, purse_of
from allocator.funding.split import split_purse
from tests.funding.counties import grant, school

KINDS = (SchoolKind.PRIMARY, SchoolKind.PRIMARY, SchoolKind.JUNIOR, SchoolKind.NINE_YEAR)
ELASTIC = Policy(id="test")
OFF = ELASTIC.model_copy(update={"rules": ELASTIC.rules.model_copy(update={"F6": Mode.OFF})})


def small(seed: int, rule: SplitRule, policy: Policy = ELASTIC, units: int = 60) -> Purse:
    """Three schools, equipment money in units of 100 yuan, floors and caps among them."""
    draw = random.Random(seed)
    schools = tuple(
        school(f"S{i}", draw.choice(KINDS), draw.randint(6, 30), equipment_yuan=100 * draw.randint(0, 200))
        for i in range(3)
    )
    pupils = sum(n or 0 for s in schools for n in (s.pupils(stage) for stage in s.stages))
    mean = 100 * units / pupils
    more = {
        "cap_per_pupil_yuan": draw.choice([None, Decimal(round(mean * 2))]),
        "floor_per_pupil_yuan": draw.choice([None, Decimal(round(mean / 3))]),
    }
    row = grant("G", 100 * units, rule, purpose=Purpose.EQUIPMENT, unit_yuan=100, year=2025, **more)
    received = tuple(
        Received(school_id=f"S{i}", grant_id="G", year=2024, amount_yuan=Decimal(100 * draw.randint(0, 40)))
        for i in range(draw.randint(0, 3))
    )
    district = District(schools=schools, grants=(row,), received=received)
    return purse_of(Facts.of(district, policy), row)


def every_split(purse: Purse) -> Iterator[np.ndarray[tuple[int], np.dtype[np.float64]]]:
    """All splits in whole units within floors and caps."""
    found = bounds(purse)
    first, second, third = (range(f, c + 1) for f, c in zip(found.floors, found.caps, strict=True))
    for a in first:
        for b in second:
            if purse.units - a - b in third:
                yield np.array([a, b, purse.units - a - b], dtype=float)


def solved(purse: Purse) -> GrantResult:
    result = split_purse(purse, StopSignal(), 1e-6)
    assert isinstance(result, GrantResult)
    units = [row.amount_yuan / purse.grant.unit_yuan for row in result.schools]
    found = bounds(purse)
    assert sum(units) == purse.units
    assert all(f <= x <= c for f, x, c in zip(found.floors, units, found.caps, strict=True))
    assert all(abs(row.exact_yuan - float(row.amount_yuan)) < 100 for row in result.schools)
    return result


def agree(level: SplitLevel, brute: float, room: float) -> None:
    """The proven bound is below every whole split, and ours above; the continuous optimum is within its gap."""
    assert level.bound is not None
    assert level.bound <= brute * (1 + 1e-9) + 1e-9
    assert level.value >= brute * (1 - 1e-6) - 1e-9
    assert level.value <= brute + room
    assert level.gap is not None
    assert level.gap <= 1e-4


@pytest.mark.parametrize("seed", range(25))
def test_balance_has_the_smallest_spread_of_all_splits(seed: int) -> None:
    """A bound above any whole split, or a spread above the best one by more than a unit's worth, fails."""
    purse = small(seed, SplitRule.BALANCE)
    best = min(t for x in every_split(purse) if (t := purse.target.spread(x)) is not None)
    spread = solved(purse).levels[0]
    assert spread.name == "spread"
    agree(spread, best, room=0.12)


@pytest.mark.parametrize("seed", range(25))
def test_closest_without_limits_is_the_nearest_split(seed: int) -> None:
    """Exact: value and bound before rounding are one, and no whole split is nearer."""
    from allocator.funding.closest import last_year_aims  # noqa: PLC0415  the aims only

    purse = small(seed, SplitRule.CLOSEST, OFF)
    aims = np.array([float(a) for a in last_year_aims(purse)])
    best = min(distance(purse, x, aims) for x in every_split(purse))
    (level,) = solved(purse).levels
    assert level.bound == level.continuous
    assert level.bound <= best + 1e-6
    assert best - 1e-6 <= level.value <= best + 3 * 100**2 / 6


@pytest.mark.parametrize("seed", range(40))
def test_closest_keeps_the_limits_where_a_split_does(seed: int) -> None:
    """If some whole split is clearly within F6, ours is within too, and its bound is below every such split."""
    from allocator.funding.closest import last_year_aims  # noqa: PLC0415  the aims only

    purse = small(seed, SplitRule.CLOSEST, units=120)
    limits = purse.target.limits()
    aims = np.array([float(a) for a in last_year_aims(purse)])

    def held(x: np.ndarray[tuple[int], np.dtype[np.float64]], share: float) -> bool:
        found = [stage.cv(purse.target.totals(x)) for stage in purse.target.stages]
        return all(cv is None or cv <= c * share + 1e-12 for cv, c in zip(found, limits, strict=True))

    within = [distance(purse, x, aims) for x in every_split(purse) if held(x, 1.0)]
    result = solved(purse)
    level = result.levels[-1]
    if any(held(x, 0.9) for x in every_split(purse)):
        assert len(result.levels) == 1
        assert level.bound is not None
        assert level.bound <= min(within) * (1 + 1e-6) + 1e-6
        units = np.array([float(row.amount_yuan) / 100 for row in result.schools])
        assert held(units, 1 + 1e-9)
    elif not within:
        assert result.levels[0].name == "spread"


@pytest.mark.parametrize("seed", range(25))
def test_leximin_raises_the_lowest_section_most(seed: int) -> None:
    """No whole split lifts the lowest section above the bound, and ours is at most a unit's worth below."""
    from allocator.funding.weighing import lowest  # noqa: PLC0415  the measure only

    purse = small(seed, SplitRule.LEXIMIN)
    best = max(lowest(purse, x) for x in every_split(purse))
    (level,) = solved(purse).levels
    assert level.bound is not None
    assert level.bound >= best - 1e-9
    assert best - 0.02 <= level.value <= best + 1e-9


def _richer(purse: Purse, units: int) -> Purse:
    row: Grant = purse.grant.model_copy(update={"amount_yuan": purse.grant.amount_yuan + 100 * units})
    return purse_of(purse.facts, row)


@pytest.mark.parametrize("seed", range(15))
def test_least_money_is_enough_and_less_is_not(seed: int) -> None:
    """The least amount.

    Split by the rule balance, keeps every limit; below the bound every whole split breaks one.
    """
    purse = small(seed, SplitRule.BALANCE)
    found = least_money(purse, bounds(purse), StopSignal())
    if found.least_yuan is None:
        assert purse.grant.cap_per_pupil_yuan is not None
        return
    assert found.bound_yuan is not None
    assert found.bound_yuan <= float(found.least_yuan) + 1e-6
    assert float(found.least_yuan) <= found.bound_yuan * 1.02 + 400
    units = int(found.bound_yuan * 0.98 / 100) - 1
    if sum(bounds(purse).floors) < units < 400:
        poorer = _richer(purse, units - purse.units)
        limits = purse.target.limits()
        for x in every_split(poorer):
            cvs = [stage.cv(poorer.target.totals(x)) for stage in poorer.target.stages]
            assert any(cv is not None and cv > c for cv, c in zip(cvs, limits, strict=True))


def test_a_limit_that_binds_and_cannot_hold_is_a_conflict() -> None:
    """Two schools.

    200 yuan: one has 100000 of equipment, the other none; no split of 200 yuan brings CV 1 to 0.5.
    """
    hard = ELASTIC.model_copy(update={"rules": ELASTIC.rules.model_copy(update={"F6": Mode.HARD})})
    rows = (school("A", pupils=10, equipment_yuan=100_000), school("B", pupils=10, equipment_yuan=0))
    row = grant("G", 200, SplitRule.BALANCE, purpose=Purpose.EQUIPMENT)
    facts = Facts.of(District(schools=rows, grants=(row,)), hard)
    conflict = split_purse(purse_of(facts, row), StopSignal(), 1e-4)
    assert isinstance(conflict, FundingConflict)
    # CV of 100000 and x is (100000 - x) / (100000 + x) = 0.5 at x = 33333.3: 33334 yuan, 33134 more.
    assert conflict.missing_yuan == 33_134
    assert conflict.relaxations[0].value == 33_334
