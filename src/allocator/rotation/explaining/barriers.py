"""Rules that forbid a move whatever else is planned, with their numbers; nothing is solved.

These are the rules that decide which columns the model has: a move without a barrier is a column, and a
column has no barrier.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from allocator.domain.choices import LockAction, Role
from allocator.domain.explanation import Statement
from allocator.domain.fields import Month
from allocator.domain.policy import EligibilityPolicy, exact
from allocator.domain.records import Teacher
from allocator.rotation.candidates import apart_km, movable, partners
from allocator.rotation.eligibility import STAFF, retirement
from allocator.rotation.facts import SUBJECTS, Facts
from allocator.rotation.wishes import ranked_above_home


def barriers(facts: Facts, teacher: int, school: int) -> tuple[Statement, ...]:
    """All rules that forbid one teacher's move to one school, in order of their ids."""
    person, there = facts.district.teachers[teacher], facts.district.schools[school]
    if there.school_id == person.school_id:
        return (Statement("barrier_same_school", "R1", {"school": there.school_id}),)
    if person.stage not in there.stages:
        return (Statement("barrier_no_section", "R1", {"school": there.school_id, "stage": person.stage}),)
    return (
        *_turn(facts, teacher),
        *_posts(facts, teacher, school),
        *_reach(facts, teacher, school),
        *_locks(facts, teacher, school),
        *_partner(facts, teacher, school),
        *_scope(facts, teacher, school),
        *_wishes(facts, teacher, school),
    )


def standing(facts: Facts, teacher: int) -> tuple[Statement, ...]:
    """Rules that forbid a teacher any move: not eligible (R2), locked to stay (R11)."""
    stay = [s for s in _locks(facts, teacher, None) if s.key == "barrier_lock_stay"]
    return (*_turn(facts, teacher), *stay)


def _turn(facts: Facts, teacher: int) -> Iterator[Statement]:
    """R2: why it is not the teacher's turn."""
    if facts.eligible[teacher] or not facts.policy.active("R2"):
        return
    person, rules = facts.district.teachers[teacher], facts.policy.eligibility
    if person.exempt:
        yield Statement("barrier_exempt", "R2")
    if person.role is Role.PRINCIPAL:
        if person.terms is None:
            yield Statement("barrier_unknown_terms", "R2")
        elif person.terms < rules.principal_min_terms:
            params = {"terms": person.terms, "needed": rules.principal_min_terms}
            yield Statement("barrier_terms", "R2", params)
    elif person.role not in STAFF:
        yield Statement("barrier_vice_principal", "R2")
    elif not person.volunteer:
        yield from _service(facts, person, rules)
        yield from _age(facts, person, rules)
        if person.graduating_class and rules.graduating_class_exempt:
            yield Statement("barrier_graduating_class", "R2")


def _service(facts: Facts, person: Teacher, rules: EligibilityPolicy) -> Iterator[Statement]:
    if person.since is None:
        yield Statement("barrier_unknown_since", "R2")
    elif facts.as_of - person.since < 12 * exact(rules.min_tenure_years):
        months = facts.as_of - person.since
        params = {
            "years": months / 12,
            "months": months,
            "needed": rules.min_tenure_years,
            "since": person.since,
        }
        yield Statement("barrier_tenure", "R2", params)


def _age(facts: Facts, person: Teacher, rules: EligibilityPolicy) -> Iterator[Statement]:
    if person.birth is None:
        yield Statement("barrier_unknown_birth", "R2")
    if person.gender is None:
        yield Statement("barrier_unknown_gender", "R2")
    if person.birth is None or person.gender is None:
        return
    month = retirement(person.birth, person.gender, facts.policy)
    left = month - facts.as_of
    if left <= 12 * exact(rules.min_years_to_retirement):
        params = {
            "years": float(left / 12),
            "needed": rules.min_years_to_retirement,
            "month": Month(int(month)),
        }
        yield Statement("barrier_retirement", "R2", params)
    limit, age = facts.policy.age_below(person.gender), facts.as_of - person.birth
    if limit is not None and age >= 12 * exact(limit):
        yield Statement("barrier_age", "R2", {"years": age / 12, "limit": limit})


def _posts(facts: Facts, teacher: int, school: int) -> Iterator[Statement]:
    """R3: posts in the subject, or in the second one where that may be taught."""
    person, code = facts.district.teachers[teacher], facts.district.schools[school].school_id
    section = facts.section_number[code, person.stage]
    own, second = int(facts.subject[teacher]), int(facts.second[teacher])
    if not facts.policy.active("R3") or facts.posts[section, own] > 0:
        return
    params = {"school": code, "stage": person.stage, "subject": person.subject}
    if second < 0:
        yield Statement("barrier_no_post", "R3", params)
    elif facts.posts[section, second] == 0:
        yield Statement("barrier_no_post_in_both", "R3", {**params, "second": SUBJECTS[second]})


def _reach(facts: Facts, teacher: int, school: int) -> Iterator[Statement]:
    """R8: kilometres and minutes from the present school."""
    if not facts.policy.active("R8"):
        return
    rules, home = facts.policy.rotation, facts.section_school[facts.section[teacher]]
    km, minutes = float(facts.places.km[home, school]), float(facts.places.minutes[home, school])
    if np.isnan(km):
        yield Statement("barrier_unknown_km", "R8")
    elif km > rules.max_km:
        yield Statement("barrier_km", "R8", {"km": km, "limit": rules.max_km})
    if rules.max_minutes is not None and minutes > rules.max_minutes:
        yield Statement("barrier_minutes", "R8", {"minutes": minutes, "limit": rules.max_minutes})


def _locks(facts: Facts, teacher: int, school: int | None) -> Iterator[Statement]:
    """R11: locks of the teacher that exclude the school."""
    if not facts.policy.active("R11"):
        return
    person = facts.district.teachers[teacher].teacher_id
    code = None if school is None else facts.district.schools[school].school_id
    for lock in facts.district.locks:
        if lock.teacher_id != person:
            continue
        if lock.action is LockAction.STAY:
            yield Statement("barrier_lock_stay", "R11")
        elif lock.action is LockAction.NOT_TO and lock.school_id == code:
            yield Statement("barrier_lock_not_to", "R11", {"school": code})
        elif lock.action is LockAction.TO and lock.school_id != code:
            yield Statement("barrier_lock_to", "R11", {"school": lock.school_id})


def _partner(facts: Facts, teacher: int, school: int) -> Iterator[Statement]:
    """R12: a partner who cannot move, and would be too far away."""
    if not facts.policy.active("R12"):
        return
    home = facts.section_school[facts.section[teacher]]
    km, limit = float(apart_km(facts)[home, school]), facts.policy.rotation.max_partner_km
    may = movable(facts)
    for pair in partners(facts):
        if teacher not in pair:
            continue
        other = pair[0] if pair[1] == teacher else pair[1]
        if not may[other] and km > limit:
            params = {"partner": facts.district.teachers[other].teacher_id, "km": km, "limit": limit}
            yield Statement("barrier_partner" if np.isfinite(km) else "barrier_partner_unknown", "R12", params)


def _scope(facts: Facts, teacher: int, school: int) -> Iterator[Statement]:
    """R13: one learning district, or an alliance in common."""
    scope = facts.policy.rotation.scope
    if not facts.policy.active("R13") or scope == "county":
        return
    home = facts.district.schools[facts.section_school[facts.section[teacher]]]
    there = facts.district.schools[school]
    if scope == "learning_district":
        inside = home.learning_district is not None and home.learning_district == there.learning_district
    else:
        member = {(m.school_id, (m.form, m.alliance_id)) for m in facts.district.memberships}
        inside = any((there.school_id, a) in member for s, a in member if s == home.school_id)
    if not inside:
        params = {"origin": home.school_id, "school": there.school_id}
        yield Statement(f"barrier_{scope}", "R13", params)


def _wishes(facts: Facts, teacher: int, school: int) -> Iterator[Statement]:
    """R16: nobody who stated wishes, and did not volunteer, goes below the present school."""
    above = ranked_above_home(facts).get(teacher)
    if (
        facts.policy.active("R16")
        and above is not None
        and not facts.volunteer[teacher]
        and school not in above
    ):
        yield Statement("barrier_status_quo", "R16", {"school": facts.district.schools[school].school_id})
