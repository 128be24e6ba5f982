"""Distances between schools and the scope within which moves stay, as matrices school x school."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from allocator.domain.district import District
from allocator.domain.policy import Policy
from allocator.geography import great_circle_km
from allocator.solving.model import Bools, Floats


@dataclass(frozen=True)
class Places:
    """Geography of a district.

    Attributes
    ----------
    km
        Shape (schools, schools): kilometres from row to column, rounded to the metre; NaN where unknown.
    minutes
        Shape (schools, schools); NaN where unknown.
    allowed
        Shape (schools, schools): whether R8 and R13 allow a move from row to column.
    """

    km: Floats
    minutes: Floats
    allowed: Bools


def places(district: District, policy: Policy) -> Places:
    """Measure all pairs of schools: the travel table where it speaks, the great circle elsewhere."""
    schools = district.schools
    lon = np.array([np.nan if s.lon is None else s.lon for s in schools], dtype=float)
    lat = np.array([np.nan if s.lat is None else s.lat for s in schools], dtype=float)
    km = np.round(great_circle_km(lon[:, None], lat[:, None], lon, lat), 3)
    minutes = np.full(km.shape, np.nan)
    number = {s.school_id: i for i, s in enumerate(schools)}
    # Reverse directions first, so that a row of its own overrides what its reverse implied.
    for reverse in (True, False):
        for row in district.travel:
            pair = (number[row.from_school_id], number[row.to_school_id])
            at = pair[::-1] if reverse else pair
            if row.km is not None:
                km[at] = round(row.km, 3)
            if row.minutes is not None:
                minutes[at] = row.minutes
    np.fill_diagonal(km, 0.0)
    return Places(km, minutes, _in_reach(km, minutes, policy) & _in_scope(district, policy))


def _in_reach(km: Floats, minutes: Floats, policy: Policy) -> Bools:
    """R8: near enough; unknown kilometres are out of reach, unknown minutes are not."""
    if not policy.active("R8"):
        return np.ones(km.shape, dtype=bool)
    near = ~np.isnan(km) & (km <= policy.rotation.max_km)
    if policy.rotation.max_minutes is not None:
        near &= ~(minutes > policy.rotation.max_minutes)
    return near


def _in_scope(district: District, policy: Policy) -> Bools:
    """R13: inside the county, the learning district, or an alliance."""
    n = len(district.schools)
    if not policy.active("R13") or policy.rotation.scope == "county":
        return np.ones((n, n), dtype=bool)
    groups: dict[tuple[str, str], list[int]] = {}
    if policy.rotation.scope == "learning_district":
        for i, school in enumerate(district.schools):
            if school.learning_district is not None:
                groups.setdefault(("", school.learning_district), []).append(i)
    else:
        number = {s.school_id: i for i, s in enumerate(district.schools)}
        # Pairs and hubs may be numbered alike: a code stands for one alliance of a form.
        for member in district.memberships:
            groups.setdefault((member.form, member.alliance_id), []).append(number[member.school_id])
    inside = np.zeros((n, n), dtype=bool)
    for members in groups.values():
        inside[np.ix_(members, members)] = True
    return inside
