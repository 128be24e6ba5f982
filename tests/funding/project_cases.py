"""Small districts with projects, and every choice of them judged by the checker."""

from __future__ import annotations

from decimal import Decimal
from random import Random
from typing import Any

from allocator.checking import check_funding
from allocator.domain.choices import Asset, Purpose, SchoolKind, SplitRule
from allocator.domain.district import District
from allocator.domain.funding import Chosen, Split
from allocator.domain.money_records import Grant, Project
from allocator.domain.plan import Judgement
from allocator.domain.policy import Mode, Policy
from allocator.domain.records import School
from allocator.domain.run import Limits

EXACT = Limits(gap=1e-6)
SOFT = Policy(id="soft")
HARD = SOFT.model_copy(update={"rules": SOFT.rules.model_copy(update={"F6": Mode.HARD})})
ASSETS = {
    Purpose.EQUIPMENT: (Asset.EQUIPMENT_YUAN, 2000),
    Purpose.MULTIMEDIA: (Asset.MULTIMEDIA_ROOMS, 0.023),
    Purpose.SPORTS_AREA: (Asset.SPORTS_AREA_M2, 7.5),
}


def primary(code: str, pupils: int, **more: Any) -> School:
    """A primary school with pupils in one grade."""
    return School(school_id=code, kind=SchoolKind.PRIMARY, pupils_g1=pupils, **more)


def fields(code: str, at: str, cost: int, amount: float, grant: str = "G", **more: Any) -> Project:
    """A project for a sports field."""
    return Project(
        project_id=code,
        school_id=at,
        grant_id=grant,
        cost_yuan=Decimal(cost),
        adds=Asset.SPORTS_AREA_M2,
        amount=amount,
        **more,
    )


def pot(code: str, amount: int, **more: Any) -> Grant:
    """A grant that pays by projects."""
    values = {"purpose": Purpose.SPORTS_AREA, "rule": SplitRule.PROJECTS, **more}
    return Grant(grant_id=code, amount_yuan=Decimal(amount), **values)


def drawn(seed: int) -> District:
    """Four schools, one of nine years, six projects in two years, of two purposes."""
    draw = Random(seed)
    purposes = draw.sample(sorted(ASSETS), 2)
    schools = []
    for code in "ABCD":
        nine = code == "D"
        people = {"pupils_g1": draw.randint(20, 300), "pupils_g7": draw.randint(20, 300) if nine else None}
        stock = {
            asset.value: round(draw.uniform(0.5, 1.3) * need * sum(n or 0 for n in people.values()))
            for asset, need in ASSETS.values()
        }
        kind = SchoolKind.NINE_YEAR if nine else SchoolKind.PRIMARY
        schools.append(School(school_id=code, kind=kind, **people, **stock))
    grants = tuple(
        pot(f"{p.value}{year}", draw.randint(50, 120), purpose=p, year=year)
        for p in purposes
        for year in (2025, 2026)
    )
    projects: list[Project] = []
    for n in range(6):
        grant, at = draw.choice(grants), draw.choice(schools)
        asset, need = ASSETS[grant.purpose]
        amount = max(1, round(draw.uniform(0.1, 0.5) * need * (at.pupils_g1 or 0)))
        earlier = [p.project_id for p in projects]
        requires = {draw.choice(earlier)} if earlier and draw.random() < 0.25 else set()
        excludes = {draw.choice(earlier)} - requires if earlier and draw.random() < 0.25 else set()
        row = fields(f"P{n}", at.school_id, draw.randint(10, 60), amount, grant.grant_id)
        projects.append(
            row.model_copy(update={"adds": asset, "requires": tuple(requires), "excludes": tuple(excludes)})
        )
    return District(schools=tuple(schools), grants=grants, projects=tuple(projects))


def judged(district: District, policy: Policy, picked: tuple[Project, ...]) -> Judgement:
    """What the checker says of some projects."""
    years = {g.grant_id: g.year for g in district.grants}
    rows = tuple(Chosen(p.project_id, p.school_id, p.grant_id, p.cost_yuan, years[p.grant_id]) for p in picked)
    return check_funding(district, policy, Split((), rows))
