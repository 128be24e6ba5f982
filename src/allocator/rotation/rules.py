"""The hard rules as rows of the model, one function a rule. Columns are the candidate moves.

R1, R2, R3, R8, R13 and the locks `stay`, `to`, `not_to` already say which columns exist (`candidates`).
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor

import numpy as np

from allocator.domain.choices import LockAction
from allocator.domain.policy import exact
from allocator.rotation.candidates import Candidates, Classes, apart_km, columns_of, partners
from allocator.rotation.demands import Demand
from allocator.rotation.facts import Facts
from allocator.solving.model import INFINITY, Bools, Entries, Floats, LinearModel


def class_sizes(model: LinearModel, facts: Facts, groups: Classes, moves: Candidates) -> None:
    """R1 and R11 `move`, `to`: no more leave a class than it has members; who must move does."""
    most = groups.size.astype(float)
    least = np.zeros(len(most))
    if facts.policy.active("R11"):
        for lock in facts.district.locks:
            group = groups.of_teacher[facts.teacher_number[lock.teacher_id]]
            if lock.action in (LockAction.MOVE, LockAction.TO) and group >= 0:
                least[group] = 1.0
    entries = Entries()
    entries.add(moves.cls, np.arange(len(moves)), 1.0)
    model.add_rows(least, most, entries)


def outflow_limits(facts: Facts) -> Floats:
    """R5: most leavers of each section, a share of its teachers (rounded down, at least 1)."""
    share = exact(facts.policy.rotation.max_outflow_share)
    return np.array([max(1, floor(share * int(n))) for n in facts.heads.sum(axis=1)], dtype=float)


def outflow(model: LinearModel, facts: Facts, moves: Candidates) -> None:
    """R5: leavers of a section, at most a share of its teachers."""
    limit = outflow_limits(facts)
    entries = Entries()
    entries.add(moves.origin, np.arange(len(moves)), 1.0)
    model.add_rows(np.full(len(limit), -INFINITY), limit, entries)


def quota_limits(facts: Facts) -> tuple[int, int]:
    """R6: least and most moves; shares of the eligible, rounded up and down, most never under least."""
    eligible = int(facts.eligible.sum())
    least = ceil(exact(facts.policy.rotation.min_share) * eligible)
    return least, max(least, floor(exact(facts.policy.rotation.max_share) * eligible))


def quota(model: LinearModel, facts: Facts, moves: Candidates) -> None:
    """R6: number of moves."""
    least, most = quota_limits(facts)
    model.add_row(least, most, np.arange(len(moves)), 1.0)


def backbone_quota(model: LinearModel, facts: Facts, groups: Classes, moves: Candidates) -> None:
    """R7: enough backbone teachers among the moved (or of the eligible backbone teachers)."""
    rotation = facts.policy.rotation
    share = exact(rotation.min_backbone_share)
    backbone = groups.backbone[moves.cls]
    if rotation.backbone_base == "eligible_backbone":
        least = ceil(share * int((facts.eligible & facts.backbone).sum()))
        model.add_row(least, INFINITY, np.flatnonzero(backbone), 1.0)
    else:
        _share_row(model, facts, backbone, share)


def demands(model: LinearModel, facts: Facts, groups: Classes, moves: Candidates) -> None:
    """Demands: of certain teachers so many move; classes lie wholly inside or outside."""
    for demand in facts.demands:
        columns = np.flatnonzero(demanded(facts, groups, demand)[moves.cls])
        most = INFINITY if demand.most is None else float(demand.most)
        model.add_row(float(demand.least), most, columns, 1.0)


def demanded(facts: Facts, groups: Classes, demand: Demand) -> Bools:
    """Classes of whose members a demand speaks, shape (classes,)."""
    inside = np.zeros(len(groups.size), dtype=bool)
    members = groups.of_teacher[[facts.teacher_number[t] for t in sorted(demand.teachers)]]
    inside[members[members >= 0]] = True
    return inside


def direction(model: LinearModel, facts: Facts, moves: Candidates) -> None:
    """R9: enough moves to a school of lower quality; an unknown quality does not count as lower."""
    quality = facts.quality
    down = quality[facts.section_school[moves.to]] < quality[facts.section_school[moves.origin]]
    _share_row(model, facts, down, exact(facts.policy.rotation.min_down_share))


def least_share(share: Fraction, most: int) -> Fraction:
    """Smallest fraction at or above a share whose denominator is at most `most`.

    Of `most` things or fewer, a part reaches the one if and only if it reaches the other. A share written
    with many decimals (0.3333333333333333) thus asks for 1/3, and keeps the coefficients of the model small.
    """
    near = share.limit_denominator(most)
    if near >= share:
        return near
    # The next fraction c/d of the Farey sequence after a/b has b c - a d = 1 and the largest such d.
    a, b = near.numerator, near.denominator
    first = -pow(a, -1, b) % b
    d = first + (most - first) // b * b
    return Fraction((1 + a * d) // b, d)


def _share_row(model: LinearModel, facts: Facts, counted: Bools, share: Fraction) -> None:
    """Ask for counted >= share x all moves, in whole numbers: q x counted - p x all >= 0, share p/q."""
    share = least_share(share, max(1, len(facts.section)))
    weights = share.denominator * counted.astype(float) - share.numerator
    model.add_row(0.0, INFINITY, np.arange(len(counted)), weights)


def backbone_stays(model: LinearModel, facts: Facts, groups: Classes, moves: Candidates) -> None:
    """R10: a section with a backbone teacher keeps or receives one."""
    now = np.bincount(facts.section[facts.backbone], minlength=facts.sections)
    columns = np.flatnonzero(groups.backbone[moves.cls])
    has = np.flatnonzero(now > 0)
    row = np.full(facts.sections, -1)
    row[has] = np.arange(len(has))
    entries = Entries()
    for section, sign in ((moves.to, 1.0), (moves.origin, -1.0)):
        at = row[section[columns]]
        entries.add(at[at >= 0], columns[at >= 0], sign)
    model.add_rows((1 - now[has]).astype(float), np.full(len(has), INFINITY), entries)


def couples(model: LinearModel, facts: Facts, groups: Classes, moves: Candidates) -> None:
    """R12 where both partners can move: their schools after the plan are not too far apart."""
    far = apart_km(facts) > facts.policy.rotation.max_partner_km
    school_to = facts.section_school[moves.to]
    entries, limits = Entries(), list[float]()
    for pair in partners(facts):
        if min(groups.of_teacher[list(pair)]) < 0:
            continue
        one, other = (columns_of(moves.cls, int(groups.of_teacher[i])) for i in pair)
        home = facts.section_school[facts.section[pair[0]]]
        for mine, theirs in ((one, other), (other, one)):
            # Who goes far from home goes only if the partner leaves home as well.
            away = theirs[far[home, school_to[theirs]]]
            if len(away):
                entries.add(np.full(len(away), len(limits)), away, 1.0)
                entries.add(np.full(len(mine), len(limits)), mine, -1.0)
                limits.append(0.0)
        for column in one:
            clash = other[far[school_to[column], school_to[other]]]
            if len(clash):
                together = np.append(clash, column)
                entries.add(np.full(len(together), len(limits)), together, 1.0)
                limits.append(1.0)
    model.add_rows(np.full(len(limits), -INFINITY), np.array(limits), entries)


def principals(model: LinearModel, facts: Facts, groups: Classes, moves: Candidates) -> None:
    """R14: a school from which principals move away receives as many."""
    columns = np.flatnonzero(groups.principal[moves.cls])
    entries = Entries()
    entries.add(facts.section_school[moves.to[columns]], columns, 1.0)
    entries.add(facts.section_school[moves.origin[columns]], columns, -1.0)
    schools = len(facts.district.schools)
    model.add_rows(np.zeros(schools), np.full(schools, INFINITY), entries)
