"""Small and large counties with grants."""

from __future__ import annotations

import random
from decimal import Decimal

from allocator.domain.choices import Purpose, SchoolKind, Setting, SplitRule
from allocator.domain.district import District
from allocator.domain.money_records import Grant, Received
from allocator.domain.records import DistrictInfo, School

KINDS = (SchoolKind.PRIMARY, SchoolKind.PRIMARY, SchoolKind.JUNIOR, SchoolKind.NINE_YEAR)


def school(code: str, kind: SchoolKind = SchoolKind.PRIMARY, pupils: int = 600, **more: object) -> School:
    """A school with its pupils in grade 1 (primary), 7 (junior), or two to one in both."""
    grades = {
        SchoolKind.PRIMARY: {"pupils_g1": pupils},
        SchoolKind.JUNIOR: {"pupils_g7": pupils},
        SchoolKind.NINE_YEAR: {"pupils_g1": pupils - pupils // 3, "pupils_g7": pupils // 3},
    }[kind]
    return School.model_validate({"school_id": code, "kind": kind, **grades, **more})


def grant(code: str, amount: int | str | Decimal, rule: SplitRule = SplitRule.FORMULA, **more: object) -> Grant:
    """A grant; operating money where nothing else is said."""
    purpose = more.pop("purpose", Purpose.OPERATING)
    return Grant.model_validate(
        {"grant_id": code, "amount_yuan": Decimal(amount), "purpose": purpose, "rule": rule, **more}
    )


def county(schools: int, seed: int = 0, grants: tuple[Grant, ...] = ()) -> District:
    """A random county whose schools differ in size, setting and equipment."""
    draw = random.Random(seed)
    rows = tuple(
        school(
            f"S{i:05d}",
            draw.choice(KINDS),
            draw.randint(30, 2400),
            setting=draw.choice(tuple(Setting)),
            boarders=draw.randint(0, 20),
            special_pupils=draw.randint(0, 6),
            equipment_yuan=Decimal(draw.randint(20_000, 4_000_000)),
            multimedia_rooms=draw.randint(1, 60),
            teaching_area_m2=float(draw.randint(500, 9000)),
            sports_area_m2=float(draw.randint(500, 15000)),
        )
        for i in range(schools)
    )
    received = tuple(
        Received(
            school_id=s.school_id,
            grant_id=g.grant_id,
            year=2024,
            amount_yuan=Decimal(draw.randint(1000, 900_000)),
        )
        for g in grants
        for s in rows
    )
    return District(info=DistrictInfo(name="测试县", year=2025), schools=rows, grants=grants, received=received)
