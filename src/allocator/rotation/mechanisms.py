"""R15, points first: who wishes for a school is not passed over by somebody with fewer points.

A claim is a wish of teacher v, who has points, ranked above home, that no rule about a single teacher forbids.
If w, who wishes for the same section and has fewer points, takes it in a subject that v could teach there,
then v gets it or a school v ranks before it, or stays because the present section can spare nobody (R4, R5 or
R10).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from allocator.rotation.candidates import Candidates, Classes, apart_km, columns_of, partners
from allocator.rotation.facts import Facts
from allocator.rotation.rules import outflow_limits
from allocator.rotation.staffing import staffing_limits
from allocator.rotation.wishes import ranked_above_home
from allocator.solving.model import INFINITY, Entries, Floats, Ints, LinearModel, Matrix

Place = tuple[int, int]
"""Section and subject."""


@dataclass(frozen=True)
class Claim:
    """One wish that could be granted: the teacher, the columns as good as it, and the place's columns."""

    teacher: int
    as_good: Ints
    places: tuple[Place, ...]


@dataclass
class Excuses:
    """Sections that can spare nobody: 0-1 columns that may be 1 only where activity <= tight.

    `activity` is a sum over move columns; it never exceeds `tight + most`.
    """

    tight: list[float] = field(default_factory=list)
    most: list[float] = field(default_factory=list)
    entries: Entries = field(default_factory=Entries)
    number: dict[tuple[str, int, int], int] = field(default_factory=dict)

    def add(self, key: tuple[str, int, int], plus: Ints, minus: Ints, tight: float, most: float) -> int:
        """Add an excuse once: it holds where sum(plus) - sum(minus) <= tight."""
        if key not in self.number:
            row = self.number[key] = len(self.tight)
            self.entries.add(np.full(len(plus), row), plus, 1.0)
            self.entries.add(np.full(len(minus), row), minus, -1.0)
            self.tight.append(tight)
            self.most.append(most)
        return self.number[key]


@dataclass(frozen=True)
class Points:
    """Columns of R15 that follow from the moves.

    Attributes
    ----------
    moving
        Shape (claimants,): columns that are 1 for those who move; `leaves` sums their moves.
    excused
        Shape (excuses,): columns that are 1 where `activity` is at most `tight`.
    """

    moving: Ints
    leaves: Matrix
    excused: Ints
    activity: Matrix
    tight: Floats

    def complete(self, x: Floats) -> None:
        """Set all columns from the moves."""
        moved = x[: self.leaves.columns]
        x[self.moving] = self.leaves.times(moved)
        x[self.excused] = self.activity.times(moved) <= self.tight + 1e-6


def points_first(model: LinearModel, facts: Facts, groups: Classes, moves: Candidates) -> Points:
    """Add the rows of R15."""
    claims = list(_claims(facts, groups, moves))
    claimants = np.unique(np.array([c.teacher for c in claims], dtype=np.int64))
    leaves = Entries()
    for row, teacher in enumerate(claimants):
        own = _columns_of(groups, moves, int(teacher))
        leaves.add(np.full(len(own), row), own, 1.0)
    moving = model.add_columns(0.0, np.ones(len(claimants)), implied=True)
    none = np.zeros(len(claimants))
    linked = Entries(list(leaves.rows), list(leaves.cols), list(leaves.values))
    linked.add(np.arange(len(claimants)), moving, -1.0)
    model.add_rows(none, none, linked)
    excuses = Excuses()
    reasons = {int(t): _excuses_of(excuses, facts, groups, moves, int(t)) for t in claimants}
    excused = _add_excuses(model, excuses)
    of = dict(zip(claimants.tolist(), moving.tolist(), strict=True))
    _add_comparisons(model, facts, groups, moves, claims, of, {t: excused[r] for t, r in reasons.items()})
    width = len(moves)
    return Points(
        moving,
        Matrix.of(len(claimants), width, leaves),
        excused,
        Matrix.of(len(excused), width, excuses.entries),
        np.array(excuses.tight),
    )


def _columns_of(groups: Classes, moves: Candidates, teacher: int) -> Ints:
    """Move columns of a class of one."""
    return columns_of(moves.cls, int(groups.of_teacher[teacher]))


def _claims(facts: Facts, groups: Classes, moves: Candidates) -> Iterator[Claim]:
    coupled = {i for pair in partners(facts) for i in pair} if facts.policy.active("R12") else set()
    near = apart_km(facts) <= facts.policy.rotation.max_partner_km
    for teacher, above in ranked_above_home(facts).items():
        person = facts.district.teachers[teacher]
        if person.points is None or facts.principal[teacher] or groups.of_teacher[teacher] < 0:
            continue
        own = _columns_of(groups, moves, teacher)
        school = facts.section_school[moves.to[own]]
        home = facts.section_school[facts.section[teacher]]
        for place, wished in enumerate(above):
            here = own[school == wished]
            if len(here) and (teacher not in coupled or near[home, wished]):
                places = tuple((int(moves.to[c]), int(moves.subject[c])) for c in here)
                yield Claim(teacher, own[np.isin(school, above[: place + 1])], places)


def _excuses_of(excuses: Excuses, facts: Facts, groups: Classes, moves: Candidates, teacher: int) -> list[int]:
    """R4, R5, R10 at the present section of a teacher: which of them may keep the teacher there."""
    section, subject = int(facts.section[teacher]), int(facts.subject[teacher])
    active = facts.policy.active
    into, out = moves.to == section, moves.origin == section
    found = []
    if active("R4"):
        low, high = (float(limit[section, subject]) for limit in staffing_limits(facts))
        heads = float(facts.heads[section, subject])
        arrive = np.flatnonzero(into & (moves.subject == subject))
        leave = np.flatnonzero(out & (groups.subject[moves.cls] == subject))
        found.append(excuses.add(("R4", section, subject), arrive, leave, low - heads, high - low))
    if active("R5"):
        limit = float(outflow_limits(facts)[section])
        none = np.zeros(0, dtype=np.int64)
        found.append(excuses.add(("R5", section, 0), none, np.flatnonzero(out), -limit, limit))
    if active("R10") and facts.backbone[teacher]:
        able = groups.backbone[moves.cls]
        now = float(np.count_nonzero(facts.backbone[facts.section == section]))
        most = float(groups.size[groups.backbone].sum())
        arrive, leave = np.flatnonzero(into & able), np.flatnonzero(out & able)
        found.append(excuses.add(("R10", section, 0), arrive, leave, 1 - now, most + now - 1))
    return found


def _add_excuses(model: LinearModel, excuses: Excuses) -> Ints:
    """An excuse may be 1 only where its activity is at most tight: activity + most * excuse <= tight + most."""
    tight, most = np.array(excuses.tight), np.array(excuses.most)
    columns = model.add_columns(0.0, np.ones(len(tight)), integer=True)
    rows = Entries(list(excuses.entries.rows), list(excuses.entries.cols), list(excuses.entries.values))
    rows.add(np.arange(len(tight)), columns, most)
    model.add_rows(np.full(len(tight), -INFINITY), tight + most, rows)
    return columns


def _add_comparisons(
    model: LinearModel,
    facts: Facts,
    groups: Classes,
    moves: Candidates,
    claims: list[Claim],
    moving: dict[int, int],
    excused: dict[int, Ints],
) -> None:
    """For each claim and each taker with fewer points: taken <= as good + excuses, taken + worse <= 1."""
    takers = _takers(facts, groups, moves)
    entries = Entries()
    upper: list[float] = []
    for claim in claims:
        rivals = [c for place in claim.places for points, c in takers[place] if points < _points(facts, claim)]
        for column in rivals:
            row = np.full(1, len(upper))
            entries.add(row, np.array([column]), 1.0)
            entries.add(np.repeat(row, len(claim.as_good)), claim.as_good, -1.0)
            mine = excused[claim.teacher]
            entries.add(np.repeat(row, len(mine)), mine, -1.0)
            entries.add(np.repeat(row + 1, 2), np.array([column, moving[claim.teacher]]), 1.0)
            entries.add(np.repeat(row + 1, len(claim.as_good)), claim.as_good, -1.0)
            upper += [0.0, 1.0]
    model.add_rows(np.full(len(upper), -INFINITY), np.array(upper), entries)


def _points(facts: Facts, claim: Claim) -> float:
    points = facts.district.teachers[claim.teacher].points
    return -INFINITY if points is None else points


def _takers(facts: Facts, groups: Classes, moves: Candidates) -> dict[Place, list[tuple[float, int]]]:
    """Columns that grant a wish, by place, each with the points of its teacher (unknown: fewer than any)."""
    found: dict[Place, list[tuple[float, int]]] = defaultdict(list)
    for wish in facts.district.wishes:
        teacher = facts.teacher_number[wish.teacher_id]
        if groups.of_teacher[teacher] < 0:
            continue
        points = facts.district.teachers[teacher].points
        own = _columns_of(groups, moves, teacher)
        school = facts.school_number[wish.school_id]
        for column in own[facts.section_school[moves.to[own]] == school]:
            place = int(moves.to[column]), int(moves.subject[column])
            found[place].append((-INFINITY if points is None else points, int(column)))
    return found
