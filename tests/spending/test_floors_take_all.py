"""A grant that is exactly what its floors come to: one split, proven, and said so."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from allocator import District, split_funding
from allocator.cli.app import run
from allocator.domain.choices import Purpose, SplitRule
from allocator.domain.plan import Status
from allocator.domain.policy import Mode, Policy
from allocator.io.writing import write_district
from allocator.spending import changed
from allocator.spending.limits import only_floors
from tests.funding.counties import county, grant

HUNDRED = 100
SAID = {"zh": "只有这一种分法", "en": "there is this one split"}


def tight(rule: SplitRule, purpose: Purpose = Purpose.EQUIPMENT) -> District:
    """Eight schools; 100 yuan a pupil, and at least 100 yuan a pupil for each."""
    district = county(8, 3)
    pupils = sum(s.pupils(stage) or 0 for s in district.schools for stage in s.stages)
    row = grant("G", HUNDRED * pupils, rule, purpose=purpose, floor_per_pupil_yuan=HUNDRED)
    return district.model_copy(update={"grants": (row,)})


@pytest.mark.parametrize("rule", [SplitRule.BALANCE, SplitRule.CLOSEST, SplitRule.LEXIMIN])
@pytest.mark.parametrize("purpose", [Purpose.EQUIPMENT, Purpose.TRAINING])
def test_the_only_split_is_proven(rule: SplitRule, purpose: Purpose) -> None:
    """Value and bound of every level are one; binary numbers alone left a deviation of -1 and `feasible`."""
    decision = split_funding(tight(rule, purpose))
    assert decision.status is Status.OPTIMAL
    assert all(level.bound == level.continuous for level in decision.grants[0].levels)
    assert all(row.amount_yuan == row.floor_yuan for row in decision.grants[0].schools)
    assert only_floors(decision) == ["G"]


def test_with_a_yuan_more_there_is_something_to_split() -> None:
    district = tight(SplitRule.BALANCE)
    more = district.grants[0].amount_yuan + 1
    decision = split_funding(changed(district, {"grants.G.amount_yuan": more}))
    assert only_floors(decision) == []


def test_prices_of_the_only_split_are_found() -> None:
    """There is no way down from here, and the way up lowers the spread."""
    prices = split_funding(tight(SplitRule.BALANCE), prices=True).grants[0].prices
    money = next(price for price in prices if price.of == "amount")
    assert money.price < 0


def test_where_the_limit_binds_the_missing_amount_is_enough() -> None:
    """What the conflict says would do does, and a hundredth less of what is missing does not."""
    rules = Policy(id="t").rules.model_copy(update={"F6": Mode.HARD})
    hard = Policy(id="t").model_copy(update={"rules": rules})
    district = tight(SplitRule.BALANCE)
    (conflict,) = split_funding(district, hard).conflicts
    assert conflict.key == "spread"
    assert conflict.missing_yuan > 0
    for part, enough in ((Decimal(1), True), (Decimal("0.99"), False)):
        amount = district.grants[0].amount_yuan + int(conflict.missing_yuan * part)
        decision = split_funding(changed(district, {"grants.G.amount_yuan": amount}), hard)
        assert (not decision.conflicts) is enough


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_console_and_page_say_so(tmp_path: Path, capsys: pytest.CaptureFixture[str], lang: str) -> None:
    folder = write_district(tight(SplitRule.BALANCE), tmp_path / "district.json")
    assert run(["fund", str(folder), "-o", str(tmp_path / "out"), "--lang", lang]) == 0
    assert SAID[lang] in capsys.readouterr().out
    assert SAID[lang] in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
