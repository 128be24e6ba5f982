"""Small districts for the alliance tests, and brute force over all plans of pairs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from allocator.domain.alliance_records import Link, Membership
from allocator.domain.choices import AllianceForm, AllianceRole, LinkKind, SchoolKind
from allocator.domain.district import District
from allocator.domain.records import DistrictInfo, School

DEGREE_KM = 111.19508
"""Kilometres of a degree on a great circle (6371.0088 km x pi / 180)."""
ROLES = {"lead": AllianceRole.LEAD, "member": AllianceRole.MEMBER}


def school(code: str, *, quality: float | None = None, km: float = 0.0, **more: Any) -> School:
    """A primary school with 100 pupils on the equator, so many kilometres east; equipment in yuan a pupil."""
    values: dict[str, Any] = {"kind": SchoolKind.PRIMARY, "lon": 100 + km / DEGREE_KM, "lat": 0.0} | more
    per_pupil = values.pop("equipment", None)
    if per_pupil is not None:
        values["equipment_yuan"] = 100 * per_pupil
    if values["kind"] is SchoolKind.JUNIOR:
        values.setdefault("pupils_g7", 100)
    else:
        values.setdefault("pupils_g1", 100)
    return School(school_id=code, quality=quality, **values)


def district(schools: Sequence[School], **tables: Any) -> District:
    """A district of 2026."""
    return District(info=DistrictInfo(year=2026), schools=tuple(schools), **tables)


def link(a: str, b: str, kind: LinkKind, weight: float | None = None) -> Link:
    """A row of the table links."""
    return Link(school_a=a, school_b=b, link=kind, weight=weight)


def existing(
    form: AllianceForm, alliances: Mapping[str, Sequence[str]], since: int = 2023
) -> tuple[Membership, ...]:
    """Rows of the table memberships; the first school of each alliance leads."""
    return tuple(
        Membership(
            alliance_id=code,
            form=form,
            school_id=s,
            role=ROLES["member" if k else "lead"],
            since=since,
        )
        for code, schools in alliances.items()
        for k, s in enumerate(schools)
    )


def random_district(seed: int, *, schools: int = 7, links: int = 2) -> District:
    """A handful of schools with random stages, qualities (some unknown), places, equipment, tags and links."""
    rng = np.random.default_rng(seed)
    kinds = (SchoolKind.PRIMARY, SchoolKind.JUNIOR, SchoolKind.NINE_YEAR)
    made = [
        school(
            f"S{i}",
            quality=None if rng.random() < 0.15 else float(rng.integers(0, 5) * 20),
            km=float(np.round(rng.random() * 30, 1)),
            kind=kinds[int(rng.choice(3, p=[0.5, 0.25, 0.25]))],
            equipment=float(rng.integers(5, 60) * 100),
            multimedia_rooms=int(rng.integers(0, 6)),
            tags=tuple(t for t in ("art", "sport") if rng.random() < 0.4),
        )
        for i in range(schools)
    ]
    pairs = {tuple(sorted(rng.choice(schools, 2, replace=False).tolist())) for _ in range(links)}
    kind_of = tuple(LinkKind)
    rows = [
        link(f"S{a}", f"S{b}", kind_of[int(rng.choice(3, p=[0.2, 0.3, 0.5]))], float(rng.integers(1, 4)))
        for a, b in sorted(pairs)
    ]
    return district(made, links=tuple(rows))


def matchings(edges: Sequence[tuple[int, int]]) -> Iterator[tuple[int, ...]]:
    """Every set of edges (by position) without a common school, the empty one among them."""

    def extend(begin: int, used: frozenset[int], chosen: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        yield chosen
        for e in range(begin, len(edges)):
            if used.isdisjoint(edges[e]):
                yield from extend(e + 1, used | set(edges[e]), (*chosen, e))

    return extend(0, frozenset(), ())
