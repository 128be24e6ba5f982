"""The objective levels recomputed: unfilled posts, spread of quality, burden."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from math import fsum

from allocator.checking.facts import Facts, SectionKey, is_backbone
from allocator.domain.choices import Degree, Stage, Subject
from allocator.domain.district import District
from allocator.domain.fields import Month
from allocator.domain.plan import Move
from allocator.domain.policy import Policy
from allocator.domain.records import Teacher

ARTS = frozenset({Subject.PE, Subject.MUSIC, Subject.ART})
INDICATORS: tuple[str, ...] = ("I1", "I2", "I3")
Amounts = Mapping[str, Mapping[SectionKey, int]]


def check_levels(district: District, policy: Policy, moves: Sequence[Move]) -> Mapping[str, float]:
    """Recompute the objective levels of a plan.

    Returns
    -------
    Mapping
        `staffing` in posts, `balance` in CV^2, `burden` in km. Moves of wrong form are not carried out.
    """
    # Levels do not depend on the reference month: any will do.
    return levels(Facts.of(district, policy, moves, Month.of(2000, 1)))


def levels(facts: Facts) -> Mapping[str, float]:
    """Levels after the plan."""
    return {
        "staffing": _unfilled(facts, facts.heads_after),
        "balance": _balance(facts, _amounts_after(facts)),
        "burden": _burden(facts),
    }


def levels_before(facts: Facts) -> Mapping[str, float]:
    """Levels without any move."""
    return {
        "staffing": _unfilled(facts, facts.heads_now),
        "balance": _balance(facts, _amounts_now(facts)),
        "burden": 0.0,
    }


def _unfilled(facts: Facts, heads: Mapping[tuple[str, Stage, Subject], int]) -> int:
    """Sum over sections and subjects of max(0, posts - teachers)."""
    return sum(max(0, posts - heads.get(cell, 0)) for cell, posts in facts.posts.items())


def _balance(facts: Facts, amounts: Amounts) -> float:
    """Sum over both stages and I1-I3 of CV^2."""
    pupils: dict[Stage, dict[SectionKey, int]] = {stage: {} for stage in Stage}
    for school in facts.district.schools:
        for stage in school.stages:
            count = school.pupils(stage)
            if count is not None and count >= 1:
                pupils[stage][school.school_id, stage] = count
    return fsum(_cv_squared(amounts[i], pupils[stage]) for stage in Stage for i in INDICATORS)


def _cv_squared(amounts: Mapping[SectionKey, int], pupils: Mapping[SectionKey, int]) -> float:
    """P * sum(N_i^2 / P_i) / N^2 - 1 over the sections with pupils; 0 where N is 0."""
    total = sum(amounts.get(key, 0) for key in pupils)
    if total == 0:
        return 0.0
    spread = fsum(amounts.get(key, 0) ** 2 / count for key, count in pupils.items())
    return sum(pupils.values()) * spread / total**2 - 1


def _amounts_now(facts: Facts) -> dict[str, Counter[SectionKey]]:
    return head_counts(facts.district, facts.policy)


def head_counts(district: District, policy: Policy) -> dict[str, Counter[SectionKey]]:
    """Teachers of every section who count in I1, I2 and I3 now."""
    better = better_degrees(policy)
    counts: dict[str, Counter[SectionKey]] = {i: Counter() for i in INDICATORS}
    for teacher in district.teachers:
        for indicator in counts_in(teacher, teacher.subject, better):
            counts[indicator][teacher.school_id, teacher.stage] += 1
    return counts


def _amounts_after(facts: Facts) -> dict[str, Counter[SectionKey]]:
    """Count the same after the plan; a mover counts at the new school, by the subject taught there."""
    better = better_degrees(facts.policy)
    counts = _amounts_now(facts)
    for teacher, move in facts.movers:
        for indicator in counts_in(teacher, teacher.subject, better):
            counts[indicator][teacher.school_id, teacher.stage] -= 1
        for indicator in counts_in(teacher, move.subject, better):
            counts[indicator][move.to_school_id, teacher.stage] += 1
    return counts


def better_degrees(policy: Policy) -> Mapping[Stage, frozenset[Degree]]:
    """Degrees above the required one, by stage."""
    ascending = list(Degree)
    lowest = {
        Stage.PRIMARY: policy.indicators.degree_primary,
        Stage.JUNIOR: policy.indicators.degree_junior,
    }
    codes = [degree.value for degree in ascending]
    return {stage: frozenset(ascending[codes.index(code) :]) for stage, code in lowest.items()}


def counts_in(teacher: Teacher, taught: Subject, better: Mapping[Stage, frozenset[Degree]]) -> list[str]:
    """List the indicators in whose numerator a teacher counts; an unknown degree does not."""
    found = []
    if teacher.degree in better[teacher.stage]:
        found.append("I1")
    if is_backbone(teacher):
        found.append("I2")
    if taught in ARTS:
        found.append("I3")
    return found


def _burden(facts: Facts) -> float:
    """Kilometres of all moves, less for wishes granted, more for unwished moves of non-volunteers."""
    ranks: dict[str, dict[str, int]] = {teacher_id: {} for teacher_id in facts.carried}
    for wish in facts.district.wishes:
        if wish.teacher_id in ranks:
            known = ranks[wish.teacher_id]
            known[wish.school_id] = min(wish.rank, known.get(wish.school_id, wish.rank))
    return fsum(
        (facts.move_km[t.teacher_id] or 0.0)
        + _wish_km(facts.policy, t, ranks[t.teacher_id].get(m.to_school_id))
        for t, m in facts.movers
    )


def _wish_km(policy: Policy, teacher: Teacher, rank: int | None) -> float:
    """Kilometres added for a move to a wish of a rank, or to no wish."""
    if rank is None:
        return 0.0 if teacher.volunteer else policy.objective.unwished_km
    granted = policy.objective.wish_km
    return -granted[rank - 1] if rank <= len(granted) else 0.0
