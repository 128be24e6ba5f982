"""`report.html` of a split: its tables and charts hold our numbers, in both languages, with any names."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from allocator import District, split_funding
from allocator.checking.funding import check_funding
from allocator.domain.choices import Purpose, SplitRule
from allocator.domain.funding import FundingDecision
from allocator.reporting.money.charts import lorenz, shown_gains
from allocator.reporting.money.facts import MoneyFacts
from allocator.spending.report import write_report
from allocator.text import LANGS, Lang
from tests.funding.counties import county, grant, school

EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(1)>"
GRANTS = (
    grant("G1", 60_000_000, hold_harmless=0.1, year=2025),
    grant("G2", 3_000_000, SplitRule.BALANCE, purpose=Purpose.EQUIPMENT, unit_yuan=100, year=2025),
)


@pytest.fixture(scope="module")
def decision() -> FundingDecision:
    return split_funding(county(40, 7, GRANTS), least_money=True)


def page(decision: FundingDecision, folder: Path, lang: Lang = "en") -> str:
    write_report(decision, folder, lang=lang)
    return (folder / "report.html").read_text(encoding="utf-8")


def charts(text: str) -> Any:
    found = re.search(r'id="report-data">(.*?)</script>', text, re.DOTALL)
    assert found is not None
    return json.loads(found[1])["charts"]


@pytest.mark.parametrize("lang", LANGS)
def test_every_section_and_plot_is_there(decision: FundingDecision, tmp_path: Path, lang: Lang) -> None:
    """Tables for schools, grants, levels, gains, prices and least money; a plot for each question."""
    checked = replace(decision, check=check_funding(decision.district, decision.policy, decision.split))
    text = page(checked, tmp_path, lang)
    for name in (
        "grants",
        "spread",
        "lorenz",
        "gains",
        "grant1",
        "grant2",
        "totals",
        "levels",
        "least",
        "rules",
    ):
        assert f'id="table-{name}"' in text, name
    drawn = charts(text)
    assert set(drawn) == {"spread", "lorenz", "gains", "grant1", "grant2"}
    assert "http://" not in text.replace("http://www.w3.org", "").split("<script>")[0]
    assert "{" not in text.split("<main>")[1].split("</main>")[0]


def test_dots_are_the_amounts_a_pupil(decision: FundingDecision, tmp_path: Path) -> None:
    series = charts(page(decision, tmp_path))["grant1"]["series"]
    dots = sorted(tuple(dot["value"]) for part in series for dot in part["data"])
    facts = MoneyFacts(decision, "en")
    wanted = [
        (facts.pupils[s.school_id], round(float(s.amount_yuan) / facts.pupils[s.school_id], 2))
        for s in decision.grants[0].schools
    ]
    assert dots == sorted(wanted)


def test_lorenz_by_hand() -> None:
    """100 pupils with 1000 yuan (floor) and 300 with 9000: 10 a pupil, then 30; a quarter has a tenth."""
    rows = (school("A", pupils=100), school("B", pupils=300))
    money = grant("G", 10_000, purpose=Purpose.TRAINING, year=2025)
    district = county(1).model_copy(update={"schools": rows, "grants": (money,), "received": ()})
    decision = split_funding(district)
    shares = [
        replace(share, amount_yuan=Decimal(amount))
        for share, amount in zip(decision.grants[0].schools, (1000, 9000), strict=True)
    ]
    uneven = replace(decision, grants=(replace(decision.grants[0], schools=tuple(shares)),))
    curve = lorenz(MoneyFacts(uneven, "en"))["series"][1]["data"]
    assert [point["value"] for point in curve] == [[0, 0], [0.25, 0.1], [1, 1]]


def test_gains_add_up_to_what_there_is_more(decision: FundingDecision) -> None:
    """Both ends of the gains are shown where the schools are many, each school once."""
    facts = MoneyFacts(decision, "en")
    last = sum(s.last_yuan for r in decision.grants for s in r.schools if s.last_yuan is not None)
    assert sum(gain.change for gain in facts.gains) == 63_000_000 - last
    shown = shown_gains(facts)
    assert len({gain.school_id for gain in shown}) == len(shown) == 30
    assert shown[0].change == max(gain.change for gain in facts.gains)
    assert shown[-1].change == min(gain.change for gain in facts.gains)


def test_hostile_names_are_harmless(decision: FundingDecision, tmp_path: Path) -> None:
    """Written as they are, they would add scripts and images."""
    plain = page(decision, tmp_path)
    schools = tuple(s.model_copy(update={"name": EVIL}) for s in decision.district.schools)
    grants = tuple(g.model_copy(update={"name": EVIL}) for g in decision.district.grants)
    info = decision.district.info.model_copy(update={"name": EVIL})
    tables = {"schools": schools, "grants": grants, "info": info}
    text = page(replace(decision, district=decision.district.model_copy(update=tables)), tmp_path / "evil")
    assert text.count("<script") == plain.count("<script")
    assert "<img" not in text.split("<script>")[0]


@pytest.mark.parametrize("lang", LANGS)
def test_a_conflict_has_a_page_without_a_workbook(tmp_path: Path, lang: Lang) -> None:
    """Floors of 9 million against 1000 yuan: the page says what is missing and the ways out."""
    district: District = county(5, 1, (grant("G", 1000, hold_harmless=1, year=2025),))
    text = page(split_funding(district), tmp_path, lang)
    assert 'class="verdict bad"' in text
    assert 'id="table-ways"' in text
    assert not (tmp_path / "split.xlsx").exists()
