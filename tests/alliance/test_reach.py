"""Schools near enough: the search for neighbours against all pairs, and the travel table."""

from __future__ import annotations

import numpy as np
import pytest

from allocator.alliance.reach import pairs_within
from allocator.alliance.schools import Schools, collect
from allocator.domain.district import District
from allocator.domain.records import School, Travel
from allocator.geography import great_circle_km
from allocator.indicators import measure
from allocator.io.policies import load_policy
from tests.alliance.alliance_cases import DEGREE_KM, district, school

POLICY = load_policy()


def schools_of(tables: District) -> Schools:
    return collect(tables, POLICY, measure(tables, POLICY))


def scattered(seed: int) -> District:
    """Forty schools around a pole, the date line or a county; some on one spot, some of unknown place."""
    rng = np.random.default_rng(seed)
    centre = [(117.0, 39.0), (180.0, 0.0), (30.0, 89.9), (0.0, -90.0)][seed % 4]
    wide = 360.0 if abs(centre[1]) > 89 else 0.6
    made: list[School] = []
    for i in range(40):
        lon = (centre[0] + (rng.random() - 0.5) * wide + 180) % 360 - 180
        lat = float(np.clip(centre[1] + (rng.random() - 0.5) * 0.6, -90, 90))
        if i % 10 == 9:
            lon, lat = made[-1].lon or 0.0, made[-1].lat or 0.0
        place = {"lon": None, "lat": None} if i % 13 == 12 else {"lon": lon, "lat": lat}
        made.append(school(f"S{i:02d}", **place))
    return district(made)


@pytest.mark.parametrize("most", [0.0, 3.0, 15.0, 40.0, 25000.0])
def test_nobody_near_is_missed(most: float) -> None:
    """The same pairs in the same order as from the matrix of all distances."""
    found = 0
    for seed in range(8):
        tables = scattered(seed)
        schools, rng = schools_of(tables), np.random.default_rng(seed)
        rows, columns = rng.permutation(40)[:25], np.arange(3, 40)
        lon, lat = schools.lon, schools.lat
        km = np.round(great_circle_km(lon[rows, None], lat[rows, None], lon[columns], lat[columns]), 3)
        i, j = np.nonzero((km <= most) & (rows[:, None] != columns))
        first, second, near = pairs_within(tables, schools, rows, columns, most)
        assert first.tolist() == rows[i].tolist()
        assert second.tolist() == columns[j].tolist()
        assert near == pytest.approx(km[i, j])
        found += len(first)
    assert found > 0


def test_the_limit_is_inclusive_to_the_metre() -> None:
    """15.0004 km count as 15.000, 15.0006 as 15.001."""
    tables = district([school("A"), school("B", km=15.0004), school("C", km=-15.0006)])
    first, second, km = pairs_within(tables, schools_of(tables), np.array([0]), np.arange(3), 15.0)
    assert (first.tolist(), second.tolist(), km.tolist()) == ([0], [1], [15.0])


def test_the_travel_table_goes_before_the_great_circle() -> None:
    """A-B, 5 km apart, take 20 by road; A-C, 100 km apart, 12; D's place is unknown, but not its road to A."""
    schools = [school("A"), school("B", km=5), school("C", km=100), school("D", lon=None, lat=None)]
    roads = [("A", "B", 20.0), ("C", "A", 12.0), ("D", "A", 9.0)]
    travel = tuple(Travel(from_school_id=a, to_school_id=b, km=km) for a, b, km in roads)
    tables = district(schools, travel=travel)
    first, second, km = pairs_within(tables, schools_of(tables), np.arange(4), np.arange(4), 15.0)
    assert list(zip(first.tolist(), second.tolist(), km.tolist(), strict=True)) == [
        (0, 2, 12.0), (0, 3, 9.0), (2, 0, 12.0), (3, 0, 9.0),
    ]  # fmt: skip
    assert abs((tables.schools[2].lon or 0) - 100 - 100 / DEGREE_KM) < 1e-9
