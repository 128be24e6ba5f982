"""The least money for projects: by hand, against every subset judged by the checker, and as it is reported."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from allocator.cli.app import run
from allocator.domain.choices import Purpose
from allocator.domain.district import District
from allocator.domain.funding import LeastMoney
from allocator.domain.money_records import Project, Received
from allocator.domain.policy import Mode, Policy
from allocator.domain.run import StopSignal
from allocator.funding.projects_least import least_for_projects
from allocator.io.writing import write_district
from allocator.spending import funding_document, split_funding
from allocator.spending.writing import conflict_text
from tests.funding.project_cases import EXACT, drawn, fields, judged, pot, primary


def limited(limit: float, mode: Mode = Mode.HARD) -> Policy:
    """The default rules with one CV limit for both stages."""
    policy = Policy(id="limited")
    limits = {"cv_limit_primary": limit, "cv_limit_junior": limit}
    return policy.model_copy(
        update={
            "indicators": policy.indicators.model_copy(update=limits),
            "rules": policy.rules.model_copy(update={"F6": mode}),
        }
    )


def uneven(*projects: Project, money: int = 10, **more: Any) -> District:
    """A has 100 m2 and B 300 with 100 pupils each: the CV is 0.5."""
    schools = (primary("A", 100, sports_area_m2=100), primary("B", 100, sports_area_m2=300))
    return District(schools=schools, grants=(pot("G", money, **more),), projects=projects)


def least(district: District, policy: Policy) -> tuple[LeastMoney, ...]:
    """Of all its grants."""
    codes = [grant.grant_id for grant in district.grants]
    return least_for_projects(district, policy, codes, (), StopSignal(EXACT))


def test_least_money_by_hand() -> None:
    """180 and 300 m2: mean 240, deviation 60, CV exactly 0.25; one m2 less, and only the dearer will do."""
    policy = limited(0.25, Mode.ELASTIC)
    dear, wrong = fields("P1", "A", 40, 100), fields("P2", "B", 5, 200)
    (row,) = least(uneven(dear, wrong, fields("P3", "A", 30, 80)), policy)
    assert (row.least_yuan, row.floors_yuan, row.grant_ids) == (Decimal(30), Decimal(0), ("G",))
    assert row.bound_yuan == pytest.approx(30, abs=1e-4)
    (row,) = least(uneven(dear, wrong, fields("P3", "A", 30, 79)), policy)
    assert row.least_yuan == 40
    (row,) = least(uneven(dear, wrong, fields("P3", "A", 30, 80)), limited(0.25, Mode.OFF))
    assert row.least_yuan == 0
    (row,) = least(uneven(wrong), policy)
    assert (row.least_yuan, row.bound_yuan) == (None, None)


def test_guarantees_cost_what_they_cost() -> None:
    """Half of last year's 100 for B, and B's only project costs 70; F6 is off."""
    district = uneven(fields("P1", "A", 40, 100), fields("P2", "B", 70, 1), hold_harmless=0.5, year=2025)
    last = (Received(school_id="B", grant_id="G", year=2024, amount_yuan=Decimal(100)),)
    rows = least(district.model_copy(update={"received": last}), limited(0.9, Mode.OFF))
    assert [(row.floors_yuan, row.least_yuan) for row in rows] == [(Decimal(50), Decimal(70))]


def test_what_nothing_connects_is_asked_apart() -> None:
    """Two years of one purpose together; another purpose apart, unless a project requires one of it."""
    pots = (
        pot("G", 10, year=2025),
        pot("H", 10, year=2026),
        pot("E", 10, purpose=Purpose.OPERATING, year=2025),
    )
    projects = (fields("P1", "A", 5, 80), fields("P2", "A", 5, 80, "H"), fields("P3", "A", 5, 0, "E"))
    district = uneven(*projects[:2]).model_copy(update={"grants": pots})
    policy = limited(0.25)
    assert [row.grant_ids for row in least(district, policy)] == [("E",), ("G", "H")]
    tied = projects[2].model_copy(update={"adds": None, "amount": None, "excludes": ("P1",)})
    district = district.model_copy(update={"projects": (*projects[:2], tied)})
    assert [row.grant_ids for row in least(district, policy)] == [("E", "G", "H")]
    assert [row.least_yuan for row in least(district, policy)] == [5]


@pytest.mark.parametrize("seed", range(12))
def test_least_money_is_the_cheapest_legal_subset(seed: int) -> None:
    """Every subset in a district whose grants could pay all."""
    district, policy = drawn(seed), limited(0.2 + 0.02 * seed)
    grants = tuple(g.model_copy(update={"amount_yuan": Decimal(1000)}) for g in district.grants)
    rich = district.model_copy(update={"grants": grants})
    legal = [
        sum((p.cost_yuan for p in picked), Decimal(0))
        for size in range(len(rich.projects) + 1)
        for picked in combinations(rich.projects, size)
        if judged(rich, policy, picked).passed
    ]
    found = [row.least_yuan for row in least(district, policy)]
    known = [yuan for yuan in found if yuan is not None]
    if not legal:
        assert len(known) < len(found)
        return
    assert sum(known) == min(legal)
    assert len(known) == len(found)
    bounds = [row.bound_yuan for row in least(district, policy)]
    assert sum(bound or 0.0 for bound in bounds) == pytest.approx(float(min(legal)), abs=1e-2)


def test_a_split_reports_the_least_money_of_projects() -> None:
    """The grant's 10 yuan pay nothing; 30 would even the areas out."""
    decision = split_funding(
        uneven(fields("P3", "A", 30, 80)), limited(0.25, Mode.ELASTIC), limits=EXACT, least_money=True
    )
    assert decision.least[0].least_yuan == 30
    assert funding_document(decision)["least"] == [
        {
            "grant_id": "G",
            "floors_yuan": 0,
            "least_yuan": 30,
            "bound_yuan": pytest.approx(30, abs=1e-4),
            "grants": ["G"],
        }
    ]


def test_a_conflict_names_the_amount_that_is_enough() -> None:
    """F6 binds: at a limit of 0.25 the grant of 10 yuan lacks 20; no amount is enough for one m2 less."""
    decision = split_funding(uneven(fields("P3", "A", 30, 80)), limited(0.25), limits=EXACT)
    (conflict,) = decision.conflicts
    assert decision.status == "infeasible"
    assert conflict.missing_yuan == 20
    assert [(way.what, way.value) for way in conflict.relaxations] == [("amount_yuan", Decimal(30))]
    enough = split_funding(uneven(fields("P3", "A", 30, 80), money=30), limited(0.25), limits=EXACT)
    assert [row.project_id for row in enough.split.chosen] == ["P3"]
    decision = split_funding(uneven(fields("P3", "A", 30, 79)), limited(0.25), limits=EXACT)
    assert not decision.conflicts[0].relaxations
    assert "F6" in conflict_text(decision.conflicts[0], "en")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_commands_as_typed(tmp_path: Path, capsys: pytest.CaptureFixture[str], lang: str) -> None:
    """Two years of one purpose are one row: 10 + 30 yuan there, 30 needed; the paid project is explained."""
    later = fields("P4", "A", 30, 80, "H", name="操场")
    pots = (pot("G", 10, year=2025), pot("H", 30, year=2026))
    district = uneven(fields("P3", "A", 40, 80), later).model_copy(update={"grants": pots})
    file, out = str(write_district(district, tmp_path / "district.json")), tmp_path / "out"
    changes = ["--set", "indicators.cv_limit_primary=0.25", "--lang", lang]
    assert run(["fund", file, "-o", str(out), "--least-money", *changes]) == 0
    said = capsys.readouterr().out
    assert re.search(r"G, H\D+0\D+30\D+30\b", said)
    row = json.loads((out / "result.json").read_text(encoding="utf-8"))["least"][0]
    assert (row["grants"], row["least_yuan"]) == (["G", "H"], 30)
    page = (out / "report.html").read_text(encoding="utf-8")
    assert re.search(r"<tr>\s*<t[dh][^>]*>G, H(<[^>]*>|\s)+40(<[^>]*>|\s)+0(<[^>]*>|\s)+30", page)
    assert run(["fund-explain", file, "A", "--against", "B", *changes]) == 0
    said = capsys.readouterr().out
    assert "P4 操场" in said
    assert "0.30" in said
