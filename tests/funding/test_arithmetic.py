"""Lines add up to the amount, to the yuan, under every rule; the sentences by hand and as typed."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from allocator import UsageError, split_funding
from allocator.cli.app import run
from allocator.domain.choices import Purpose, Setting, SplitRule
from allocator.domain.district import District
from allocator.domain.money_records import Received
from allocator.io.writing import write_district
from allocator.spending import explain_split, funding_document
from tests.funding.counties import county, grant, school
from tests.funding.test_engine_and_checker import attempt


def test_lines_add_up_on_random_counties() -> None:
    """Every amount of every rule is the sum of its lines; quantity x rate is the line, to the cent."""
    rules = set()
    for seed in range(120):
        decision = attempt(seed)
        if decision is None or decision.conflicts:
            continue
        for result in funding_document(decision)["grants"]:
            rules.add(result["rule"])
            for row in result["schools"]:
                total = sum((Decimal(str(line["yuan"])) for line in row["lines"]), Decimal(0))
                assert total == Decimal(str(row["amount_yuan"])), (seed, result["grant_id"], row)
                for line in row["lines"]:
                    product = line["quantity"] * line["rate"]
                    assert product == pytest.approx(float(line["yuan"]), rel=1e-9, abs=0.0051)
    assert rules == {"formula", "balance", "closest", "leximin"}


def test_a_village_school_line_by_line() -> None:
    """50 pupils x 720, 50 more to the small size, 10 boarders x 300, 2 inclusive x 5280, village + 10 %.

    (36000 + 36000 + 3000 + 10560) x 1.1 = 94116; B has the same, so each gets half of 200001.
    """
    twins = tuple(
        school(code, pupils=50, setting=Setting.VILLAGE, boarders=10, special_pupils=2) for code in "AB"
    )
    received = (Received(school_id="A", grant_id="G", year=2024, amount_yuan=Decimal(120_000)),)
    row = grant("G", 200_001, year=2025)
    decision = split_funding(District(schools=twins, grants=(row,), received=received))
    (found,) = explain_split(decision, "A", "B", lang="en")
    lines = {line.key: line.yuan for line in found.lines}
    assert lines == {
        "primary": 36_000,
        "small": 36_000,
        "boarders": 3000,
        "special": 10_560,
        "village": 8556,
        "factor": Fraction("5884.5"),
        "rounding": Fraction("0.5"),
    }
    assert sum(lines.values()) == found.amount_yuan == 100_001
    assert "19,999 yuan less than last year (120,000)." in found.sentences
    assert any("0.02 more than B" in text for text in found.sentences)


def test_a_guarantee_is_named_as_the_reason() -> None:
    """B is kept at 0.9 x 8000 = 7200; A, with the rest of 10000, gets less than its 5000 a pupil as B."""
    schools = (school("A", pupils=100), school("B", pupils=100))
    received = tuple(
        Received(school_id=code, grant_id="G", year=2024, amount_yuan=Decimal(yuan))
        for code, yuan in (("A", 2000), ("B", 8000))
    )
    row = grant("G", 10_000, SplitRule.BALANCE, purpose=Purpose.TRAINING, year=2025, hold_harmless=0.9)
    decision = split_funding(District(schools=schools, grants=(row,), received=received))
    (found,) = explain_split(decision, "B", lang="en")
    assert {line.key: line.yuan for line in found.lines} == {"even": 5000, "floor_F5": 2200}
    assert "The amount is the guarantee against last year (F5), 7,200 yuan." in found.sentences
    (less,) = explain_split(decision, "A", "B", lang="zh")
    assert any("生均 28.00 元，比 B（72.00 元）少 44.00 元" in text for text in less.sentences)
    with pytest.raises(UsageError):
        explain_split(decision, "C")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_command_as_typed(tmp_path: Path, capsys: pytest.CaptureFixture[str], lang: str) -> None:
    """Both grants of the school are explained; an unknown school is a sentence."""
    rows = (
        grant("G1", 12_000_000, year=2025),
        grant("G2", 3_000_000, SplitRule.LEXIMIN, purpose=Purpose.EQUIPMENT, year=2025),
    )
    folder = str(write_district(county(8, 3, rows), tmp_path / "district.json"))
    assert run(["fund-explain", folder, "S00001", "--against", "S00002", "--lang", lang]) == 0
    said = capsys.readouterr().out
    assert "G1" in said
    assert "G2" in said
    assert ("生均" if lang == "zh" else "a pupil") in said
    assert run(["fund-explain", folder, "S99", "--lang", lang]) == 2
