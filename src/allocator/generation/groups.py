"""Existing alliances: groups of a strong school and weaker ones nearby."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from allocator.domain.choices import AllianceForm, AllianceRole
from allocator.domain.records import Membership
from allocator.generation.geography import Ints
from allocator.generation.options import Options
from allocator.generation.schools import SchoolArrays

GROUP_KM = 15.0
GROUP_SIZE = 4
STRONG_SHARE = 0.4


def make_groups(schools: SchoolArrays, options: Options) -> list[Ints]:
    """Groups of school rows, the lead first: strong, with two to four weaker schools of its kind within 15 km.

    They follow rules A1-A5; leads are taken from the strongest on until there are enough groups.
    """
    free = np.ones(len(schools), dtype=bool)
    out: list[Ints] = []
    strong = _strong(schools)
    leads = np.flatnonzero(strong)[np.argsort(-schools.strength[strong], kind="stable")]
    for lead in leads.tolist():
        if len(out) >= max(1, len(schools) // options.schools_a_group):
            break
        km = np.sqrt(((schools.xy - schools.xy[lead]) ** 2).sum(axis=1))
        near = np.flatnonzero(free & ~strong & (schools.kind == schools.kind[lead]) & (km <= GROUP_KM))
        members = near[np.argsort(km[near], kind="stable")][:GROUP_SIZE]
        if len(members) >= 2:
            free[members] = False
            out.append(np.array([lead, *members]))
    return out


def _strong(schools: SchoolArrays) -> npt.NDArray[np.bool_]:
    """Schools in the upper 40 % of their kind by strength."""
    strong = np.zeros(len(schools), dtype=bool)
    for kind in range(3):
        rows = np.flatnonzero(schools.kind == kind)
        top = rows[np.argsort(-schools.strength[rows], kind="stable")]
        strong[top[: int(np.ceil(STRONG_SHARE * len(rows)))]] = True
    return strong


def memberships(groups: list[Ints], ids: list[str], options: Options) -> tuple[Membership, ...]:
    """Rows of the table `memberships`; all groups are three years old."""
    return tuple(
        Membership(
            alliance_id=f"G{number:02d}",
            form=AllianceForm.GROUP,
            school_id=ids[school],
            role=AllianceRole.MEMBER if place else AllianceRole.LEAD,
            since=options.year - 3,
        )
        for number, group in enumerate(groups, start=1)
        for place, school in enumerate(group.tolist())
    )
