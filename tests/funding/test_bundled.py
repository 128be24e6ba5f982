"""Incentive money by the bundled evaluation of alliances."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from allocator import District, UsageError, split_funding
from allocator.checking.bundled import bundled_weights
from allocator.checking.funding import check_funding
from allocator.checking.rules_balance import BalanceFacts
from allocator.cli.app import run
from allocator.domain.alliance_records import Membership
from allocator.domain.bundled import parts_of
from allocator.domain.choices import Purpose, SchoolKind, SplitRule
from allocator.domain.funding import Split
from allocator.domain.policy import Policy
from allocator.domain.records import School
from allocator.indicators.bundled import evaluate
from allocator.io.writing import write_district
from allocator.spending import explain_split
from tests.funding.counties import county, grant, school

DEFAULT = Policy(id="test")


def member(alliance: str, code: str, role: str = "member", form: str = "group") -> Membership:
    return Membership.model_validate(
        {"alliance_id": alliance, "form": form, "school_id": code, "role": role, "since": 2023}
    )


def incentive(amount: int = 1_000_000, **more: Any) -> Any:
    return grant("G", amount, SplitRule.BUNDLED, purpose=Purpose.INCENTIVE, **more)


def two_alliances(**more: Any) -> District:
    """Equipment alone is known.

    A pair: 4,000 a pupil beside 1,000. A group: 3,000 beside 1,000 and 1,000. Needed are 2,000. Z is alone.
    """

    def primary(code: str, pupils: int, each: int) -> School:
        return school(code, pupils=pupils, equipment_yuan=pupils * each)

    rows = (
        primary("L", 100, 4000),
        primary("M", 100, 1000),
        primary("L2", 100, 3000),
        primary("N1", 50, 1000),
        primary("N2", 50, 1000),
        primary("Z", 100, 3000),
    )
    ties = (
        member("A", "L", "lead", "pair"),
        member("A", "M", form="pair"),
        member("B", "L2", "lead"),
        member("B", "N1"),
        member("B", "N2"),
    )
    return District(schools=rows, memberships=ties, grants=(incentive(**more),))


def test_points_by_hand() -> None:
    """The pair lifts its member, closes 1.5 to 0.5 and uses half of 200,000; the group does all there is."""
    pair, group = evaluate(two_alliances(), DEFAULT)
    assert (pair.stock, pair.gap, pair.radiation) == (Decimal(100), Decimal("66.67"), Decimal(50))
    assert pair.points == Fraction("216.67") / 3
    assert pair.weight == 2 * pair.points
    assert (group.stock, group.gap, group.radiation) == (Decimal(100), Decimal(100), Decimal(100))
    assert group.weight == 300


def test_the_grant_follows_points_times_schools_then_the_stated_share() -> None:
    """Half of an alliance's part goes to its lead, the rest to its members alike; who is alone gets nothing."""
    decision = split_funding(two_alliances(), DEFAULT)
    pair = 2 * Fraction("216.67") / 3
    each = {
        "L": pair / 2,
        "M": pair / 2,
        "L2": Fraction(150),
        "N1": Fraction(75),
        "N2": Fraction(75),
        "Z": Fraction(0),
    }
    amounts = {row.school_id: row.amount_yuan for row in decision.split.amounts}
    assert sum(amounts.values()) == 1_000_000
    for code, weight in each.items():
        assert abs(Fraction(amounts[code]) - 1_000_000 * weight / (pair + 300)) < 1
    assert amounts["Z"] == 0
    assert decision.check is not None
    assert decision.check.passed
    assert decision.check.levels["G.rounding"] < 1


def test_the_lead_share_and_the_heads_are_the_policys() -> None:
    """With the radiation alone the pair has 50 points; with all for the leads the members have nothing."""
    values = {"bundled_stock": 0, "bundled_gap": 0, "bundled_lead_share": 1}
    policy = DEFAULT.model_copy(update={"funding": DEFAULT.funding.model_copy(update=values)})
    amounts = {row.school_id: row.amount_yuan for row in split_funding(two_alliances(), policy).split.amounts}
    assert amounts == {"L": 250_000, "M": 0, "L2": 750_000, "N1": 0, "N2": 0, "Z": 0}


def test_floors_and_caps_hold_and_the_rest_follows_the_weights() -> None:
    """At most 3,000 a pupil: the group's schools are cut to it; who is alone has the floor of 100 a pupil."""
    decision = split_funding(two_alliances(cap_per_pupil_yuan=3000, floor_per_pupil_yuan=100), DEFAULT)
    amounts = {row.school_id: row.amount_yuan for row in decision.split.amounts}
    cut = {"L2": 300_000, "N1": 150_000, "N2": 150_000, "Z": 10_000}
    assert amounts == {**cut, "L": 195_000, "M": 195_000}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_lines_add_up_and_name_the_alliance(lang: Any) -> None:
    """A lead of one alliance that is a member of another has a line of each."""
    district = two_alliances()
    both = district.model_copy(
        update={"memberships": (*district.memberships, member("C", "L", "lead"), member("C", "N1"))}
    )
    decision = split_funding(both, DEFAULT)
    for row in decision.split.amounts:
        (found,) = explain_split(decision, row.school_id, lang=lang)
        assert sum(line.yuan for line in found.lines) == row.amount_yuan
    (found,) = explain_split(decision, "N1", "L", lang=lang)
    assert [(line.key, line.subject) for line in found.lines[:2]] == [
        ("bundled_member", "B"),
        ("bundled_member", "C"),
    ]
    assert any("66.67" in text or "100.00" in text for text in found.sentences)


def random_county(seed: int) -> District:
    """Alliances of all shapes: schools in several, leads in two, alliances without lead or members."""
    draw = random.Random(seed)
    district = county(14, seed, (incentive(1_234_567, unit_yuan=draw.choice([1, 7])),))
    grants = (district.grants[0].model_copy(update={"amount_yuan": Decimal(1_234_569)}),)
    codes = [s.school_id for s in district.schools]
    rows = []
    for k in range(draw.randint(2, 6)):
        own = draw.sample(codes, draw.randint(1, 5))
        lead = draw.random() < 0.9
        rows += [member(f"A{k}", own[0], "lead" if lead else "member")]
        rows += [member(f"A{k}", code) for code in own[1:]]
    schools = tuple(
        s.model_copy(update={"multimedia_rooms": None} if draw.random() < 0.2 else {}) for s in district.schools
    )
    closed = draw.randrange(len(schools))
    empty = {"pupils_g1": 0} if schools[closed].kind is SchoolKind.PRIMARY else {}
    schools = tuple(s.model_copy(update=empty) if i == closed else s for i, s in enumerate(schools))
    return district.model_copy(update={"schools": schools, "memberships": tuple(rows), "grants": grants})


@pytest.mark.parametrize("seed", range(30))
def test_the_checker_comes_to_the_same_weights_by_itself(seed: int) -> None:
    """Fractions throughout against binary numbers rounded to points: to the last hundredth the same."""
    district = random_county(seed)
    parts = parts_of(evaluate(district, DEFAULT), Fraction(1, 2))
    ours = {code: sum(part.weight for part in found) for code, found in parts.items()}
    theirs = bundled_weights(BalanceFacts(district, DEFAULT, Split()))
    assert ours == dict(theirs)
    if any(ours.values()):
        decision = split_funding(district, DEFAULT)
        assert sum(row.amount_yuan for row in decision.split.amounts) == 1_234_569


def test_a_split_that_does_not_follow_the_evaluation_is_seen() -> None:
    """Two yuan moved from one member to another: the sum is right, and the split is not the evaluation's."""
    decision = split_funding(two_alliances(), DEFAULT)
    moved = {"N1": 2, "N2": -2}
    rows = tuple(
        replace(row, amount_yuan=row.amount_yuan + moved.get(row.school_id, 0))
        for row in decision.split.amounts
    )
    judged = check_funding(decision.district, decision.policy, Split(rows))
    assert judged.levels["G.rounding"] > 1


def test_without_alliances_there_is_a_sentence() -> None:
    district = two_alliances().model_copy(update={"memberships": ()})
    with pytest.raises(UsageError, match="alliance"):
        split_funding(district, DEFAULT)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_command_shows_the_evaluation(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], lang: str
) -> None:
    """Console, result.json, page and workbook name the points; the workbook's slopes are the weights."""
    folder = write_district(two_alliances(), tmp_path / "district.json")
    assert run(["fund", str(folder), "-o", str(tmp_path / "out"), "--lang", lang]) == 0
    assert "66.67" in capsys.readouterr().out
    document = json.loads((tmp_path / "out" / "result.json").read_text(encoding="utf-8"))
    assert [row["gap"] for row in document["alliances"]] == [66.67, 100.0]
    assert 'id="table-bundled"' in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    book = openpyxl.load_workbook(tmp_path / "out" / "split.xlsx")
    assert ("捆绑评价" if lang == "zh" else "Bundled evaluation") in book.sheetnames
    cells = [cell.value for row in book["G"].iter_rows() for cell in row]
    assert 150 in cells


def test_the_rule_of_the_command_line_is_enough(tmp_path: Path) -> None:
    """`--rule bundled` on a grant that the table splits otherwise, also in Chinese in the table."""
    district = two_alliances()
    other = district.grants[0].model_copy(update={"rule": SplitRule.FORMULA})
    folder = write_district(district.model_copy(update={"grants": (other,)}), tmp_path / "district.json")
    assert run(["fund", str(folder), "-o", str(tmp_path / "out"), "--rule", "bundled", "--no-report"]) == 0
    document = json.loads((tmp_path / "out" / "result.json").read_text(encoding="utf-8"))
    assert sum(row["amount_yuan"] for row in document["split"]) == 1_000_000
    assert document["grants"][0]["rule"] == "bundled"
