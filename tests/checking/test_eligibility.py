"""Retirement ages against the published table, and the reasons in their order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from allocator.checking import eligibility
from allocator.checking.eligibility import CODES, retirement_age_months
from allocator.domain.choices import Gender, LockAction, Role
from allocator.domain.fields import Month
from allocator.domain.policy import EligibilityPolicy, Policy
from allocator.domain.records import Lock
from allocator.text import LANGS, say

if TYPE_CHECKING:
    from tests.checking.conftest import Case

AS_OF = Month.of(2025, 8)


@pytest.mark.parametrize(
    ("birth", "gender", "months"),
    [
        ("1964-12", "M", 720),
        ("1965-01", "M", 721),
        ("1965-04", "M", 721),
        ("1965-05", "M", 722),
        ("1976-08", "M", 755),
        ("1976-09", "M", 756),
        ("1990-01", "M", 756),
        ("1969-12", "F", 660),
        ("1970-01", "F", 661),
        ("1970-05", "F", 662),
        ("1981-09", "F", 696),
    ],
)
def test_retirement_age(birth: str, gender: str, months: int) -> None:
    """Men 60 years = 720 months, women 55 = 660, one month more for every four begun, at most 36."""
    assert retirement_age_months(Month.parse(birth), Gender[gender], EligibilityPolicy()) == months


def test_no_delay_where_the_longest_is_nought() -> None:
    rules = EligibilityPolicy(delay_max_months=0)
    assert retirement_age_months(Month.of(1980, 1), Gender.M, rules) == 720


def _reason(case: Case, policy: Policy | None = None, **values: Any) -> str:
    changed = case.teacher("B4", **values)
    return eligibility(changed.district, policy or case.policy, AS_OF)["B4"]


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({}, ""),
        ({"since": Month.of(2019, 8)}, ""),
        ({"since": Month.of(2019, 9)}, "tenure"),
        # Born 1969-06: 53 months after 1965-01, 14 steps begun: retires 2030-08, 60 months left, not more.
        ({"birth": Month.of(1969, 6)}, "retirement"),
        # Born 1969-07: still 14 steps: 2030-09, 61 months left.
        ({"birth": Month.of(1969, 7)}, ""),
        ({"exempt": True, "volunteer": True}, "exempt"),
        ({"volunteer": True, "since": None, "birth": None, "graduating_class": True}, ""),
        ({"role": Role.VICE_PRINCIPAL, "volunteer": True}, "vice_principal"),
        ({"role": Role.PRINCIPAL, "terms": 2, "since": None, "birth": None}, ""),
        ({"role": Role.PRINCIPAL, "terms": 1}, "terms"),
        ({"role": Role.PRINCIPAL, "terms": None}, "terms"),
        ({"role": Role.PRINCIPAL, "terms": 9, "exempt": True}, "exempt"),
        ({"role": Role.HEAD_TEACHER}, ""),
        ({"graduating_class": True}, "graduating_class"),
        ({"gender": None}, "unknown_gender"),
    ],
)
def test_reasons(case: Case, values: dict[str, Any], code: str) -> None:
    assert _reason(case, **values) == code


def test_women_retire_earlier(case: Case) -> None:
    """Born 1974-05: a woman retires at 55 + 14 months = 2030-07 (59 left), a man at 60 + 29 = 2036-10."""
    assert _reason(case, gender=Gender.F, birth=Month.of(1974, 5)) == "retirement"
    assert _reason(case, gender=Gender.M, birth=Month.of(1974, 5)) == ""


def test_age_limit_in_whole_months(case: Case) -> None:
    """In 2025-08 somebody born 1980-08 is exactly 45 years old: not below 45."""
    policy = Policy(id="test", eligibility=EligibilityPolicy(age_below_men=45))
    assert _reason(case, policy, birth=Month.of(1980, 8)) == "age"
    assert _reason(case, policy, birth=Month.of(1980, 9)) == ""


def test_graduating_class_may_be_allowed(case: Case) -> None:
    policy = Policy(id="test", eligibility=EligibilityPolicy(graduating_class_exempt=False))
    assert _reason(case, policy, graduating_class=True) == ""


@pytest.mark.parametrize(
    ("action", "school", "code"),
    [
        (LockAction.MOVE, None, ""),
        (LockAction.TO, "C", ""),
        (LockAction.STAY, None, "exempt"),
        (LockAction.NOT_TO, "C", "exempt"),
    ],
)
def test_only_locks_that_move_make_eligible(
    case: Case, action: LockAction, school: str | None, code: str
) -> None:
    locked = case.add(locks=(Lock(teacher_id="B4", action=action, school_id=school),))
    assert _reason(locked, exempt=True, role=Role.VICE_PRINCIPAL) == code


def test_every_reason_has_its_sentences() -> None:
    for code in CODES:
        for lang in LANGS:
            assert say(f"eligibility.{code}", lang)
            assert say(f"violations.R2_{code}", lang, teacher="T1", amount="1")
