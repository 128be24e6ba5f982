"""Why decisions changed: what the approved plan, kept as it is, would break today.

A cause is a fact that the tables show: the teacher has left, a rule about this very teacher or about the
school concerned would be broken, the teacher fills the place of another. Where there is no such fact, the
change is said to be a consequence of the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from allocator.checking.changes import differences, standing
from allocator.checking.facts import Facts
from allocator.checking.rotation import check_rotation
from allocator.domain.change import Change, ChangeKind
from allocator.domain.district import District
from allocator.domain.fields import Month
from allocator.domain.plan import Move, Violation
from allocator.domain.policy import Policy
from allocator.domain.records import Teacher
from allocator.text import say

Cause = tuple[str, Mapping[str, object]]
_GONE = {"R1_unknown_school": "school_gone", "R1_no_section": "section_gone", "R3_no_post": "post_gone"}
_PERSONAL = {"R1": "record", "R8": "reach", "R11": "lock", "R13": "reach", "R15": "points", "R16": "status_quo"}


def explain_changes(
    district: District, policy: Policy, approved: Sequence[Move], moves: Sequence[Move], as_of: Month
) -> tuple[Change, ...]:
    """List every decision that differs from the approved plan, with its cause.

    Parameters
    ----------
    approved, moves
        The approved plan and the present one.
    as_of
        Reference month.

    Returns
    -------
    tuple of Change
        Teachers who are gone first, then by code.
    """
    known = district.teacher_by_id
    left = sorted((m for m in approved if m.teacher_id not in known), key=lambda m: m.teacher_id)
    gone = tuple(Change(m.teacher_id, m, None, "gone", "left", {"teacher": m.teacher_id}) for m in left)
    pairs = differences(Facts.of(district, policy, moves, as_of), approved)
    causes = _Causes(district, policy, approved, as_of, {m.teacher_id: m for m in left})
    causes.give_up({t: before for t, (before, _) in pairs.items() if before is not None})
    changed = tuple(_change(known[t], before, after, causes) for t, (before, after) in pairs.items())
    return gone + changed


def _change(teacher: Teacher, before: Move | None, after: Move | None, causes: _Causes) -> Change:
    cause, params = causes.of(teacher, before, after)
    return Change(teacher.teacher_id, before, after, _kind(before, after), cause, params)


def _kind(before: Move | None, after: Move | None) -> ChangeKind:
    if before is None:
        return "moves"
    if after is None:
        return "stays"
    return "other_subject" if before.to_school_id == after.to_school_id else "other_school"


class _Causes:
    """Facts that tell why a decision could not be kept."""

    def __init__(
        self,
        district: District,
        policy: Policy,
        approved: Sequence[Move],
        as_of: Month,
        left: Mapping[str, Move],
    ) -> None:
        present = district.teacher_by_id
        kept = standing(district, approved).values()
        rows = [replace(m, from_school_id=present[m.teacher_id].school_id) for m in kept]
        self.violations = check_rotation(district, policy, rows, as_of).violations
        self.places = {_place(m): m.teacher_id for m in left.values()}

    def give_up(self, moves: Mapping[str, Move]) -> None:
        """Take note of the places that teachers of the approved plan do not take after all."""
        self.places |= {_place(move): teacher for teacher, move in moves.items()}

    def of(self, teacher: Teacher, before: Move | None, after: Move | None) -> Cause:
        """Name the first fact that applies to one teacher."""
        own = next((c for v in self.violations for c in _personal(v, teacher)), None)
        around = next((c for v in self.violations for c in _local(v, teacher, before, after)), None)
        taken = None if after is None else self.places.get(_place(after))
        if own is not None:
            return own
        if before is None and taken is not None:
            return "replaces", {"teacher": teacher.teacher_id, "other": taken}
        return around or ("consequence", {"teacher": teacher.teacher_id})


def _place(move: Move) -> tuple[str, str, str]:
    return move.to_school_id, move.stage, move.subject


def _personal(violation: Violation, teacher: Teacher) -> Iterable[Cause]:
    """Cause that lies in the teacher's own approved decision."""
    if violation.subject != teacher.teacher_id:
        return
    params = {"teacher": teacher.teacher_id, "school": violation.params.get("school")}
    if violation.rule == "R2":
        reason = violation.key.removeprefix("R2_")
        why = {f"reason_{lang}": say(f"eligibility.{reason}", lang) for lang in ("zh", "en")}
        yield "not_eligible", {**params, **why}
    elif violation.key in _GONE:
        yield _GONE[violation.key], params
    elif violation.rule in _PERSONAL:
        yield _PERSONAL[violation.rule], params


def _local(violation: Violation, teacher: Teacher, before: Move | None, after: Move | None) -> Iterable[Cause]:
    """Cause that lies at the school which the approved decision concerns."""
    home = f"{teacher.school_id}/{teacher.stage.value}"
    if violation.key == "R4_over" and before is not None and violation.subject == _cell(before):
        yield "full", {"teacher": teacher.teacher_id, "school": before.to_school_id}
    elif violation.key == "R4_short" and after is not None and violation.subject == _cell(after):
        yield "short", {"teacher": teacher.teacher_id, "school": after.to_school_id}
    elif before is not None and violation.subject in (home, f"{home}/{teacher.subject.value}"):
        yield "home", {"teacher": teacher.teacher_id, "school": teacher.school_id, "rule": violation.rule}


def _cell(move: Move) -> str:
    return f"{move.to_school_id}/{move.stage.value}/{move.subject.value}"
