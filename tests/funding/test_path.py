"""The path to the smallest spread against the cone program, and the proof that does not believe either."""

from __future__ import annotations

import pytest

from allocator.domain.choices import Purpose
from allocator.domain.district import District
from allocator.domain.policy import Policy
from allocator.domain.run import Limits, StopSignal
from allocator.funding import descent, nearest, spread
from allocator.funding.bounds import Bounds, bounds
from allocator.funding.closest import last_year_aims
from allocator.funding.cone import Scaled, StageCone
from allocator.funding.evening import smallest_spread
from allocator.funding.nearest import nearest_exact, nearest_within, within
from allocator.funding.purse import Facts, Purse, purse_of
from allocator.funding.spread import LeastSpread
from allocator.solving.highs import Outcome
from tests.funding.counties import county, grant, school

STOP = StopSignal(Limits())
GAP = 1e-4


@pytest.fixture(autouse=True)
def also_for_few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small counties go by the path too; where it has no end here, by the cone program."""
    monkeypatch.setattr(descent, "FEW", 0)


def case(seed: int, schools: int = 40, cap: int | None = None) -> tuple[Purse, Bounds]:
    """A county whose equipment grant is 200,000 yuan a school."""
    row = grant(
        "G", 200_000 * schools, purpose=Purpose.EQUIPMENT, year=2025, hold_harmless=0.05, cap_per_pupil_yuan=cap
    )
    purse = purse_of(Facts.of(county(schools, seed, (row,)), Policy(id="test")), row)
    return purse, bounds(purse)


def no_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave everything to the cone program."""
    monkeypatch.setattr(spread, "_descended", lambda scaled, cones, limits, start: start)
    monkeypatch.setattr(nearest._Case, "descended", lambda case: None)


def no_cone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail where a cone program is asked for."""

    def refuse(*_: object) -> None:
        raise AssertionError("a cone program was solved")

    monkeypatch.setattr(spread, "_step", refuse)
    monkeypatch.setattr(nearest._Case, "solved", refuse)


def least(purse: Purse, found: Bounds) -> LeastSpread:
    exact = nearest_exact(purse, found, last_year_aims(purse))
    assert exact is not None
    return smallest_spread(purse, found, purse.target.limits(standard=True), exact, STOP, GAP)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("cap", [None, 3000])
def test_the_path_ends_where_the_cone_program_does(
    seed: int, cap: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong sign in the small system ends elsewhere, or nowhere: then the bound is 0."""
    purse, found = case(seed, cap=cap)
    with monkeypatch.context() as patched:
        no_path(patched)
        cone = least(purse, found)
    no_cone(monkeypatch)
    path = least(purse, found)
    assert path.bound is not None
    assert path.bound <= path.value <= cone.value + 1e-9
    assert path.value - path.bound < 1e-7
    assert path.value == pytest.approx(cone.value, rel=2 * GAP)
    assert path.units.sum() == pytest.approx(purse.units)


@pytest.mark.parametrize("seed", range(6))
def test_the_nearest_split_within_limits_is_that_of_the_cone_program(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From hardly below the free split's spread to hardly above the smallest one; below that there is none."""
    purse, found = case(seed)
    aims = purse.counts * purse.per_pupil
    limits, end = purse.target.limits(standard=True), least(purse, found).value
    free = nearest_exact(purse, found, nearest.equal_aims(purse))
    assert free is not None
    cones = tuple(StageCone.of(Scaled.of(purse, found), stage) for stage in purse.target.stages)
    begin = spread._ratio(cones, limits, Scaled.of(purse, found).scaled(free.amounts))
    for share in (0.99, 0.5, 1e-3):
        asked = [(end + share * (begin - end)) * limit for limit in limits]
        with monkeypatch.context() as patched:
            no_path(patched)
            _, cone = nearest_within(purse, found, aims, asked, STOP)
        with monkeypatch.context() as patched:
            no_cone(patched)
            outcome, path = nearest_within(purse, found, aims, asked, STOP)
        assert cone is not None
        assert path is not None
        assert path.bound is not None
        assert outcome is Outcome.OPTIMAL
        assert within(purse, path.amounts, asked)
        assert path.value == pytest.approx(cone.value, rel=1e-5)
        assert path.bound == pytest.approx(path.value, rel=1e-7)
    no_cone(monkeypatch)
    asked = [0.999 * end * limit for limit in limits]
    assert nearest_within(purse, found, aims, asked, STOP) == (Outcome.INFEASIBLE, None)


def test_one_more_unit_narrows_the_spread_by_its_price() -> None:
    """The price is the slope of t in the money: measured over 1/1000 of it on both sides."""
    purse, found = case(1)
    limits, step = purse.target.limits(standard=True), purse.units // 1000
    duals = spread.spread_duals(purse, found, limits, least(purse, found), STOP)
    assert duals is not None
    price = duals.total
    values = []
    for units in (purse.units - step, purse.units + step):
        row = purse.grant.model_copy(update={"amount_yuan": purse.grant.amount_yuan * 0 + units})
        other = purse_of(purse.facts, row)
        values.append(least(other, bounds(other)).value)
    assert price < 0
    assert (values[1] - values[0]) / (2 * step) == pytest.approx(price, rel=1e-2)


def test_by_hand_two_schools() -> None:
    """100 pupils each, 30,000 and 10,000 yuan of equipment, 8,000 more: all to the poorer one.

    Then 30,000 and 18,000: mean 24,000, CV 6/24 = 0.25, half of the limit of 0.5. Shared evenly it would be
    10/24 = 0.417.
    """
    schools = (school("A", pupils=100, equipment_yuan=30_000), school("B", pupils=100, equipment_yuan=10_000))
    row = grant("G", 8_000, purpose=Purpose.EQUIPMENT)
    purse = purse_of(Facts.of(District(schools=schools, grants=(row,)), Policy(id="test")), row)
    found = least(purse, bounds(purse))
    assert found.value == pytest.approx(0.5)
    assert found.bound == pytest.approx(0.5, abs=1e-4)
    assert found.units == pytest.approx([0, 8_000], abs=0.01)
