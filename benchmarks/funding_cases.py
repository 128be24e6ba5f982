"""Counties with grants and projects for the measurements of funding."""

from __future__ import annotations

import random
from decimal import Decimal

from allocator.domain.choices import Asset, Purpose, SchoolKind, Setting, SplitRule
from allocator.domain.district import District
from allocator.domain.money_records import Grant, Received
from allocator.domain.records import DistrictInfo, School
from allocator.generation.funding import projects
from allocator.generation.options import Streams

YEAR = 2026
KINDS = (SchoolKind.PRIMARY, SchoolKind.PRIMARY, SchoolKind.JUNIOR, SchoolKind.NINE_YEAR)
OPERATING_YUAN, ASSET_YUAN = 1_400, 400
"""Money a pupil: enough for every floor."""


def county(schools: int, seed: int) -> District:
    """Schools of 30 to 2,400 pupils that differ in what they have; money asks for no teachers."""
    draw = random.Random(seed)
    rows = tuple(_school(f"S{n:05d}", draw) for n in range(schools))
    return District(info=DistrictInfo(name="county", year=YEAR), schools=rows)


def _school(code: str, draw: random.Random) -> School:
    kind, pupils = draw.choice(KINDS), draw.randint(30, 2400)
    junior = {SchoolKind.PRIMARY: 0, SchoolKind.JUNIOR: pupils}.get(kind, pupils // 3)
    grades = {"pupils_g1": pupils - junior, "pupils_g7": junior}
    each = {
        "equipment_yuan": draw.uniform(800, 4000),
        "multimedia_rooms": draw.uniform(0.01, 0.04),
        "teaching_area_m2": draw.uniform(2, 9),
        "sports_area_m2": draw.uniform(2, 16),
    }
    return School.model_validate(
        {
            "school_id": code,
            "kind": kind,
            "setting": draw.choice(tuple(Setting)),
            "boarders": draw.randint(0, pupils // 10),
            "special_pupils": draw.randint(0, 6),
            **{name: number for name, number in grades.items() if number},
            **{name: round(value * pupils) for name, value in each.items()},
        }
    )


def six_grants(schools: int, seed: int) -> District:
    """Six grants with every rule of amounts: floors, caps, guarantees, CV limits, training, units."""
    grants = (
        _grant("G1", Purpose.OPERATING, SplitRule.FORMULA, OPERATING_YUAN, hold_harmless=0.6),
        _grant("G2", Purpose.EQUIPMENT, SplitRule.BALANCE, ASSET_YUAN, floor_per_pupil_yuan=50, unit_yuan=100),
        _grant("G3", Purpose.MULTIMEDIA, SplitRule.LEXIMIN, ASSET_YUAN, cap_per_pupil_yuan=1500),
        _grant("G4", Purpose.TRAINING, SplitRule.CLOSEST, 30, hold_harmless=0.5),
        _grant("G5", Purpose.TEACHING_AREA, SplitRule.CLOSEST, ASSET_YUAN, floor_per_pupil_yuan=20),
        _grant("G6", Purpose.SPORTS_AREA, SplitRule.BALANCE, 100, cap_per_pupil_yuan=900, hold_harmless=0.2),
    )
    return with_grants(county(schools, seed), grants, seed)


def evening(schools: int, seed: int) -> District:
    """One grant for equipment by the rule balance, with a floor and a cap for every school."""
    row = _grant(
        "E", Purpose.EQUIPMENT, SplitRule.BALANCE, ASSET_YUAN, floor_per_pupil_yuan=50, cap_per_pupil_yuan=1500
    )
    return with_grants(county(schools, seed), (row,), seed)


def three_hundred_projects(schools: int, seed: int, purposes: int) -> District:
    """300 projects, half of whose cost is there: equipment alone, or equipment, rooms and sports fields."""
    district, streams = county(schools, seed), Streams(seed)
    kinds = (
        (Asset.EQUIPMENT_YUAN, Purpose.EQUIPMENT),
        (Asset.MULTIMEDIA_ROOMS, Purpose.MULTIMEDIA),
        (Asset.SPORTS_AREA_M2, Purpose.SPORTS_AREA),
    )[:purposes]
    found = [projects(district, f"P{k}", asset, 300 // purposes, streams) for k, (asset, _) in enumerate(kinds)]
    grants = tuple(
        Grant(
            grant_id=f"P{k}",
            amount_yuan=Decimal(round(sum(p.cost_yuan for p in rows) / 2)),
            purpose=purpose,
            rule=SplitRule.PROJECTS,
            year=YEAR,
        )
        for k, ((_, purpose), rows) in enumerate(zip(kinds, found, strict=True))
    )
    rows = tuple(project for own in found for project in own)
    return district.model_copy(update={"grants": grants, "projects": rows})


def _grant(code: str, purpose: Purpose, rule: SplitRule, each: int, **more: object) -> Grant:
    values = {"grant_id": code, "amount_yuan": each, "purpose": purpose, "rule": rule, "year": YEAR, **more}
    return Grant.model_validate(values)


def with_grants(district: District, grants: tuple[Grant, ...], seed: int) -> District:
    """Turn the amounts a pupil into amounts, and add what every school got the year before."""
    draw = random.Random(seed + 1)
    pupils = {s.school_id: sum(s.pupils(stage) or 0 for stage in s.stages) for s in district.schools}
    everyone = sum(pupils.values())
    whole = tuple(g.model_copy(update={"amount_yuan": g.amount_yuan * everyone * 100 // 100}) for g in grants)
    paid = tuple(
        Received(
            school_id=code,
            grant_id=g.grant_id,
            year=YEAR - 1,
            amount_yuan=Decimal(round(float(g.amount_yuan) * count * draw.uniform(0.6, 1.4))),
        )
        for g in grants
        for code, count in pupils.items()
    )
    return district.model_copy(update={"grants": whole, "received": paid})
