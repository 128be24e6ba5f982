"""Who may be moved, as the model sees it (the checker has its own reading)."""

from __future__ import annotations

from fractions import Fraction

from allocator.domain.choices import Gender, LockAction, Role
from allocator.domain.district import District
from allocator.domain.fields import Month
from allocator.domain.policy import Policy, exact
from allocator.domain.records import Teacher

STAFF = frozenset({Role.TEACHER, Role.HEAD_TEACHER, Role.SUBJECT_LEADER})


def retirement(birth: Month, gender: Gender, policy: Policy) -> Fraction:
    """Month of retirement, counted as `Month` is: the age, plus a delay.

    The delay is one month for every begun step of birth months since the reform.
    Source: the decision of 2024-09 on raising the retirement age by steps, as the profile states it.
    """
    rules = policy.eligibility
    men = gender is Gender.M
    years = rules.retirement_years_men if men else rules.retirement_years_women
    first = rules.delay_from_men if men else rules.delay_from_women
    begun = (birth - first) // rules.delay_step_months + 1
    delay = min(rules.delay_max_months, max(0, begun))
    return birth + 12 * exact(years) + delay


def eligible(teacher: Teacher, policy: Policy, as_of: Month) -> bool:
    """Whether a teacher may be moved, locks apart. Unknown facts make a teacher not eligible."""
    if teacher.exempt:
        return False
    if teacher.role is Role.PRINCIPAL:
        return teacher.terms is not None and teacher.terms >= policy.eligibility.principal_min_terms
    if teacher.role not in STAFF:
        return False
    return teacher.volunteer or _due(teacher, policy, as_of)


def _due(teacher: Teacher, policy: Policy, as_of: Month) -> bool:
    """Whether tenure, age and class make a teacher's turn come."""
    rules = policy.eligibility
    if teacher.since is None or teacher.birth is None or teacher.gender is None:
        return False
    limit = policy.age_below(teacher.gender)
    return (
        as_of - teacher.since >= 12 * exact(rules.min_tenure_years)
        and retirement(teacher.birth, teacher.gender, policy) - as_of
        > 12 * exact(rules.min_years_to_retirement)
        and (limit is None or as_of - teacher.birth < 12 * exact(limit))
        and not (rules.graduating_class_exempt and teacher.graduating_class)
    )


def eligible_ids(district: District, policy: Policy, as_of: Month) -> frozenset[str]:
    """Codes of all eligible teachers; a lock `move` or `to` makes its teacher eligible."""
    forced = {k.teacher_id for k in district.locks if k.action in (LockAction.MOVE, LockAction.TO)}
    return frozenset(
        t.teacher_id for t in district.teachers if t.teacher_id in forced or eligible(t, policy, as_of)
    )
