"""Coordinates: both or none, not swapped, and schools of one district lie together."""

from __future__ import annotations

import math
import statistics
from dataclasses import replace

from allocator.domain.alliance_records import Town
from allocator.domain.records import School, Teacher, Travel
from allocator.errors import Fault
from allocator.io.cells import show
from allocator.io.checks.inspection import Inspection

FAR_KM = 200.0
"""A school further than this from the middle of all schools is probably misplaced."""

_EARTH_KM = 6371.0088
_PAIRS = ((School, "lon", "lat"), (Town, "lon", "lat"), (Teacher, "home_lon", "home_lat"))


def name_swapped(inspection: Inspection, faults: list[Fault]) -> None:
    """Rename "out of range" of a latitude beside a longitude that could be one: they are swapped."""
    for record, lon, lat in _PAIRS:
        view = inspection.view(record)
        if not any((row, lat) in view.bad for row in view.rows):
            continue
        of_row = dict(zip(view.rows, view.records, strict=True))
        for index, fault in enumerate(faults):
            same = fault.table == record.TABLE.name and fault.key == "out_of_range"
            if not (same and fault.column == view.headers.get(lat) and fault.row in of_row):
                continue
            east = getattr(of_row[fault.row], lon)
            if east is not None and abs(east) <= 90 and abs(float(fault.value)) <= 180:
                params = {"lon": show(east), "lat": fault.value}
                faults[index] = replace(fault, key="coordinates_swapped", params=params)


def both_given(inspection: Inspection) -> None:
    """Report a longitude without a latitude and the reverse."""
    for record, lon, lat in _PAIRS:
        lon_zh, lat_zh = (_header(inspection, record, name) for name in (lon, lat))
        for row, place in inspection.rows(record):
            east, north = getattr(place, lon), getattr(place, lat)
            if (east is None) == (north is None):
                continue
            missing, present = (lat, lon) if north is None else (lon, lat)
            inspection.add(
                record,
                "coordinate_missing",
                row,
                missing,
                depends=(present,),
                params={
                    "given": lon_zh if present == lon else lat_zh,
                    "found": show(east if north is None else north),
                },
            )


def _header(inspection: Inspection, record: type[School] | type[Town] | type[Teacher], name: str) -> str:
    return inspection.view(record).headers.get(name, name)


def kilometres(lon: float, lat: float, lon2: float, lat2: float) -> float:
    """Great-circle distance in km between two points in degrees."""
    north, east = math.radians(lat2 - lat), math.radians(lon2 - lon)
    chord = (
        math.sin(north / 2) ** 2
        + math.cos(math.radians(lat)) * math.cos(math.radians(lat2)) * math.sin(east / 2) ** 2
    )
    return 2 * _EARTH_KM * math.asin(math.sqrt(min(1.0, chord)))


def schools_together(inspection: Inspection) -> None:
    """Report a school far from the middle: an error if it lies among the others once swapped."""
    placed = [
        (row, school, school.lon, school.lat)
        for row, school in inspection.rows(School)
        if school.lon is not None and school.lat is not None
    ]
    if len(placed) < 3:
        return
    middle = statistics.median(p[2] for p in placed), statistics.median(p[3] for p in placed)
    for row, school, lon, lat in placed:
        away = kilometres(lon, lat, *middle)
        if away <= FAR_KM:
            continue
        if abs(lon) <= 90 and kilometres(lat, lon, *middle) <= FAR_KM:
            params: dict[str, object] = {"lon": show(lon), "lat": show(lat)}
            inspection.add(School, "coordinates_swapped", row, "lat", show(lat), params=params)
        else:
            value = f"{show(lon)}, {show(lat)}"
            params = {"school": school.name or school.school_id, "km": round(away), "limit": round(FAR_KM)}
            inspection.warn(School, "far_from_others", row, "lon", value, depends=("lat",), params=params)


def schools_located(inspection: Inspection) -> None:
    """Warn of a school whose distance to others cannot be known, unless distances are of no concern."""
    placed = any(school.lon is not None or school.lat is not None for _, school in inspection.rows(School))
    if inspection.money_only and not placed:
        return
    travelled = {code for _, t in inspection.rows(Travel) for code in (t.from_school_id, t.to_school_id)}
    for row, school in inspection.rows(School):
        if school.lon is None and school.lat is None and school.school_id not in travelled:
            name = school.name or school.school_id
            inspection.warn(School, "not_located", row, "lon", depends=("lat",), params={"school": name})
