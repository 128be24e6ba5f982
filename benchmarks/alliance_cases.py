"""Networks and counties for the alliances, and what each form must reach."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from allocator.alliance.edges import Edges
from allocator.domain.choices import SchoolKind
from allocator.domain.district import District
from allocator.domain.records import DistrictInfo, School

NEIGHBOURS = 30
"""Pairs: each school is joined with so many of the nearest."""
PAIR_SIZES = (300, 600, 1200, 2400, 4800)
PAIRINGS = ("pairs", "mixed")
"""Strong schools with lower ones, two sides; and any with any, for which only a matching will do."""
PAIRS, PAIRS_S, PAIRS_MUST = 1200, 2.0, 20.0
"""Schools of the target, its seconds, and how many times faster than NetworkX."""

HUB_SIZES = (1250, 2500, 5000, 10000)
HUBS, HUBS_S = 10000, 5.0
"""Schools of the target, and its seconds from a district in memory to a checked plan."""
HUB_SPACING_KM = 3.5
"""The county grows with its schools: one in a square of this side, some 57 within 15 km."""

KINDS = (SchoolKind.PRIMARY, SchoolKind.JUNIOR, SchoolKind.NINE_YEAR)
GRADES = {
    SchoolKind.PRIMARY: range(1, 7),
    SchoolKind.JUNIOR: range(7, 10),
    SchoolKind.NINE_YEAR: range(1, 10),
}
SIDE_DEGREES = 0.4
"""Groups: a square of about 35 x 44 km, so that each lead has a good many schools within 15 km."""
DEGREE_KM = 111.195


@dataclass(frozen=True)
class GroupCase:
    """Groups of a county: schools, leads, the gap of every level and the seconds to it; seconds of the run."""

    schools: int
    leads: int
    gap: float
    seconds: float
    limit_s: float = 55.0

    @property
    def name(self) -> str:
        """Name of the job."""
        return f"groups/{self.schools}x{self.leads}"


GROUPS = (
    GroupCase(134, 27, 1e-6, 10.0),
    GroupCase(1000, 200, 0.01, 60.0),
    GroupCase(1000, 400, 0.01, 60.0),
)


def network(schools: int, neighbours: int, seed: int, *, mixed: bool) -> Edges:
    """Strong and lower schools on a square, each joined with its nearest; random benefits.

    Parameters
    ----------
    mixed
        Whether any two schools may pair, or only a strong with a lower one.
    """
    rng = np.random.default_rng(seed)
    place = rng.random((schools, 2)) * 40
    strong = np.argsort(np.argsort(-rng.random(schools))) < int(np.ceil(0.4 * schools))
    pairs = set()
    for i in range(schools):
        near = np.argsort(np.hypot(*(place[i] - place).T), kind="stable")
        fit = near[near != i] if mixed else near[strong[near] != strong[i]]
        for j in fit[:neighbours].tolist():
            pairs.add((min(i, j), max(i, j)) if mixed else (i, j) if strong[i] else (j, i))
    lead, member = np.array(sorted(pairs), dtype=np.int64).T
    count = len(lead)
    benefit = np.round(rng.random(count) * 3, 6)
    km = np.round(np.hypot(*(place[lead] - place[member]).T), 3)
    return Edges(
        lead,
        member,
        km,
        benefit,
        np.zeros(count, dtype=np.int64),
        np.zeros(count),
        benefit,
        np.ones(count, dtype=bool),
        np.full(count, -1),
    )


def group_county(schools: int, seed: int) -> District:
    """Schools of either stage on a square with random qualities, assets and tags."""
    rng = np.random.default_rng(seed)
    kinds = [KINDS[int(k)] for k in rng.choice(3, schools, p=[0.6, 0.25, 0.15])]
    rows = tuple(_group_school(i, kind, rng) for i, kind in enumerate(kinds))
    return District(info=DistrictInfo(year=2026), schools=rows)


def _group_school(number: int, kind: SchoolKind, rng: np.random.Generator) -> School:
    pupils: dict[str, Any] = {f"pupils_g{grade}": int(rng.integers(30, 120)) for grade in GRADES[kind]}
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
        tags=_tags(rng, ("art", "chess", "reading", "sport"), 0.25),
        **pupils,
    )


def hub_county(schools: int, seed: int) -> District:
    """Schools of either stage on a square near the equator, of equal density; each of five tags at 8 %."""
    rng = np.random.default_rng(seed)
    side = np.sqrt(schools) * HUB_SPACING_KM / DEGREE_KM
    rows = tuple(_hub_school(i, side, rng) for i in range(schools))
    return District(info=DistrictInfo(year=2026), schools=rows)


def _hub_school(number: int, side: float, rng: np.random.Generator) -> School:
    return School(
        school_id=f"S{number:05d}",
        kind=KINDS[int(rng.choice(3, p=[0.6, 0.25, 0.15]))],
        lon=100 + float(rng.random()) * side,
        lat=float(rng.random()) * side,
        quality=float(rng.integers(20, 100)),
        pupils_g1=100,
        pupils_g7=100,
        equipment_yuan=int(rng.integers(20_000, 600_000)),
        sports_area_m2=float(rng.integers(300, 3000)),
        multimedia_rooms=int(rng.integers(0, 9)),
        tags=_tags(rng, ("art", "music", "reading", "science", "sport"), 0.08),
    )


def _tags(rng: np.random.Generator, names: tuple[str, ...], share: float) -> tuple[str, ...]:
    return tuple(name for name in names if rng.random() < share)
