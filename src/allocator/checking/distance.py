"""How far it is from one school to another: the travel table, else the great circle."""

from __future__ import annotations

from functools import cached_property
from math import asin, cos, radians, sin, sqrt

from allocator.domain.alliance_records import Town
from allocator.domain.district import District
from allocator.domain.records import School

EARTH_RADIUS_KM = 6371.0088
"""Mean radius of the earth, IUGG."""


def great_circle_km(a: School | Town, b: School | Town) -> float | None:
    """Great-circle distance by the haversine formula; None if a coordinate is missing."""
    if a.lon is None or a.lat is None or b.lon is None or b.lat is None:
        return None
    up, across = radians(b.lat - a.lat) / 2, radians(b.lon - a.lon) / 2
    chord = sin(up) ** 2 + cos(radians(a.lat)) * cos(radians(b.lat)) * sin(across) ** 2
    return 2 * EARTH_RADIUS_KM * asin(min(1.0, sqrt(chord)))


class Distances:
    """Kilometres and minutes between schools, looked up one pair at a time."""

    def __init__(self, district: District) -> None:
        self._district = district

    @cached_property
    def _km(self) -> dict[tuple[str, str], float]:
        return {(r.from_school_id, r.to_school_id): r.km for r in self._district.travel if r.km is not None}

    @cached_property
    def _minutes(self) -> dict[tuple[str, str], float]:
        rows = self._district.travel
        return {(r.from_school_id, r.to_school_id): r.minutes for r in rows if r.minutes is not None}

    def km(self, a: str, b: str) -> float | None:
        """Kilometres from a to b, to the metre: the row a-b, else b-a, else the great circle, else None."""
        found = self._km.get((a, b), self._km.get((b, a)))
        if found is None:
            schools = self._district.school_by_id
            if a not in schools or b not in schools:
                return None
            found = great_circle_km(schools[a], schools[b])
        return None if found is None else round(found, 3)

    def minutes(self, a: str, b: str) -> float | None:
        """Minutes from a to b: the row a-b, else b-a, else None."""
        return self._minutes.get((a, b), self._minutes.get((b, a)))
