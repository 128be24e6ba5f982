"""R1, R2, R11, R12, R14: one planted breach each is found as exactly that rule, with amount and witness."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from allocator.domain.choices import LockAction, Role, Stage, Subject
from allocator.domain.fields import Month
from allocator.domain.plan import Move
from allocator.domain.policy import RULES
from allocator.domain.records import Lock, Travel

if TYPE_CHECKING:
    from tests.checking.conftest import Case


def test_the_valid_plan_passes(case: Case) -> None:
    """A checker that sees breaches where there are none fails here."""
    report = case.check()
    assert report.violations == ()
    assert report.passed
    assert [a.rule for a in report.rules] == list(RULES)
    assert {a.rule for a in report.rules if a.verdict == "off"} == {"R9", "R15", "R16"}
    assert (report.eligible, report.moved, report.backbone_moved) == (24, 3, 1)


@pytest.mark.parametrize(
    ("values", "key"),
    [
        ({"teacher_id": "Z9"}, "R1_unknown_teacher"),
        ({"from_school_id": "B"}, "R1_origin"),
        ({"stage": Stage.JUNIOR}, "R1_stage"),
        ({"subject": Subject.CHINESE}, "R1_subject"),
        ({"to_school_id": "X"}, "R1_unknown_school"),
        ({"to_school_id": "A"}, "R1_same_school"),
        ({"to_school_id": "D"}, "R1_no_section"),
    ],
)
def test_r1_faults_of_form(case: Case, values: dict[str, Any], key: str) -> None:
    """A fourth, malformed row: R6 would be broken too (4 > 3) if it were counted as carried out."""
    row = {
        "teacher_id": "A3",
        "stage": Stage.PRIMARY,
        "subject": Subject.MATH,
        "from_school_id": "A",
        "to_school_id": "B",
    }
    found = case.plan(*case.moves, Move(**{**row, **values})).only("R1")
    assert (found.key, found.subject, found.amount, found.unit) == (
        key,
        values.get("teacher_id", "A3"),
        1,
        "moves",
    )


def test_r1_says_what_the_plan_says_in_the_users_language(case: Case) -> None:
    """Chinese text must not hold the codes `junior` and `chinese`."""
    move = Move("A3", Stage.JUNIOR, Subject.CHINESE, "A", "B")
    texts = [v.text("zh") for v in case.plan(*case.moves, move).check().violations if v.rule == "R1"]
    assert any("初中" in text for text in texts)
    assert any("语文" in text for text in texts)
    assert not any("junior" in text or "chinese" in text for text in texts)


def test_r1_moved_three_times(case: Case) -> None:
    """Twice too often; none of the three can be carried out."""
    again = [case.move("D1", "C")] * 3
    found = case.plan(*case.moves, *again).only("R1")
    assert (found.key, found.subject, found.amount) == ("R1_repeated", "D1", 2)


def test_r1_second_subject_only_where_allowed(case: Case) -> None:
    """B4 moves to math at C as second subject: posts 2, teachers 2 + 1 = 3, upper limit 3."""
    second = case.teacher("B4", second_subject=Subject.MATH)
    plan = second.plan(*case.moves[:1], second.move("B4", "C", subject=Subject.MATH), *case.moves[2:])
    assert plan.but("rotation", second_subject=True).check().passed
    assert "R1" in plan.broken()


@pytest.mark.parametrize(
    ("values", "key", "amount", "unit"),
    [
        ({"exempt": True}, "R2_exempt", 1, "teachers"),
        ({"role": Role.VICE_PRINCIPAL}, "R2_vice_principal", 1, "teachers"),
        ({"since": None}, "R2_unknown_since", 1, "teachers"),
        ({"since": Month.of(2019, 9)}, "R2_tenure", 1, "months"),
        ({"birth": None}, "R2_unknown_birth", 1, "teachers"),
        ({"gender": None}, "R2_unknown_gender", 1, "teachers"),
        # Born 1967-10: 34th month, begun 9th step: retires at 60y9m = 2028-07, 35 months left, 61 needed.
        ({"birth": Month.of(1967, 10)}, "R2_retirement", 26, "months"),
        ({"graduating_class": True}, "R2_graduating_class", 1, "teachers"),
    ],
)
def test_r2_ineligible_teacher_moves(
    case: Case, values: dict[str, Any], key: str, amount: float, unit: str
) -> None:
    """23 remain eligible: still exactly 3 must move, so only R2 is broken."""
    found = case.teacher("B4", **values).only("R2")
    assert (found.key, found.subject, found.amount, found.unit) == (key, "B4", amount, unit)


def test_r2_age_limit(case: Case) -> None:
    """Born 1980-01 and 547 months old in 2025-08; below 45 years = 540 months: 8 months too many for <."""
    young = case.but("eligibility", age_below_men=45)
    assert "R2" in young.broken()
    assert young.check().violations[0].amount == 8


def test_r2_principal_needs_terms(case: Case) -> None:
    """A principal after one of two terms; the lost principal of C is R14's."""
    report = case.teacher("C3", role=Role.PRINCIPAL, terms=1).check()
    found = [v for v in report.violations if v.rule == "R2"]
    assert [(v.key, v.subject, v.amount, v.unit) for v in found] == [("R2_terms", "C3", 1, "terms")]


@pytest.mark.parametrize(
    ("teacher", "action", "school"),
    [
        ("A1", LockAction.STAY, None),
        ("A3", LockAction.MOVE, None),
        ("A1", LockAction.TO, "C"),
        ("A3", LockAction.TO, "B"),
        ("A1", LockAction.NOT_TO, "B"),
    ],
)
def test_r11_broken_lock(case: Case, teacher: str, action: LockAction, school: str | None) -> None:
    lock = Lock(teacher_id=teacher, action=action, school_id=school)
    found = case.add(locks=(lock, lock)).only("R11")
    assert (found.key, found.subject, found.amount) == (f"R11_{action.value}", teacher, 1)


def test_r11_locks_that_hold(case: Case) -> None:
    locks = (
        Lock(teacher_id="A3", action=LockAction.STAY),
        Lock(teacher_id="A1", action=LockAction.MOVE),
        Lock(teacher_id="A1", action=LockAction.TO, school_id="B"),
        Lock(teacher_id="B4", action=LockAction.NOT_TO, school_id="A"),
    )
    assert case.add(locks=locks).check().passed


def test_lock_to_makes_an_exempt_teacher_eligible(case: Case) -> None:
    """Without the lock R2 would be broken."""
    exempt = case.teacher("B4", exempt=True)
    assert exempt.broken() == {"R2"}
    assert exempt.add(locks=(Lock(teacher_id="B4", action=LockAction.TO, school_id="C"),)).check().passed


def test_r12_partners_too_far_apart(case: Case) -> None:
    """A1 goes 5.560 km from A2, who stays: 0.560 over 5 km; one side naming the other is enough."""
    pair = case.teacher("A2", partner_id="A1")
    assert pair.check().passed
    found = pair.but("rotation", max_partner_km=5).only("R12")
    assert (found.subject, found.amount, found.unit) == ("A1;A2", 0.56, "km")


def test_r12_takes_the_longer_direction(case: Case) -> None:
    """A -> B 3 km, B -> A 30 km: 10 km over 20; the shorter direction would pass."""
    pair = case.teacher("A1", partner_id="A2").teacher("A2", partner_id="A1")
    there, back = (
        Travel(from_school_id="A", to_school_id="B", km=3),
        Travel(from_school_id="B", to_school_id="A", km=30),
    )
    assert pair.add(travel=(there, back)).only("R12").amount == 10


def test_r12_unknown_distance(case: Case) -> None:
    """R8 off, so that only the partners' rule minds that A has no coordinates."""
    pair = case.teacher("A2", partner_id="A1").school("A", lon=None).but("rules", R8="off")
    found = pair.only("R12")
    assert (found.key, found.subject, found.amount, found.unit) == ("R12_unknown", "A1;A2", 1, "pairs")


def test_r12_only_for_partners_of_one_school(case: Case) -> None:
    """A1 and B1 are at different schools now; afterwards at the same one."""
    assert case.teacher("A1", partner_id="B1").but("rotation", max_partner_km=0).check().passed


def test_r14_principal_not_replaced(case: Case) -> None:
    found = case.teacher("C3", role=Role.PRINCIPAL, terms=2).only("R14")
    assert (found.subject, found.amount, found.unit) == ("C", 1, "principals")


def test_r14_principals_who_change_places(case: Case) -> None:
    swap = case.teacher("C3", role=Role.PRINCIPAL, terms=2).teacher("B4", role=Role.PRINCIPAL, terms=2)
    assert swap.check().passed
