"""Groups 1+n on a network of schools: CPU seconds, levels, bounds.

Run `python -m benchmarks.alliance_groups [SCHOOLS] [LEADS] [SECONDS]`; by default 134 schools, 27 leads.
"""

from __future__ import annotations

import sys
import time

import numpy as np

from allocator.alliances import AllianceDecision, form_alliances
from allocator.domain.choices import SchoolKind
from allocator.domain.district import District
from allocator.domain.records import DistrictInfo, School
from allocator.domain.run import Limits
from allocator.io.policies import load_policy

KINDS = (SchoolKind.PRIMARY, SchoolKind.JUNIOR, SchoolKind.NINE_YEAR)
SIDE_DEGREES = 0.4
"""The county is a square of about 35 x 44 km, so that each lead has a good many schools within 15 km."""


def county(schools: int, seed: int = 1) -> District:
    """Schools of either stage on a square with random qualities, assets and tags."""
    rng = np.random.default_rng(seed)
    kinds = [KINDS[int(k)] for k in rng.choice(3, schools, p=[0.6, 0.25, 0.15])]
    rows = tuple(_school(i, kind, rng) for i, kind in enumerate(kinds))
    return District(info=DistrictInfo(year=2026), schools=rows)


def _school(number: int, kind: SchoolKind, rng: np.random.Generator) -> School:
    grades = {
        SchoolKind.PRIMARY: range(1, 7),
        SchoolKind.JUNIOR: range(7, 10),
        SchoolKind.NINE_YEAR: range(1, 10),
    }
    pupils = {f"pupils_g{grade}": int(rng.integers(30, 120)) for grade in grades[kind]}
    total = sum(pupils.values())
    return School(
        school_id=f"S{number:04d}",
        kind=kind,
        lon=117 + round(float(rng.random()) * SIDE_DEGREES, 5),
        lat=39 + round(float(rng.random()) * SIDE_DEGREES, 5),
        teaching_area_m2=round(total * float(rng.uniform(2, 8)), 1),
        sports_area_m2=round(total * float(rng.uniform(3, 14)), 1),
        equipment_yuan=round(total * float(rng.uniform(800, 4000))),
        multimedia_rooms=int(rng.integers(2, 25)),
        quality=round(float(np.clip(rng.normal(70, 10), 0, 100)), 1),
        tags=tuple(tag for tag in ("art", "chess", "reading", "sport") if rng.random() < 0.25),
        **pupils,
    )


def main(schools: int = 134, leads: int = 27, seconds: int = 60) -> None:
    """Print what groups of a county take; each lead may have 5 members, every third 6."""
    tables = county(schools)
    best = sorted(tables.schools, key=lambda s: -(s.quality or 0))[:leads]
    codes = [s.school_id for s in best]
    began, cpu = time.perf_counter(), time.process_time()
    decision = form_alliances(
        tables,
        load_policy(),
        form="group",
        leads=codes,
        capacities=dict.fromkeys(codes[::3], 6),
        limits=Limits(time_s=float(seconds)),
    )
    wall, cpu = time.perf_counter() - began, time.process_time() - cpu
    print(f"{schools} schools, {leads} leads: {decision.status}, CPU {cpu:.1f} s, wall {wall:.1f} s")
    _print(decision)


def _print(decision: AllianceDecision) -> None:
    for level in decision.levels:
        gap = "-" if level.gap is None else f"{level.gap:.4%}"
        print(f"  {level.name}: {level.value:.6g}, bound {level.bound}, gap {gap}, {level.seconds:.1f} s")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:4]))
