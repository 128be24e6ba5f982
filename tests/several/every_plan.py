"""Every legal plan of a small district, and the distances of plans from first principles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from allocator.domain.choices import Backbone, Degree, LockAction, Role, Stage
from allocator.domain.district import District
from allocator.domain.fields import Month
from allocator.domain.plan import Move
from allocator.domain.policy import Policy
from tests.rotation.enumeration import EveryPlan
from tests.rotation.small import AS_OF

ABOVE = {
    Stage.PRIMARY: (Degree.ASSOCIATE, Degree.BACHELOR, Degree.MASTER, Degree.DOCTOR),
    Stage.JUNIOR: (Degree.BACHELOR, Degree.MASTER, Degree.DOCTOR),
}
COUNTY = (Backbone.COUNTY, Backbone.CITY, Backbone.PROVINCE)


@dataclass(frozen=True)
class Legal:
    """A legal plan with its levels and its kilometres."""

    moves: tuple[Move, ...]
    levels: Mapping[str, float]
    km: float

    def value(self, axis: str) -> float:
        """Value on an axis of a trade-off."""
        return {"moves": float(len(self.moves)), "balance": self.levels["balance"], "km": self.km}[axis]


def legal_plans(district: District, policy: Policy, as_of: Month = AS_OF) -> list[Legal]:
    """All plans that obey the rules."""
    plans = EveryPlan(district, policy, as_of)
    found = []
    for row in np.flatnonzero(plans.legal):
        moves = plans.moves(int(row))
        km = sum(plans.facts.distances.km(m.from_school_id, m.to_school_id) or 0.0 for m in moves)
        found.append(Legal(moves, {name: float(values[row]) for name, values in plans.levels.items()}, km))
    return found


def kinds(district: District, policy: Policy) -> dict[str, object]:
    """Kind of each teacher by code, equal for those who are alike, as the formulation says."""
    named = {w.teacher_id for w in district.wishes} | {k.teacher_id for k in district.locks}
    known = district.teacher_by_id
    for t in district.teachers:
        other = known.get(t.partner_id or "")
        if other is not None and other.school_id == t.school_id:
            named |= {t.teacher_id, other.teacher_id}
    found: dict[str, object] = {}
    for t in district.teachers:
        second = t.second_subject if policy.rotation.second_subject and t.second_subject != t.subject else None
        flags = (t.degree in ABOVE[t.stage], t.backbone in COUNTY, t.volunteer)
        alone = t.teacher_id in named or t.role is Role.PRINCIPAL
        found[t.teacher_id] = t.teacher_id if alone else (t.school_id, t.stage, t.subject, second, flags)
    return found


def apart(kind_of: Mapping[str, object], one: Sequence[Move], other: Sequence[Move]) -> int:
    """Teachers treated differently: among those who are alike, all that cannot be matched."""
    total = 0
    for kind in {kind_of[m.teacher_id] for m in (*one, *other)}:
        mine, theirs = (
            Counter((m.to_school_id, m.subject) for m in plan if kind_of[m.teacher_id] == kind)
            for plan in (one, other)
        )
        total += max(mine.total(), theirs.total()) - (mine & theirs).total()
    return total


def no_locks_to_move(district: District) -> bool:
    """Whether no lock asks for a move."""
    return all(k.action not in (LockAction.MOVE, LockAction.TO) for k in district.locks)
