"""Pairs of schools near enough to each other: the travel table where it speaks, the great circle elsewhere."""

from __future__ import annotations

import numpy as np

from allocator.alliance.schools import Schools
from allocator.domain.district import District
from allocator.geography import great_circle_km
from allocator.solving.model import Floats, Ints

BLOCK = 2_000_000
"""Pairs measured at once: bounds the memory, whatever the size of the district."""


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
    found = [_block(schools, part, columns, most) for part in _parts(rows, len(columns))]
    first, second, km = (np.concatenate(arrays) for arrays in zip(*found, strict=True)) if found else _nothing()
    return _with_travel(district, schools, (first, second, km), rows, columns, most)


def _nothing() -> tuple[Ints, Ints, Floats]:
    none = np.zeros(0, dtype=np.int64)
    return none, none, np.zeros(0)


def _parts(rows: Ints, width: int) -> list[Ints]:
    step = max(1, BLOCK // max(1, width))
    return [rows[begin : begin + step] for begin in range(0, len(rows), step)]


def _block(schools: Schools, rows: Ints, columns: Ints, most: float | None) -> tuple[Ints, Ints, Floats]:
    lon, lat = schools.lon, schools.lat
    km = np.round(great_circle_km(lon[rows, None], lat[rows, None], lon[columns], lat[columns]), 3)
    keep = rows[:, None] != columns
    if most is not None:
        keep &= km <= most
    i, j = np.nonzero(keep)
    return rows[i], columns[j], km[i, j]


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
