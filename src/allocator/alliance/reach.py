"""Pairs of schools near enough to each other: the travel table where it speaks, the great circle elsewhere."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.spatial import cKDTree

from allocator.alliance.schools import Schools
from allocator.domain.district import District
from allocator.geography import EARTH_RADIUS_KM, great_circle_km
from allocator.solving.model import Floats, Ints

BLOCK = 2_000_000
"""Pairs measured at once: bounds the memory, whatever the size of the district."""
MARGIN_KM = 0.01
"""What the search for neighbours allows beyond a limit: rounding to the metre is left to the measuring."""


def pairs_within(
    district: District, schools: Schools, rows: Ints, columns: Ints, most: float | None
) -> tuple[Ints, Ints, Floats]:
    """Find the pairs of different schools, one of `rows` and one of `columns`, at most so far apart.

    Parameters
    ----------
    rows, columns
        Positions of schools.
    most
        Kilometres, inclusive; None for all pairs, those of unknown distance included.

    Returns
    -------
    first, second, km
        Same shape; kilometres rounded to the metre, ordered by first, then second.
    """
    candidates = _every(rows, columns) if most is None else _neighbours(schools, rows, columns, most)
    found = [_measured(schools, first, second, most) for first, second in candidates]
    first, second, km = (np.concatenate(arrays) for arrays in zip(*found, strict=True)) if found else _nothing()
    return _with_travel(district, schools, (first, second, km), rows, columns, most)


def _nothing() -> tuple[Ints, Ints, Floats]:
    none = np.zeros(0, dtype=np.int64)
    return none, none, np.zeros(0)


def _parts(rows: Ints, width: int) -> list[Ints]:
    step = max(1, BLOCK // max(1, width))
    return [rows[begin : begin + step] for begin in range(0, len(rows), step)]


def _every(rows: Ints, columns: Ints) -> Iterator[tuple[Ints, Ints]]:
    for part in _parts(rows, len(columns)):
        yield np.repeat(part, len(columns)), np.tile(columns, len(part))


def _neighbours(schools: Schools, rows: Ints, columns: Ints, most: float) -> Iterator[tuple[Ints, Ints]]:
    """Pairs that may be near enough, none missed; schools of unknown place are near nothing.

    A chord through the earth is shorter than its great circle, and grows with it.
    """
    places = _places(schools)
    known = np.isfinite(places.sum(axis=1))
    rows, columns = rows[known[rows]], columns[known[columns]]
    half_turn = min((most + MARGIN_KM) / (2 * EARTH_RADIUS_KM), np.pi / 2)
    reach = 2 * EARTH_RADIUS_KM * np.sin(half_turn) + MARGIN_KM
    tree = cKDTree(places[columns])
    for part in _parts(rows, len(columns)):
        near = cKDTree(places[part]).sparse_distance_matrix(tree, reach, output_type="ndarray")
        order = np.lexsort((near["j"], near["i"]))
        yield part[near["i"][order]], columns[near["j"][order]]


def _places(schools: Schools) -> Floats:
    """Shape (n, 3): points on the globe, km from its centre."""
    lon, lat = np.radians(schools.lon), np.radians(schools.lat)
    across = np.cos(lat)
    return EARTH_RADIUS_KM * np.column_stack((across * np.cos(lon), across * np.sin(lon), np.sin(lat)))


def _measured(schools: Schools, first: Ints, second: Ints, most: float | None) -> tuple[Ints, Ints, Floats]:
    """Pairs of different schools at most so far apart, with their kilometres."""
    lon, lat = schools.lon, schools.lat
    km = np.round(great_circle_km(lon[first], lat[first], lon[second], lat[second]), 3)
    keep = first != second
    if most is not None:
        keep &= km <= most
    return first[keep], second[keep], km[keep]


def travel_km(district: District, schools: Schools) -> dict[tuple[int, int], float]:
    """Kilometres of the travel table by positions; a missing reverse is taken as equal."""
    number = schools.number()
    known: dict[tuple[int, int], float] = {}
    for row in district.travel:
        if row.km is not None:
            known[number[row.from_school_id], number[row.to_school_id]] = round(row.km, 3)
    return {(b, a): km for (a, b), km in known.items()} | known


def _with_travel(
    district: District,
    schools: Schools,
    pairs: tuple[Ints, Ints, Floats],
    rows: Ints,
    columns: Ints,
    most: float | None,
) -> tuple[Ints, Ints, Floats]:
    """Let the travel table override the great circle."""
    inside_rows, inside_columns = set(rows.tolist()), set(columns.tolist())
    known = {
        pair: km
        for pair, km in travel_km(district, schools).items()
        if pair[0] != pair[1] and pair[0] in inside_rows and pair[1] in inside_columns
    }
    if not known:
        return pairs
    first, second, km = pairs
    n = len(schools)
    spoken = np.array([a * n + b for a, b in known], dtype=np.int64)
    kept = ~np.isin(first * n + second, spoken)
    near = {pair: km for pair, km in known.items() if most is None or km <= most}
    more = np.array(list(near), dtype=np.int64).reshape(-1, 2)
    first, second = (np.concatenate((a[kept], b)) for a, b in zip((first, second), more.T, strict=True))
    km = np.concatenate((km[kept], np.array(list(near.values()), dtype=float)))
    order = np.lexsort((second, first))
    return first[order], second[order], km[order]
