"""The door to explanations: each is found by planning anew under a condition; every such plan is checked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cached_property

from allocator import engine
from allocator.checking import check_rotation
from allocator.domain.choices import LockAction, Stage
from allocator.domain.district import District
from allocator.domain.explanation import (
    Consequence,
    Price,
    ReadOff,
    Replacement,
    SchoolChange,
    Statement,
    WhoElse,
    Why,
    WhyNot,
)
from allocator.domain.fields import Month
from allocator.domain.measures import compare
from allocator.domain.plan import CheckReport, Level, Move, Moves, Status
from allocator.domain.policy import Policy
from allocator.domain.run import Limits, Progress, ProgressSink, StopSignal
from allocator.errors import InfeasibleError, InternalError, LimitError, UsageError
from allocator.explaining.alone import cancelled, reasons
from allocator.explaining.consequences import consequence
from allocator.indicators import derive_posts, measure, staffing
from allocator.indicators.marginal import Marginals
from allocator.rotation.explaining.alike import read_off
from allocator.rotation.explaining.barriers import barriers, standing
from allocator.rotation.explaining.exchange import Candidate, candidates_for
from allocator.rotation.explaining.relaxations import Relaxation, relaxations
from allocator.rotation.explaining.replanner import Replanner, honoured
from allocator.rotation.explaining.rungs import Condition
from allocator.rotation.facts import facts
from allocator.rotation.solve import Outcome, level_names, solve

DEFAULT_LIMITS = Limits(time_s=20.0)
"""Of each planning anew by itself."""


class Explainer:
    """Explains one plan of one district.

    Changes of levels are against the best plan without any condition, which is found first and once. They are
    exact where both are solved to the end, and lie between proven limits otherwise.

    Parameters
    ----------
    district
        A validated district.
    policy
        The profile the plan was made under.
    moves
        The plan.
    as_of
        Reference date; see `allocator.engine.reference_date`.
    limits
        Of each planning anew by itself.
    progress
        Hears of every level of every planning.
    approved
        The approved plan that this one was replanned from; its level of changed decisions then comes first.
    stop
        Of all plannings together.
    proven
        Levels of the plan, where it is the best one and its own run has proven it; found first otherwise.
    """

    def __init__(  # noqa: PLR0913  each is one thing that a caller may say, by name
        self,
        district: District,
        policy: Policy,
        moves: Iterable[Move],
        *,
        as_of: Month | None = None,
        limits: Limits = DEFAULT_LIMITS,
        progress: ProgressSink | None = None,
        approved: Iterable[Move] | None = None,
        stop: StopSignal | None = None,
        proven: Sequence[Level] = (),
    ) -> None:
        self.original = district
        self.district = district.model_copy(update={"posts": derive_posts(district, policy)})
        self.policy = policy
        self.moves = Moves(tuple(moves))
        self.as_of, _ = engine.reference_date(district, policy, as_of)
        self.limits = limits
        self.stop = stop
        self.proven = tuple(proven)
        self.brief = False
        self.progress = progress
        self.approved = None if approved is None else Moves(tuple(approved))
        self.facts = facts(self.district, policy, self.as_of, self.approved)
        self.move_of = {m.teacher_id: m for m in self.moves}
        self._known: dict[tuple[Condition, ...], Consequence] = {}

    def hurry(self, time_s: float) -> None:
        """Spend so many seconds on a planning anew from now on, and none beyond the level that decides."""
        self._replanner.limits = replace(self.limits, time_s=time_s)
        self.brief = True

    @cached_property
    def check(self) -> CheckReport:
        """The independent checker's judgement of the plan."""
        return self.judged(self.moves)

    def judged(self, moves: Sequence[Move]) -> CheckReport:
        """The independent checker's judgement of any plan, under what this one was made under."""
        return check_rotation(self.original, self.policy, moves, self.as_of, self.approved)

    @cached_property
    def marginals(self) -> Marginals:
        """What the moves of the plan do one by one."""
        return Marginals(self.original, self.policy, self.moves)

    @cached_property
    def base(self) -> tuple[Level, ...]:
        """Levels of the best plan without any condition.

        Raises
        ------
        InfeasibleError
            If no plan obeys the rules at all.
        LimitError
            If the limit comes before a plan.
        """
        if self.proven and self._replanner.adopt(self.moves, self.proven):
            return self.proven
        outcome = self._replanner.plan()
        if outcome.moves is None:
            raise InfeasibleError("explain.no_plan") if outcome.infeasible else LimitError("explain.no_base")
        return self._judged(outcome)

    def why(self, teacher_id: str) -> Why:
        """Explain why a teacher moves, or why not.

        For a mover: what breaks and changes if only this move is cancelled, and what follows if the teacher
        stays and all else is planned anew. For one who stays: what forbids any move, or what it would cost.

        Raises
        ------
        UsageError
            If there is no such teacher.
        InfeasibleError, LimitError
            See `base`.
        """
        teacher = self._teacher(teacher_id)
        move = self.move_of.get(teacher_id)
        if move is None:
            found = standing(self.facts, teacher)
            otherwise = None if found else self._if(self._replanner.moves(teacher))
            return Why(teacher_id, None, found, None, otherwise, self._read_off(teacher))
        alone = cancelled(self, move)
        found = (*self._lock(teacher_id), *reasons(self, move, alone))
        fixed = any(s.key == "need_lock" for s in found) or self._immovable(teacher)
        otherwise = None if fixed else self._if(self._replanner.stays(teacher))
        return Why(teacher_id, move, found, alone, otherwise, self._read_off(teacher))

    def why_not(self, teacher_id: str, school_id: str) -> WhyNot:
        """Explain why a teacher is not moved to a school: the rules that forbid it, else what it would cost.

        Raises
        ------
        UsageError
            If there is no such teacher or school.
        InfeasibleError, LimitError
            See `base`.
        """
        teacher, school = self._teacher(teacher_id), self._school(school_id)
        planned = self.move_of.get(teacher_id)
        there = planned is not None and planned.to_school_id == school_id
        found = barriers(self.facts, teacher, school)
        if found:
            return WhyNot(teacher_id, school_id, found, None, there)
        section = self.facts.section_number[school_id, self.district.teacher_by_id[teacher_id].stage]
        forced = self._if(self._replanner.goes(teacher, section))
        return WhyNot(teacher_id, school_id, (), forced, there)

    def who_else(self, teacher_id: str, most: int = 5) -> WhoElse:
        """Find who could take a moved teacher's place, best first.

        All who could teach the subject there are compared by mere exchange; the `most` promising are planned
        anew with the one staying and the other going.

        Raises
        ------
        UsageError
            If there is no such teacher, or the plan does not move the teacher.
        InfeasibleError, LimitError
            See `base`.
        """
        teacher = self._teacher(teacher_id)
        move = self.move_of.get(teacher_id)
        if move is None or self._immovable(teacher):
            raise UsageError("explain.not_moved", teacher=teacher_id)
        floor = self._if(self._replanner.stays(teacher))
        possible = candidates_for(self._replanner, self.moves, move)
        found = [self._replacement(teacher, move, c) for c in possible[:most]]
        found.sort(key=_by_levels)
        return WhoElse(teacher_id, move.to_school_id, len(possible), tuple(found), floor)

    def school(self, school_id: str) -> SchoolChange:
        """Say what a school gives and gets, and its indicators and posts before and after the plan.

        Raises
        ------
        UsageError
            If there is no such school.
        """
        school = self.district.schools[self._school(school_id)]
        every = {stage: self.policy.thresholds(stage) for stage in Stage}
        before, after = measure(self.original, self.policy), measure(self.original, self.policy, self.moves)
        return SchoolChange(
            school_id=school_id,
            stages=school.stages,
            gives=tuple(m for m in self.moves if m.from_school_id == school_id),
            gets=tuple(m for m in self.moves if m.to_school_id == school_id),
            indicators=tuple(r for r in compare(before, after, every) if r.school_id == school_id),
            staffing=tuple(
                r for r in staffing(self.original, self.policy, self.moves) if r.school_id == school_id
            ),
        )

    def prices(self) -> tuple[Price, ...]:
        """Price one step of relaxing each of R4-R8 that is in force: what the best plan would gain.

        Raises
        ------
        InfeasibleError, LimitError
            See `base`.
        """
        steps = relaxations(self.facts, len(self.moves))
        _ = self.base
        return tuple(self._price(step) for step in steps)

    def _price(self, step: Relaxation) -> Price:
        policy = step.of(self.policy)
        stop = StopSignal(self.limits)
        outcome = solve(
            facts(self.district, policy, self.as_of, self.approved), self.limits, stop, self.progress
        )
        found = self._consequence(outcome, policy)
        return Price(step.rule, step.key, step.path, step.before, step.after, found)

    def _replacement(self, teacher: int, move: Move, candidate: Candidate) -> Replacement:
        person = self.district.teachers[candidate.teacher].teacher_id
        section = self.facts.section_number[move.to_school_id, move.stage]
        conditions = (
            self._replanner.stays(teacher),
            self._replanner.goes(candidate.teacher, section, candidate.others),
        )
        now = self.move_of.get(person)
        values = candidate.values
        plain = self.check.levels
        names = level_names(self.facts)
        return Replacement(
            teacher_id=person,
            school_id=self.district.teachers[candidate.teacher].school_id,
            goes_now=None if now is None else now.to_school_id,
            alike=candidate.alike,
            exchange=None if values is None else {n: v - plain[n] for n, v in zip(names, values, strict=True)},
            replanned=self._if(*conditions),
        )

    @cached_property
    def _replanner(self) -> Replanner:
        return Replanner(self.facts, self.limits, self.progress, self.stop)

    def _if(self, *conditions: Condition) -> Consequence:
        """Plan anew under conditions, check that plan, and compare it with the best; once for each question."""
        if conditions not in self._known:
            self._known[conditions] = self._alike(conditions) or self._planned(*conditions)
        return self._known[conditions]

    def _alike(self, conditions: tuple[Condition, ...]) -> Consequence | None:
        """What is known of teachers who are alike: the same plan, moves exchanged among them, and checked."""
        wanted = {replace(condition, teacher=-1) for condition in conditions}
        for asked, found in self._known.items():
            if {replace(condition, teacher=-1) for condition in asked} == wanted:
                if found.moves is None:
                    return found
                moves = honoured(self._replanner.problem, found.moves, conditions)
                return replace(found, moves=moves) if self.judged(moves).passed else None
        return None

    def _planned(self, *conditions: Condition) -> Consequence:
        _ = self.base
        base = [level.value for level in self.base] if self.brief else []
        outcome = self._replanner.plan(*conditions, base=base)
        found = self._consequence(outcome, self.policy)
        for condition in conditions if found.moves is not None else ():
            self._kept(condition, found.moves or Moves())
        rule = self._replanner.conflict(*conditions) if found.status is Status.INFEASIBLE else ""
        return consequence(found.status, self.base, (), rule=rule) if rule else found

    def _consequence(self, outcome: Outcome, policy: Policy) -> Consequence:
        levels = self._judged(outcome, policy)
        status = engine.status_of(outcome, levels, self.limits)
        return consequence(status, self.base, levels, outcome.moves)

    def _judged(self, outcome: Outcome, policy: Policy | None = None) -> tuple[Level, ...]:
        """Levels as the checker sees them; a plan that it rejects stops everything."""
        if self.progress is not None:
            self.progress(Progress("check", sum(outcome.seconds.values())))
        _, levels = engine.judge(self.original, policy or self.policy, self.as_of, outcome, self.approved)
        return levels

    def _kept(self, condition: Condition, moves: Moves) -> None:
        """Hold a plan against the condition it was made under."""
        person = self.district.teachers[condition.teacher].teacher_id
        goal = next((m for m in moves if m.teacher_id == person), None)
        section = None if goal is None else self.facts.section_number[goal.to_school_id, goal.stage]
        if condition.goes != (goal is not None) or (condition.to is not None and section != condition.to):
            raise InternalError("explain.condition_lost", teacher=person)

    def _read_off(self, teacher: int) -> ReadOff:
        return read_off(self.facts, self._replanner.groups, teacher, self.move_of)

    def _immovable(self, teacher: int) -> bool:
        return int(self._replanner.groups.of_teacher[teacher]) < 0

    def _lock(self, teacher_id: str) -> tuple[Statement, ...]:
        """The lock that demands a teacher's move, if one does and R11 is in force."""
        wanted = (LockAction.MOVE, LockAction.TO)
        locks = [k for k in self.district.locks if k.teacher_id == teacher_id and k.action in wanted]
        return (Statement("need_lock", "R11"),) if locks and self.policy.active("R11") else ()

    def _teacher(self, teacher_id: str) -> int:
        if teacher_id not in self.facts.teacher_number:
            raise UsageError("explain.unknown_teacher", teacher=teacher_id)
        return self.facts.teacher_number[teacher_id]

    def _school(self, school_id: str) -> int:
        if school_id not in self.facts.school_number:
            raise UsageError("explain.unknown_school", school=school_id)
        return self.facts.school_number[school_id]


def _by_levels(replacement: Replacement) -> tuple[bool, tuple[float, ...]]:
    """Those with a plan first, by their levels."""
    levels = replacement.replanned.levels
    return not levels, tuple(round(level.value, 9) for level in levels)
