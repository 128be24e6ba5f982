"""Plans over several years: the state a year's plan leaves behind, and the verdict on the whole.

After a year's plan the movers teach at their new schools; their time there begins with the reference month,
their terms as principals begin anew, and volunteering is used up. Posts, pupils and everything else stay as
given; who retires is taken to be replaced by an equal (nobody so near retirement is eligible). Locks that ask
for a move hold in the first year only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import ceil

from allocator.checking.eligibility import ELIGIBLE, eligibility
from allocator.checking.form import carried_out, faults_of_form
from allocator.checking.rotation import check_rotation
from allocator.domain.choices import LockAction, Role
from allocator.domain.district import District
from allocator.domain.fields import Month
from allocator.domain.plan import Move, Violation
from allocator.domain.policy import Policy, exact
from allocator.domain.records import Lock, Teacher, Wish
from allocator.domain.several import RolloutReport, RolloutTerms, YearCount

YEAR = 12
FIRST_YEAR_ONLY = (LockAction.MOVE, LockAction.TO)


@dataclass(frozen=True, slots=True)
class Service:
    """Where a moved teacher came from and when; `home` is None after a return."""

    home: str | None
    since: Month


@dataclass(frozen=True)
class State:
    """What one year's plan is made on.

    Attributes
    ----------
    district
        Whoever serves a term is exempt; whoever may return wishes for the former school, barred from others.
    as_of
        Reference month.
    services
        Last move of everyone who has moved, by teacher.
    start
        The district at the start, for what moves do not change.
    """

    district: District
    as_of: Month
    start: District
    services: Mapping[str, Service] = field(default_factory=dict)

    def may_return(self, teacher_id: str, terms: RolloutTerms) -> bool:
        """Whether a teacher's term has ended and the way back is open."""
        service = self.services.get(teacher_id)
        if service is None or service.home is None or not terms.returns:
            return False
        return self.as_of - service.since >= YEAR * terms.term_years


def first_state(district: District, as_of: Month) -> State:
    """Return the district as it is."""
    return State(district, as_of, district)


def advance(state: State, moves: Sequence[Move], terms: RolloutTerms) -> State:
    """Carry out a year's plan and let a year pass.

    Parameters
    ----------
    moves
        A plan of the right form for the state (R1).

    Returns
    -------
    State
        The same district twelve months later.
    """
    moved = {m.teacher_id: m for m in moves}
    services = dict(state.services)
    for move in moves:
        back = services.get(move.teacher_id)
        home = None if back is not None and back.home == move.to_school_id else move.from_school_id
        services[move.teacher_id] = Service(home, state.as_of)
    later = replace(state, as_of=Month(state.as_of + YEAR), services=services)
    teachers = tuple(_next_year(t, moved.get(t.teacher_id), later, terms) for t in state.district.teachers)
    returning = {t.teacher_id for t in teachers if later.may_return(t.teacher_id, terms)}
    info = state.district.info
    district = state.district.model_copy(
        update={
            "info": info.model_copy(update={"year": None if info.year is None else info.year + 1}),
            "teachers": teachers,
            "wishes": _wishes(later, teachers, returning),
            "locks": _locks(later, teachers, returning),
        }
    )
    return replace(later, district=district)


def _next_year(teacher: Teacher, move: Move | None, later: State, terms: RolloutTerms) -> Teacher:
    update: dict[str, object] = {}
    if move is not None:
        update = {"school_id": move.to_school_id, "since": later.services[move.teacher_id].since}
        if move.subject is not teacher.subject:
            update |= {"subject": move.subject, "second_subject": teacher.subject}
        if teacher.role is Role.PRINCIPAL:
            update["terms"] = 0
    service = later.services.get(teacher.teacher_id)
    if service is not None:
        serving = later.as_of - service.since < YEAR * terms.term_years
        update["exempt"] = serving or later.start.teacher_by_id[teacher.teacher_id].exempt
        update["volunteer"] = later.may_return(teacher.teacher_id, terms)
    return teacher.model_copy(update=update) if update else teacher


def _wishes(later: State, teachers: Sequence[Teacher], returning: set[str]) -> tuple[Wish, ...]:
    """Wishes of those who have not moved, and of those who may return for their former schools."""
    own = [w for w in later.start.wishes if w.teacher_id not in later.services]
    back = [
        Wish(teacher_id=t.teacher_id, rank=1, school_id=later.services[t.teacher_id].home or "")
        for t in teachers
        if t.teacher_id in returning
    ]
    return (*own, *back)


def _locks(later: State, teachers: Sequence[Teacher], returning: set[str]) -> tuple[Lock, ...]:
    """Locks that outlast the first year; for those who may return, bars on all schools but the former one."""
    school_of = {t.teacher_id: t.school_id for t in teachers}
    lasting = [
        k
        for k in later.start.locks
        if k.action not in FIRST_YEAR_ONLY and k.school_id != school_of[k.teacher_id]
    ]
    bars = [
        Lock(teacher_id=t.teacher_id, action=LockAction.NOT_TO, school_id=school.school_id)
        for t in teachers
        if t.teacher_id in returning
        for school in later.start.schools
        if t.stage in school.stages and school.school_id not in (t.school_id, later.services[t.teacher_id].home)
    ]
    return (*lasting, *bars)


def eligible_now(district: District, policy: Policy, as_of: Month) -> frozenset[str]:
    """Codes of all eligible teachers."""
    return frozenset(t for t, why in eligibility(district, policy, as_of).items() if why == ELIGIBLE)


def target_of(cohort: int, terms: RolloutTerms) -> int:
    """How many of the cohort must have moved by the last year: the share, rounded up."""
    return ceil(exact(terms.target_share) * cohort)


def overdue_now(state: State, policy: Policy, terms: RolloutTerms) -> frozenset[str]:
    """Eligible teachers whose years at the school have reached the deadline."""
    if terms.max_tenure_years is None:
        return frozenset()
    limit = YEAR * exact(terms.max_tenure_years)
    eligible = eligible_now(state.district, policy, state.as_of)
    return frozenset(
        t.teacher_id
        for t in state.district.teachers
        if t.teacher_id in eligible and t.since is not None and state.as_of - t.since >= limit
    )


def check_rollout(
    district: District,
    policies: Sequence[Policy],
    plans: Sequence[Sequence[Move]],
    as_of: Month,
    terms: RolloutTerms,
) -> RolloutReport:
    """Judge a roll-out: each year's plan on the state that the years before leave, then the whole.

    Parameters
    ----------
    policies, plans
        One a year, in order.
    as_of
        Reference month of the first year.
    """
    state = first_state(district, as_of)
    cohort = eligible_now(district, policies[0], as_of)
    done: set[str] = set()
    years: list[YearCount] = []
    last: frozenset[str] = frozenset()
    for policy, plan in zip(policies, plans, strict=True):
        report = check_rotation(state.district, policy, plan, state.as_of)
        moved = {m.teacher_id for m in plan}
        returned = sum(state.may_return(t, terms) for t in moved)
        late = overdue_now(state, policy, terms) - moved
        fresh = (cohort & moved) - done
        done |= fresh
        years.append(YearCount(state.as_of, report, len(fresh), len(done), returned, len(late)))
        faults = faults_of_form(state.district, policy, plan)
        legal = tuple(carried_out(state.district, plan, faults).values())
        last, state = late, advance(state, legal, terms)
    target = target_of(len(cohort), terms)
    found = (
        *_short(len(plans), terms),
        *_missed(len(done), target),
        *_again(plans, as_of, terms),
        *_late(last, terms),
    )
    return RolloutReport(tuple(years), len(cohort), target, len(done), found)


def _short(planned: int, terms: RolloutTerms) -> list[Violation]:
    """T1: there are plans for fewer years than the target was set for."""
    if planned >= terms.years:
        return []
    params: dict[str, object] = {"years": terms.years, "planned": planned}
    return [Violation("T1", "plan", terms.years - planned, "years", "T1_years", params)]


def _missed(reached: int, target: int) -> list[Violation]:
    """T1: fewer of the cohort have moved than the target asks for."""
    if reached >= target:
        return []
    params: dict[str, object] = {"reached": reached, "target": target}
    return [Violation("T1", "plan", target - reached, "teachers", "T1_missed", params)]


def _again(plans: Sequence[Sequence[Move]], as_of: Month, terms: RolloutTerms) -> list[Violation]:
    """T2: somebody is moved again before the term has ended."""
    last: dict[str, int] = {}
    found = []
    for year, plan in enumerate(plans):
        for move in plan:
            before = last.get(move.teacher_id)
            if before is not None and year - before < terms.term_years:
                params: dict[str, object] = {
                    "teacher": move.teacher_id,
                    "first": (as_of + YEAR * before) // YEAR,
                    "second": (as_of + YEAR * year) // YEAR,
                    "term": terms.term_years,
                }
                short = terms.term_years - (year - before)
                found.append(Violation("T2", move.teacher_id, short, "years", "T2_again", params))
            last[move.teacher_id] = year
    return found


def _late(last: frozenset[str], terms: RolloutTerms) -> list[Violation]:
    """T3: somebody whose deadline has come is not moved by the last year."""
    params: dict[str, object] = {"years": terms.max_tenure_years}
    return [
        Violation("T3", teacher, 1, "teachers", "T3_late", {"teacher": teacher, **params})
        for teacher in sorted(last)
    ]
