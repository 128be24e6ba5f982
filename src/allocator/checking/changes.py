"""The level `changes`: decisions that differ from an approved plan, counted from the two plans alone.

A decision is to stay, or to move to a school and teach a subject there. Counted are the teachers of the table;
one whom the approved plan does not name was approved to stay, and one who already teaches at the approved
school has the decision carried out, so that staying keeps it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from allocator.checking.facts import Facts
from allocator.domain.district import District
from allocator.domain.plan import Move

Pair = tuple[Move | None, Move | None]


def standing(district: District, approved: Sequence[Move]) -> Mapping[str, Move]:
    """Approved moves of teachers who are in the table and not at the new school already, by teacher."""
    present = {t.teacher_id: t.school_id for t in district.teachers}
    return {m.teacher_id: m for m in approved if present.get(m.teacher_id) not in (None, m.to_school_id)}


def differences(facts: Facts, approved: Sequence[Move]) -> Mapping[str, Pair]:
    """Approved and present decision of every teacher whose two decisions differ, in order of codes."""
    before, after = standing(facts.district, approved), facts.carried
    pairs = {t: (before.get(t), after.get(t)) for t in sorted({*before, *after})}
    return {t: pair for t, pair in pairs.items() if _goal(pair[0]) != _goal(pair[1])}


def count_changes(facts: Facts, approved: Sequence[Move]) -> int:
    """Decisions that differ from the approved plan."""
    return len(differences(facts, approved))


def count_unmoved(facts: Facts, approved: Sequence[Move]) -> int:
    """Decisions that would differ if nobody moved."""
    return len(standing(facts.district, approved))


def _goal(move: Move | None) -> tuple[str, str] | None:
    return None if move is None else (move.to_school_id, move.subject)
