"""Why no plan exists, in words that the checker confirms.

The model finds the rules that conflict and, for each, a plan that obeys all the others. The checker judges
every one of those plans: it must pass, and what it breaks of the rule left out is the witness.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from allocator.checking import check_rotation, eligibility
from allocator.domain.conflict import Capacity, Conflict, Element, Member
from allocator.domain.district import District
from allocator.domain.fields import Month
from allocator.domain.plan import CheckReport, Move, Moves, Violation
from allocator.domain.policy import Policy
from allocator.domain.run import Progress, ProgressSink, StopSignal
from allocator.errors import InternalError
from allocator.rotation.conflict import BACKGROUND, POINTS, GivingWay, RuleConflict, find_conflict
from allocator.rotation.facts import facts


def diagnose(
    district: District, policy: Policy, as_of: Month, stop: StopSignal, progress: ProgressSink | None = None
) -> Conflict | None:
    """Name the smallest set of rules that cannot hold together, with witnesses.

    Parameters
    ----------
    district
        A district whose posts are filled, for which it is proven that no plan obeys all rules.

    Returns
    -------
    Conflict or None
        None if the limit came before the proofs were complete.

    Raises
    ------
    InternalError
        If the checker does not confirm a plan that the model found.
    """
    if progress is not None:
        progress(Progress("conflict", stop.seconds))
    found = find_conflict(facts(district, policy, as_of), stop.limits, stop)
    if found is None:
        return None
    judge = _Judge(district, policy, as_of, found)
    members = tuple(judge.member(way) for way in found.ways)
    judge.confirm_elements()
    complete = found.parts.complete and all(plan is not None for _, plan in found.parts.needed)
    return Conflict(members, found.smallest, complete, judge.capacity(), found.rest)


class _Judge:
    """Has the checker judge the plans of a conflict."""

    def __init__(self, district: District, policy: Policy, as_of: Month, found: RuleConflict) -> None:
        self.district, self.policy, self.as_of, self.found = district, policy, as_of, found
        self.bound = (*(rule for rule in BACKGROUND if policy.active(rule)), *found.rules)

    def _check(self, moves: Moves, elastic: Sequence[str]) -> CheckReport:
        """Judge a plan by the rules of the conflict, some of which give way; all others are off."""
        policy = self.policy.with_rules(set(self.bound) - set(elastic), elastic)
        report = check_rotation(self.district, policy, moves, self.as_of)
        if not report.passed:
            raise InternalError("checker_rejects", count=len(report.broken), text=report.broken[0].text("en"))
        if not report.relaxed:
            raise InternalError("conflict_denied", rules=", ".join(self.found.rules))
        return report

    def _without_points(self, moves: Moves) -> CheckReport:
        """Judge a plan that is to break none of the profile's rules but R15."""
        report = check_rotation(self.district, self.policy, moves, self.as_of)
        if {v.rule for v in report.broken} != {POINTS}:
            raise InternalError("conflict_denied", rules=POINTS)
        return report

    def member(self, way: GivingWay) -> Member:
        """Put one rule's part of the conflict together."""
        report = self._without_points(way.moves) if self.found.rest else self._check(way.moves, [way.rule])
        audit = next(a for a in report.rules if a.rule == way.rule)
        amounts: Counter[str] = Counter()
        for violation in audit.violations:
            amounts[violation.unit] += violation.amount  # type: ignore[assignment]  # kilometres are not whole
        needed = tuple(element for element, _ in self.found.parts.needed if element.rule == way.rule)
        return Member(
            way.rule, dict(amounts), way.least, audit.required, audit.achieved, audit.violations, needed
        )

    def confirm_elements(self) -> None:
        """See that each plan which does without one element breaks none of the others."""
        parts = self.found.parts
        for element, moves in parts.needed:
            if moves is None:
                continue
            others = {_name(other) for other, _ in parts.needed if other is not element}
            for violation in self._check(moves, parts.rules).relaxed:
                if _name_of(violation) in others:
                    raise InternalError("checker_rejects", count=1, text=violation.text("en"))

    def capacity(self) -> tuple[Capacity, ...]:
        """Where teachers are eligible and where the most moves come from, if too few moves are in conflict."""
        way = next((way for way in self.found.ways if way.rule == "R6"), None)
        if way is None or all(v.key != "R6_few" for v in self._check(way.moves, ["R6"]).relaxed):
            return ()
        return tuple(self._rows(way.moves))

    def _rows(self, moves: Sequence[Move]) -> Iterator[Capacity]:
        teachers = self.district.teacher_by_id
        reasons = eligibility(self.district, self.policy, self.as_of)
        able = Counter(
            (t.school_id, t.stage, t.subject) for t in self.district.teachers if not reasons[t.teacher_id]
        )
        leaving = Counter((m.from_school_id, m.stage, teachers[m.teacher_id].subject) for m in moves)
        for school, stage, subject in sorted({*able, *leaving}):
            cell = (school, stage, subject)
            yield Capacity(school, stage, subject, able[cell], leaving[cell])


def _name(element: Element) -> tuple[str, str, str, object]:
    """What tells elements apart; a teacher may have several locks."""
    lock = element.rule == "R11"
    return (
        element.rule,
        element.subject,
        element.key.removeprefix("lock_") if lock else "",
        element.params["school"] if lock else "",
    )


def _name_of(violation: Violation) -> tuple[str, str, str, object]:
    """Element that a violation is about."""
    lock = violation.rule == "R11"
    return (
        violation.rule,
        violation.subject,
        violation.key.removeprefix("R11_") if lock else "",
        (violation.params["school"] or "") if lock else "",
    )
