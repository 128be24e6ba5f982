"""Existing alliances: groups of a strong school and weaker ones nearby."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from allocator.domain.alliance_records import Membership
from allocator.domain.choices import AllianceForm, AllianceRole, Stage
from allocator.generation.geography import Ints
from allocator.generation.options import Options
from allocator.generation.schools import SchoolArrays

GROUP_KM = 15.0
GROUP_SIZE = 4
STRONG_SHARE = 0.4
STAGES_OF = ((Stage.PRIMARY,), (Stage.JUNIOR,), tuple(Stage))
"""Stages of each kind of school, in the order of `KINDS`."""


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


def ranked(scores: list[float], schools: SchoolArrays, groups: list[Ints]) -> list[float]:
    """Exchange scores between schools of a kind until all leads are strong by them and all members lower.

    Scores come only near to the strength by which groups are made. A lead takes the least score of a strong
    school that leads nothing, a member the best of a lower one that is no member: each score is given as often
    as before.
    """
    points = np.array(scores)
    leads = np.array([group[0] for group in groups], dtype=np.int64)
    members = np.array([school for group in groups for school in group[1:]], dtype=np.int64)
    for placed, strong in ((leads, True), (members, False)):
        for kind in range(3):
            _exchange(points, schools, kind, placed, strong=strong)
    exchanged: list[float] = points.tolist()
    return exchanged


def _exchange(
    points: npt.NDArray[np.float64], schools: SchoolArrays, kind: int, placed: Ints, *, strong: bool
) -> None:
    """Exchange scores, in place, until the schools placed are strong, or lower, if others can give them."""
    own = schools.kind == kind
    others = own.copy()
    others[placed] = False
    upper = _upper(schools, points, kind)
    for school in placed[own[placed]].tolist():
        while upper[school] != strong:
            better = points > points[school] if strong else points < points[school]
            rows = np.flatnonzero(others & better & (upper == strong))
            if not len(rows):
                break
            other = rows[np.argsort(points[rows], kind="stable")[0 if strong else -1]]
            points[[school, other]] = points[[other, school]]
            upper = _upper(schools, points, kind)


def _upper(schools: SchoolArrays, points: npt.NDArray[np.float64], kind: int) -> npt.NDArray[np.bool_]:
    """Schools in the upper 40 % of every stage that a kind has, the first of equals."""
    upper = np.ones(len(points), dtype=bool)
    for stage in STAGES_OF[kind]:
        rows = np.flatnonzero(schools.has(stage))
        top = np.zeros(len(points), dtype=bool)
        top[rows[np.argsort(-points[rows], kind="stable")][: int(np.ceil(STRONG_SHARE * len(rows)))]] = True
        upper &= top
    return upper


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
