"""Engine and checker, written apart, on random counties: every split passes, every level is worth the same."""

from __future__ import annotations

import random
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pytest

from allocator import UsageError, split_funding
from allocator.checking import check_funding
from allocator.domain.choices import Asset, Purpose, Setting, SplitRule
from allocator.domain.district import District
from allocator.domain.funding import FundingDecision, Split
from allocator.domain.money_records import Grant, Project, Received
from allocator.domain.plan import Judgement, Status
from allocator.domain.policy import Mode, Policy
from allocator.domain.records import DistrictInfo, School
from allocator.errors import InternalError
from allocator.spending import verdict, write_funding
from tests.funding.counties import KINDS, grant, school

RULES = (SplitRule.FORMULA, SplitRule.BALANCE, SplitRule.CLOSEST, SplitRule.LEXIMIN, SplitRule.PROJECTS)
STOCKS = ("equipment_yuan", "multimedia_rooms", "teaching_area_m2", "sports_area_m2")


def random_school(draw: random.Random, code: str) -> School:
    pupils = draw.choice([0, *[draw.randint(1, 900)] * 12])
    more = {name: draw.randint(0, 60) * scale for name, scale in zip(STOCKS, (9000, 1, 150, 90), strict=True)}
    if draw.random() < 0.1:
        more.pop(draw.choice(STOCKS))
    row = school(
        code,
        draw.choice(KINDS),
        pupils,
        setting=draw.choice(tuple(Setting)),
        boarders=min(pupils, draw.randint(0, 30)),
        special_pupils=min(pupils, draw.choice([0, 0, 3])),
        **more,
    )
    blank = {f"pupils_g{grade}": None for grade in range(1, 10)}
    return row.model_copy(update=blank) if draw.random() < 0.05 else row


def random_grant(draw: random.Random, code: str, schools: tuple[School, ...]) -> Grant:
    unit = draw.choice([1, 1, 100, Decimal("0.01"), 10_000])
    named = draw.sample([s.school_id for s in schools], draw.randint(1, len(schools)))
    purpose = draw.choice(tuple(Purpose))
    return grant(
        code,
        Decimal(draw.randint(0, 400)) * draw.choice([100, 10_000]) * (100 if unit == 10_000 else 1),
        draw.choice(RULES),
        purpose=purpose,
        unit_yuan=unit,
        year=draw.choice([None, 2025, 2026]),
        schools=tuple(named) if draw.random() < 0.3 else (),
        floor_per_pupil_yuan=draw.choice([None, 20]),
        cap_per_pupil_yuan=draw.choice([None, None, 5000]),
        hold_harmless=draw.choice([None, 0.3, 0.9]),
    )


def random_county(seed: int) -> District:
    draw = random.Random(seed)
    schools = tuple(random_school(draw, f"S{i}") for i in range(draw.randint(1, 7)))
    grants = tuple(random_grant(draw, f"G{i}", schools) for i in range(draw.randint(1, 3)))
    received = {
        (g.grant_id, s.school_id, year): Received(
            school_id=s.school_id, grant_id=g.grant_id, year=year, amount_yuan=Decimal(draw.randint(0, 200_000))
        )
        for g in grants
        for s in schools
        for year in draw.sample([2022, 2024, 2025], draw.randint(0, 2))
    }
    paying = [g for g in grants if g.rule is SplitRule.PROJECTS]
    projects = tuple(
        Project(
            project_id=f"P{i}",
            school_id=draw.choice(schools).school_id,
            grant_id=draw.choice(paying).grant_id,
            cost_yuan=Decimal(draw.randint(1, 40) * 10_000),
            adds=draw.choice(tuple(Asset)),
            amount=float(draw.randint(1, 20)),
        )
        for i in range(draw.randint(1, 4) if paying else 0)
    )
    year = draw.choice([None, 2025])
    return District(
        info=DistrictInfo(name="县", year=year),
        schools=schools,
        grants=grants,
        received=tuple(received.values()),
        projects=projects,
    )


def policy_of(seed: int) -> Policy:
    """F6 gives way, binds, or is off."""
    policy = Policy(id="test")
    mode = (Mode.ELASTIC, Mode.HARD, Mode.OFF)[seed % 3]
    return policy.model_copy(update={"rules": policy.rules.model_copy(update={"F6": mode})})


def attempt(seed: int) -> FundingDecision | None:
    """A split; the engine raises InternalError where the checker disagrees."""
    try:
        return split_funding(random_county(seed), policy_of(seed))
    except UsageError:
        return None


def test_every_split_passes_and_levels_agree() -> None:
    """A reading that differs between the two is an InternalError within some hundred counties."""
    found = [attempt(seed) for seed in range(160)]
    split = [d for d in found if d is not None and not d.conflicts]
    assert len(split) > 40
    rules = {(result.rule) for d in split for result in d.grants}
    assert rules == set(RULES) - {SplitRule.PROJECTS}
    assert any(d.split.chosen for d in split)
    for decision in split:
        judgement = check_funding(decision.district, decision.policy, decision.split)
        assert decision.check == judgement
        assert judgement.passed
        for code, levels in decision.levels.items():
            assert all(judgement.levels.get(f"{code}.{x.name}", 0.0) == x.value for x in levels)


def test_a_split_that_the_checker_rejects_is_withheld(monkeypatch: pytest.MonkeyPatch) -> None:
    """A checker that is told of a yuan less in the grant rejects the split; nothing is returned."""
    district = District(schools=(school("A"),), grants=(grant("G", 500_000),))
    assert split_funding(district).check is not None

    def stricter(case: District, policy: Policy, split: Split, grants: Sequence[str] | None) -> Judgement:
        poorer = tuple(g.model_copy(update={"amount_yuan": g.amount_yuan - 1}) for g in case.grants)
        return check_funding(case.model_copy(update={"grants": poorer}), policy, split, grants)

    monkeypatch.setattr(verdict, "CHECKER", stricter)
    with pytest.raises(InternalError) as refused:
        split_funding(district)
    assert refused.value.key == "checker_rejects"


def renormalised(
    total: float, weights: Sequence[int], floors: Sequence[float], caps: Sequence[float]
) -> list[float]:
    """The usual loop: hold whoever is out of bounds, share the rest anew by weight, and scale to the sum."""
    held: dict[int, float] = {}
    while True:
        rest, weight = total - sum(held.values()), sum(w for i, w in enumerate(weights) if i not in held)
        amounts = [held.get(i, rest * w / weight if weight else 0.0) for i, w in enumerate(weights)]
        out = {
            i: min(max(x, floors[i]), caps[i])
            for i, x in enumerate(amounts)
            if i not in held and not floors[i] <= x <= caps[i]
        }
        if not out:
            return [x * total / sum(amounts) for x in amounts]
        held |= out


def test_renormalising_in_a_loop_breaks_a_guarantee_that_holds_here() -> None:
    """100,000 yuan, at most 100 a pupil; last year's 50,000 of B and 20,000 of C are guaranteed.

    The loop holds A at its cap of 50,000 and B at 50,000 first, then C at 20,000: 120,000 in all, and
    scaled to the sum B gets 41,667. Here A, whose cap does not bind in the end, gets 30,000.
    """
    # Weights by F3: 500 x 720 + 341 x 5280 = 2,160,480; 360,000; 300 x 720 + 160 x 5280 = 1,060,800.
    schools = (
        school("A", pupils=500, special_pupils=341),
        school("B", pupils=500),
        school("C", pupils=300, special_pupils=160),
    )
    last = {"B": 50_000, "C": 20_000}
    received = tuple(
        Received(school_id=code, grant_id="G", year=2024, amount_yuan=Decimal(yuan))
        for code, yuan in last.items()
    )
    row = grant("G", 100_000, purpose=Purpose.TRAINING, year=2025, hold_harmless=1, cap_per_pupil_yuan=100)
    decision = split_funding(District(schools=schools, grants=(row,), received=received))
    shares = decision.grants[0].schools
    assert [int(share.weight) for share in shares] == [2_160_480, 360_000, 1_060_800]
    assert [int(share.amount_yuan) for share in shares] == [30_000, 50_000, 20_000]
    loop = renormalised(100_000, (2_160_480, 360_000, 1_060_800), (0, 50_000, 20_000), (50_000, 50_000, 30_000))
    assert loop == pytest.approx([41_666.67, 41_666.67, 16_666.67], abs=0.01)


def test_projects_are_chosen_through_the_whole_road(tmp_path: Path) -> None:
    """I7 asks 2.3 rooms for 100 pupils; 100 pupils with 1 room, 2 rooms cost 80,000 of 100,000.

    The other project, of one room for 50,000, does not lift: chosen instead it would leave 0 lifted.
    """
    works = tuple(
        Project(
            project_id=code,
            school_id="A",
            grant_id="G",
            cost_yuan=Decimal(cost),
            adds=Asset.MULTIMEDIA_ROOMS,
            amount=float(rooms),
        )
        for code, cost, rooms in (("P1", 80_000, 2), ("P2", 50_000, 1))
    )
    row = grant("G", 100_000, SplitRule.PROJECTS, purpose=Purpose.MULTIMEDIA, year=2025)
    schools = (school("A", pupils=100, multimedia_rooms=1),)
    decision = split_funding(District(schools=schools, grants=(row,), projects=works))
    assert [c.project_id for c in decision.split.chosen] == ["P1"]
    assert [(x.name, x.final) for x in decision.projects if x.name == "projects.lifted"] == [
        ("projects.lifted", 1)
    ]
    assert decision.status is Status.OPTIMAL
    (rooms,) = (s.values["I7"] for s in decision.after.sections)
    assert rooms == 3
    write_funding(decision, tmp_path)
    assert (tmp_path / "chosen.csv").read_text(encoding="utf-8-sig").splitlines()[1] == "P1,A,G,80000,2025"
    assert not [file for file in tmp_path.iterdir() if file.name.startswith(".")]
