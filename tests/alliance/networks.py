"""Random networks of schools small enough to try every plan."""

from __future__ import annotations

import random
from collections.abc import Sequence
from decimal import Decimal

from allocator.domain.alliance_records import Link, Membership
from allocator.domain.choices import AllianceForm, AllianceRole, LinkKind, SchoolKind
from allocator.domain.district import District
from allocator.domain.records import DistrictInfo, School

KINDS = (SchoolKind.PRIMARY, SchoolKind.PRIMARY, SchoolKind.JUNIOR, SchoolKind.NINE_YEAR)
FORMS = {form.value: form for form in AllianceForm}
TAGS = ("书法", "合唱", "足球")


def small_network(
    seed: int, schools: int | None = None, *, tags: Sequence[str] = TAGS, links: bool = True
) -> District:
    """Four to seven schools on some 20 x 20 km: unknown and equal qualities, tags, links, wishes.

    Every number is a multiple of something coarse, so that ties occur.
    """
    draw = random.Random(seed)
    count = schools or draw.randint(4, 7)
    rows = tuple(_school(draw, number, tags) for number in range(1, count + 1))
    return District(
        info=DistrictInfo(name="小网络", year=2026),
        schools=rows,
        links=_links(draw, [s.school_id for s in rows]) if links else (),
    )


def _school(draw: random.Random, number: int, tags: Sequence[str]) -> School:
    kind = draw.choice(KINDS)
    grades = {
        SchoolKind.PRIMARY: range(1, 7),
        SchoolKind.JUNIOR: range(7, 10),
        SchoolKind.NINE_YEAR: range(1, 10),
    }
    pupils = {f"pupils_g{g}": draw.choice((20, 40)) for g in grades[kind]}
    total = sum(pupils.values())
    return School(
        school_id=f"S{number}",
        kind=kind,
        lon=None if draw.random() < 0.05 else 117 + draw.randint(0, 4) * 0.05,
        lat=39 + draw.randint(0, 4) * 0.05,
        teaching_area_m2=total * draw.choice((3, 4.5, 6, 9)),
        sports_area_m2=None if draw.random() < 0.1 else total * draw.choice((4, 7.5, 10, 16)),
        equipment_yuan=Decimal(total * draw.choice((1000, 2000, 3000))),
        multimedia_rooms=draw.randint(1, 12),
        quality=None if draw.random() < 0.2 else draw.choice((50, 60, 60, 70, 80, 90)),
        tags=tuple(t for t in tags if draw.random() < 0.4),
        **pupils,
    )


def _links(draw: random.Random, ids: Sequence[str]) -> tuple[Link, ...]:
    kinds = (LinkKind.WISH, LinkKind.WISH, LinkKind.APART, LinkKind.TOGETHER)
    pairs = {tuple(draw.sample(ids, 2)) for _ in range(draw.randint(0, 4))}
    return tuple(
        Link(school_a=a, school_b=b, link=kind, weight=draw.choice((None, 0.5, 2)) if kind == "wish" else None)
        for (a, b), kind in ((pair, draw.choice(kinds)) for pair in sorted(pairs))
    )


def memberships(form: str, groups: Sequence[tuple[str, Sequence[str]]]) -> tuple[Membership, ...]:
    """Rows of alliances `P1`, `P2`, ...: each a lead and its members."""
    return tuple(
        Membership(alliance_id=f"P{number}", form=FORMS[form], school_id=school, role=role, since=2023)
        for number, (lead, members) in enumerate(groups, start=1)
        for school, role in [(lead, AllianceRole.LEAD), *((m, AllianceRole.MEMBER) for m in members)]
    )
