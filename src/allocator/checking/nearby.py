"""Which of many schools may be near one: a quick sieve before distances are looked up one pair at a time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from allocator.checking.distance import EARTH_RADIUS_KM
from allocator.domain.district import District

MARGIN_KM = 0.01
"""Rounding of distances to the metre, and of the arithmetic here, decides nothing."""


class Sieve:
    """Leaves out schools whose great-circle distance is certainly too far.

    Where the district has a travel table, or without a limit, nothing is left out.
    """

    def __init__(self, district: District, schools: Sequence[str], limit_km: float | None) -> None:
        self.schools = tuple(schools)
        self.limit = None if district.travel or limit_km is None else limit_km + MARGIN_KM
        self._place = {s.school_id: (s.lon, s.lat) for s in district.schools}
        places = [self._place[school] for school in self.schools]
        self._radians = np.radians(np.array(places, dtype=float).reshape(-1, 2))

    def near(self, school_id: str) -> list[str]:
        """Schools that may be near, in the order given; unknown places are near nothing."""
        if self.limit is None:
            return list(self.schools)
        lon, lat = np.radians(np.array(self._place[school_id], dtype=float))
        across, up = (self._radians - [lon, lat]).T / 2
        chord = np.sin(up) ** 2 + np.cos(lat) * np.cos(self._radians[:, 1]) * np.sin(across) ** 2
        km = 2 * EARTH_RADIUS_KM * np.arcsin(np.minimum(1.0, np.sqrt(chord)))
        return [self.schools[n] for n in np.flatnonzero(km <= self.limit).tolist()]
