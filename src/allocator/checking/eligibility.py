"""Who may be moved, and the first reason why somebody may not (rule R2)."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from math import ceil, floor

from allocator.domain.choices import Gender, LockAction, Role
from allocator.domain.district import District
from allocator.domain.fields import Month
from allocator.domain.policy import EligibilityPolicy, Policy, exact
from allocator.domain.records import Teacher

ELIGIBLE = ""
CODES: tuple[str, ...] = (
    "exempt",
    "vice_principal",
    "terms",
    "unknown_since",
    "tenure",
    "unknown_birth",
    "unknown_gender",
    "retirement",
    "age",
    "graduating_class",
)
"""Reasons why a teacher is not eligible, in the order in which they are looked for."""


def eligibility(district: District, policy: Policy, as_of: Month) -> Mapping[str, str]:
    """Judge every teacher of a district.

    Parameters
    ----------
    as_of
        Reference month.

    Returns
    -------
    Mapping
        Teacher code -> `""` if eligible, else the first of `CODES` that applies; its sentence is the entry
        of that name in the catalogue `eligibility`.
    """
    claimed = {k.teacher_id for k in district.locks if k.action in (LockAction.MOVE, LockAction.TO)}
    judge = Judge(policy, as_of)
    return {t.teacher_id: ELIGIBLE if t.teacher_id in claimed else judge.reason(t) for t in district.teachers}


def delay_months(birth: Month, gender: Gender, rules: EligibilityPolicy) -> int:
    """Months by which retirement is delayed: one for every step (begun) since the first delayed birth month."""
    first = rules.delay_from_men if gender is Gender.M else rules.delay_from_women
    if birth < first:
        return 0
    return min(rules.delay_max_months, (birth - first) // rules.delay_step_months + 1)


def retirement_age_months(birth: Month, gender: Gender, rules: EligibilityPolicy) -> Fraction:
    """Age at retirement in months, the delay included."""
    men = gender is Gender.M
    years = rules.retirement_years_men if men else rules.retirement_years_women
    return 12 * exact(years) + delay_months(birth, gender, rules)


class Judge:
    """The eligibility rules of a policy at one reference month; all lengths in months."""

    def __init__(self, policy: Policy, as_of: Month) -> None:
        self.rules = policy.eligibility
        self.as_of = as_of
        self.tenure = ceil(12 * exact(self.rules.min_tenure_years))
        self.left = 12 * exact(self.rules.min_years_to_retirement)
        limits = {gender: policy.age_below(gender) for gender in Gender}
        self._aged = cache(self._aged_at)  # a district has thousands of teachers, but hundreds of birth months
        self.age_below = {g: None if years is None else 12 * exact(years) for g, years in limits.items()}

    def reason(self, teacher: Teacher) -> str:
        """Return the first reason why a teacher without a lock is not eligible, `""` if there is none."""
        if teacher.exempt:
            return "exempt"
        if teacher.role is Role.VICE_PRINCIPAL:
            return "vice_principal"
        if teacher.role is Role.PRINCIPAL:
            enough = teacher.terms is not None and teacher.terms >= self.rules.principal_min_terms
            return ELIGIBLE if enough else "terms"
        if teacher.volunteer:
            return ELIGIBLE
        return self._tenure(teacher) or self._age(teacher) or self._class(teacher)

    def shortfall(self, teacher: Teacher, reason: str) -> tuple[float, str]:
        """By how much a teacher misses eligibility, with the unit: whole months or terms, else one teacher."""
        if reason == "tenure" and teacher.since is not None:
            return self.tenure - (self.as_of - teacher.since), "months"
        if reason == "retirement" and teacher.birth is not None and teacher.gender is not None:
            return floor(self.left - self._months_left(teacher.birth, teacher.gender)) + 1, "months"
        if reason == "age" and teacher.birth is not None and teacher.gender is not None:
            limit = self.age_below[teacher.gender] or 0
            return floor(self.as_of - teacher.birth - limit) + 1, "months"
        if reason == "terms":
            return self.rules.principal_min_terms - (teacher.terms or 0), "terms"
        return 1, "teachers"

    def _tenure(self, teacher: Teacher) -> str:
        if teacher.since is None:
            return "unknown_since"
        return "" if self.as_of - teacher.since >= self.tenure else "tenure"

    def _age(self, teacher: Teacher) -> str:
        if teacher.birth is None:
            return "unknown_birth"
        if teacher.gender is None:
            return "unknown_gender"
        return self._aged(teacher.birth, teacher.gender)

    def _aged_at(self, birth: Month, gender: Gender) -> str:
        if self._months_left(birth, gender) <= self.left:
            return "retirement"
        limit = self.age_below[gender]
        return "age" if limit is not None and self.as_of - birth >= limit else ""

    def _months_left(self, birth: Month, gender: Gender) -> Fraction:
        return birth + retirement_age_months(birth, gender, self.rules) - self.as_of

    def _class(self, teacher: Teacher) -> str:
        return "graduating_class" if teacher.graduating_class and self.rules.graduating_class_exempt else ""
