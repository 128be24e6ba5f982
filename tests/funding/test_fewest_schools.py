"""The fewest schools that a grant has to touch: by hand, and against every split in whole units."""

from __future__ import annotations

import itertools
import random
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from allocator import read_district
from allocator.cli.app import run
from allocator.domain.choices import Purpose, SchoolKind, SplitRule
from allocator.domain.district import District
from allocator.domain.money_records import Received
from allocator.domain.policy import Policy
from allocator.domain.records import DistrictInfo
from allocator.domain.run import Limits, StopSignal
from allocator.funding.bounds import bounds
from allocator.funding.fewest import by_rule_alone, fewest_schools
from allocator.funding.purse import Facts, Purse, purse_of
from allocator.io.policies import load_policy
from allocator.io.writing import write_district
from allocator.spending import split_funding
from tests.funding.counties import grant, school

NATIONAL = load_policy("national-2017")
EQUIPMENT = {"purpose": Purpose.EQUIPMENT, "unit_yuan": 10_000}


def equipped(amounts: list[int], rule: SplitRule, money: int, last: list[int] | None = None) -> District:
    """Primary schools of 100 pupils with equipment in units of 10,000 yuan, and one grant for more of it."""
    codes = [f"S{i}" for i in range(len(amounts))]
    return District(
        info=DistrictInfo(year=2025),
        schools=tuple(
            school(c, pupils=100, equipment_yuan=x * 10_000) for c, x in zip(codes, amounts, strict=True)
        ),
        grants=(grant("G", money * 10_000, rule, year=2025, **EQUIPMENT),),
        received=tuple(
            Received(school_id=c, grant_id="G", year=2024, amount_yuan=Decimal(x * 10_000))
            for c, x in zip(codes, last or [], strict=False)
        ),
    )


def purse(district: District, policy: Policy = NATIONAL) -> Purse:
    """The only grant of a district."""
    return purse_of(Facts.of(district, policy), district.grants[0])


def test_one_poor_school_is_enough() -> None:
    """100, 100 and 10: the CV is 0.606. Ten more each by weight leave 0.566 of it, over the limit of 0.5.

    All 30 to the third school give 100, 100, 40 (0.354), but three are changed. With 10, 10, 10 as it is, two
    must be changed at least, for the sum stays: 0, 10, 20 gives 100, 110, 30 (0.444).
    """
    found = split_funding(equipped([100, 100, 10], SplitRule.FORMULA, 30), fewest_schools=True).fewest[0]
    assert (found.count, found.bound) == (2, 2)
    assert sum(row.amount_yuan for row in found.amounts) == 300_000
    assert "S2" in found.touched


def test_nobody_is_touched_where_the_rule_alone_keeps_the_limits() -> None:
    found = split_funding(equipped([20, 20, 20], SplitRule.FORMULA, 30), fewest_schools=True).fewest[0]
    assert (found.count, found.bound, found.touched) == (0, 0, ())


def test_without_a_rule_that_gives_amounts_nobody_is_owed_anything() -> None:
    """Rule balance gives nothing by itself; all 90 to the poorest school keep 100, 100, 100."""
    found = split_funding(equipped([100, 100, 10], SplitRule.BALANCE, 90), fewest_schools=True).fewest[0]
    assert (found.count, found.bound, found.touched) == (1, 1, ("S2",))


def test_no_split_keeps_the_limit() -> None:
    """One unit among 100 and 1: the CV stays far above 0.5."""
    found = split_funding(equipped([100, 1], SplitRule.BALANCE, 1), fewest_schools=True).fewest[0]
    assert (found.count, found.bound, found.amounts) == (None, None, ())


@pytest.mark.parametrize("rule", [SplitRule.FORMULA, SplitRule.CLOSEST, SplitRule.LEXIMIN])
@pytest.mark.parametrize("seed", range(8))
def test_against_every_split(rule: SplitRule, seed: int) -> None:
    """A split found never touches fewer than the best of all, and the bound never says more."""
    draw = random.Random(f"{rule} {seed}")
    count = draw.choice((3, 4))
    stock = [draw.choice((1, 4, 15, 40, 60)) for _ in range(count)]
    district = equipped(stock, rule, draw.randint(6, 24), [draw.randint(0, 9) for _ in range(count)])
    kinds = [SchoolKind.NINE_YEAR if draw.random() < 0.3 else SchoolKind.PRIMARY for _ in range(count)]
    schools = tuple(
        school(s.school_id, kind, 100, equipment_yuan=s.equipment_yuan)
        for s, kind in zip(district.schools, kinds, strict=True)
    )
    case = purse(district.model_copy(update={"schools": schools}))
    limits = case.target.limits()
    best = _fewest_of_all(case, limits)
    found = fewest_schools(case, bounds(case), StopSignal(Limits()))
    if found.units is None:
        assert found.bound is not None or best is None
        return
    assert sum(found.units) == case.units
    assert best is not None
    assert found.count is not None
    assert found.bound is not None
    assert found.bound <= best <= found.count


def _fewest_of_all(case: Purse, limits: tuple[float, ...]) -> int | None:
    """Fewest schools touched by any whole split that keeps all limits; None if none does."""
    alone, low = by_rule_alone(case, bounds(case)), np.array(bounds(case).floors)
    best = None
    for head in itertools.product(range(case.units + 1), repeat=len(low) - 1):
        units = np.array([*head, case.units - sum(head)])
        if (units < low).any():
            continue
        count = int(np.count_nonzero(units != alone))
        if best is not None and count >= best:
            continue
        totals = case.target.totals(units.astype(float))
        cvs = [stage.cv(totals) or 0.0 for stage in case.target.stages]
        if all(cv <= limit * (1 + 1e-9) for cv, limit in zip(cvs, limits, strict=True)):
            best = count
    return best


def test_the_command_says_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_district(equipped([100, 100, 10], SplitRule.BALANCE, 90), tmp_path / "in")
    typed = ["fund", str(tmp_path / "in"), "-o", str(tmp_path / "out"), "--fewest-schools", "--no-report", "-q"]
    assert run([*typed, "--lang", "zh"]) == 0
    assert "只需改动 1 所学校，已证明最少：S2。" in capsys.readouterr().out


def test_where_floors_take_all_there_is_no_other_split() -> None:
    """Last year's 10 and 20 are guaranteed and take all 30: 100 and 21 stay far apart; no time would help."""
    district = equipped([100, 1], SplitRule.FORMULA, 30, [10, 20])
    money = district.grants[0].model_copy(update={"hold_harmless": Decimal(1)})
    found = split_funding(district.model_copy(update={"grants": (money,)}), fewest_schools=True).fewest[0]
    assert (found.count, found.bound, found.amounts) == (None, None, ())


def test_a_hard_case_ends_with_a_split_and_says_not_proven(monkeypatch: pytest.MonkeyPatch) -> None:
    """75 schools owed little of 50 million yuan: the first solve took over ten minutes.

    A split of everybody, narrowed to those whom it changes most, is there before the search begins.
    """
    monkeypatch.setattr("allocator.funding.fewest.PATIENCE_S", 0.2)
    district = read_district(Path(__file__).parents[2] / "instances" / "scenarios" / "xiqing-equipment")
    case = purse_of(Facts.of(district, NATIONAL), district.grants[1])
    found = fewest_schools(case, bounds(case), StopSignal())
    assert found.count is not None
    assert found.bound is not None
    assert found.bound < found.count <= 40
