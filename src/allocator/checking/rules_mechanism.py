"""Rules about wishes: more points are served first (R15), nobody is moved below home unasked (R16)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import floor

from allocator.checking.facts import Facts, audit, is_backbone
from allocator.checking.form import subjects_allowed
from allocator.checking.rules_place import inside_scope
from allocator.domain.choices import LockAction, Role, Stage, Subject
from allocator.domain.plan import RuleAudit, Violation
from allocator.domain.policy import exact
from allocator.domain.records import Lock, Teacher


def r15_points(facts: Facts) -> RuleAudit:
    """R15: nobody with fewer points gets a school that somebody with more points wished for in vain."""
    claims = list(_claims(facts)) if facts.policy.active("R15") else []
    by_place: dict[tuple[str, Stage, Subject], list[_Claim]] = defaultdict(list)
    for claim in claims:
        for subject in claim.subjects:
            by_place[claim.school_id, claim.teacher.stage, subject].append(claim)
    wished = {(w.teacher_id, w.school_id) for w in facts.district.wishes}
    found = []
    for taker, move in facts.movers:
        if (taker.teacher_id, move.to_school_id) in wished:
            rivals = by_place[move.to_school_id, taker.stage, move.subject]
            found += [_passed(c, taker) for c in rivals if _ahead(c.teacher, taker) and _in_vain(facts, c)]
    return audit(facts, "R15", found, {"claims": len(claims)}, {"passed": len(found)})


def r16_status_quo(facts: Facts) -> RuleAudit:
    """R16: who stated wishes and did not volunteer moves only to a school ranked above the present one."""
    above = _above_home(facts)
    bound = [t for t in above if not facts.district.teacher_by_id[t].volunteer]
    found = [
        Violation(
            "R16",
            teacher.teacher_id,
            1,
            "moves",
            "R16_below",
            {"teacher": teacher.teacher_id, "school": move.to_school_id},
        )
        for teacher, move in facts.movers
        if teacher.teacher_id in above
        and not teacher.volunteer
        and move.to_school_id not in above[teacher.teacher_id]
    ]
    return audit(facts, "R16", found, {"bound": len(bound)}, {"below": len(found)})


@dataclass(frozen=True)
class _Claim:
    """A wish that could be granted if the teacher were the only one to be placed."""

    teacher: Teacher
    school_id: str
    subjects: tuple[Subject, ...]
    as_good: frozenset[str]


def _above_home(facts: Facts) -> Mapping[str, tuple[str, ...]]:
    """Schools that each teacher with wishes ranks above the present one, the best first."""
    lists: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for wish in facts.district.wishes:
        if wish.teacher_id in facts.district.teacher_by_id:
            lists[wish.teacher_id].append((wish.rank, wish.school_id))
    above = {}
    for teacher_id, ranked in lists.items():
        order = [school for _, school in sorted(ranked)]
        home = facts.district.teacher_by_id[teacher_id].school_id
        above[teacher_id] = tuple(order[: order.index(home)] if home in order else order)
    return above


def _claims(facts: Facts) -> Iterator[_Claim]:
    """Wishes above home of teachers with points, principals aside, that no rule about one teacher forbids."""
    partners = _with_partner(facts)
    inside = inside_scope(facts)
    for teacher_id, order in _above_home(facts).items():
        teacher = facts.district.teacher_by_id[teacher_id]
        if teacher.points is None or teacher.role is Role.PRINCIPAL or not _may_leave(facts, teacher):
            continue
        for place, school_id in enumerate(order):
            subjects = _subjects_at(facts, teacher, school_id)
            near = _in_reach(facts, teacher, school_id) and inside(teacher.school_id, school_id)
            joint = teacher_id not in partners or _near_partner(facts, teacher, school_id)
            if subjects and near and joint and _locks_leave(facts, teacher, school_id):
                yield _Claim(teacher, school_id, subjects, frozenset(order[: place + 1]))


def _may_leave(facts: Facts, teacher: Teacher) -> bool:
    """R2."""
    return not facts.policy.active("R2") or not facts.reasons[teacher.teacher_id]


def _subjects_at(facts: Facts, teacher: Teacher, school_id: str) -> tuple[Subject, ...]:
    """R1, R3: subjects that the teacher could teach at a school."""
    school = facts.district.school_by_id.get(school_id)
    if school is None or teacher.stage not in school.stages:
        return ()
    taught = dict.fromkeys(subjects_allowed(teacher, facts.policy.rotation.second_subject))
    anywhere = not facts.policy.active("R3")
    return tuple(s for s in taught if anywhere or (school_id, teacher.stage, s) in facts.posts)


def _in_reach(facts: Facts, teacher: Teacher, school_id: str) -> bool:
    """R8."""
    if not facts.policy.active("R8"):
        return True
    rules = facts.policy.rotation
    km = facts.distances.km(teacher.school_id, school_id)
    minutes = facts.distances.minutes(teacher.school_id, school_id)
    short = rules.max_minutes is None or minutes is None or minutes <= rules.max_minutes
    return km is not None and km <= rules.max_km and short


def _locks_leave(facts: Facts, teacher: Teacher, school_id: str) -> bool:
    """R11: no lock keeps the teacher, or sends the teacher elsewhere."""
    if not facts.policy.active("R11"):
        return True
    return not any(_bars(k, school_id) for k in facts.district.locks if k.teacher_id == teacher.teacher_id)


def _bars(lock: Lock, school_id: str) -> bool:
    if lock.action is LockAction.TO:
        return lock.school_id != school_id
    return lock.action is LockAction.STAY or (lock.action is LockAction.NOT_TO and lock.school_id == school_id)


def _with_partner(facts: Facts) -> frozenset[str]:
    """R12: teachers with a partner at the present school."""
    if not facts.policy.active("R12"):
        return frozenset()
    known = facts.district.teacher_by_id
    found = set()
    for one in facts.district.teachers:
        other = None if one.partner_id is None else known.get(one.partner_id)
        if other is not None and other.teacher_id != one.teacher_id and other.school_id == one.school_id:
            found |= {one.teacher_id, other.teacher_id}
    return frozenset(found)


def _near_partner(facts: Facts, teacher: Teacher, school_id: str) -> bool:
    """R12: the school is near enough to the present one, where the partner is."""
    there = facts.distances.km(teacher.school_id, school_id)
    back = facts.distances.km(school_id, teacher.school_id)
    return None not in (there, back) and max(there or 0.0, back or 0.0) <= facts.policy.rotation.max_partner_km


def _ahead(one: Teacher, other: Teacher) -> bool:
    """Whether one has more points; unknown points are fewer than any."""
    if one.teacher_id == other.teacher_id or one.points is None:
        return False
    return other.points is None or one.points > other.points


def _in_vain(facts: Facts, claim: _Claim) -> bool:
    """Whether a claim is refused although nothing keeps the teacher at the present school."""
    move = facts.carried.get(claim.teacher.teacher_id)
    if move is not None:
        return move.to_school_id not in claim.as_good
    return not _needed_at_home(facts, claim.teacher)


def _needed_at_home(facts: Facts, teacher: Teacher) -> bool:
    """Whether R4, R5 or R10 let nobody like this teacher leave the present section as well."""
    rules, home = facts.policy.rotation, (teacher.school_id, teacher.stage)
    cell = (*home, teacher.subject)
    low = max(0, min(facts.heads_now.get(cell, 0), facts.posts.get(cell, 0)) - rules.staffing_tolerance)
    most = max(1, floor(exact(rules.max_outflow_share) * facts.staff_now.get(home, 0)))
    active = facts.policy.active
    return (
        (active("R4") and facts.heads_after.get(cell, 0) <= low)
        or (active("R5") and facts.leavers.get(home, 0) >= most)
        or (active("R10") and is_backbone(teacher) and facts.backbone_after.get(home, 0) <= 1)
    )


def _passed(claim: _Claim, taker: Teacher) -> Violation:
    params = {
        "teacher": claim.teacher.teacher_id,
        "points": claim.teacher.points,
        "school": claim.school_id,
        "other": taker.teacher_id,
        "others": "–" if taker.points is None else taker.points,
    }
    return Violation("R15", claim.teacher.teacher_id, 1, "teachers", "R15_passed", params)
