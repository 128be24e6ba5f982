"""R3-R10 and R13: one planted breach each is found as exactly that rule, with amount and witness."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from allocator.domain.alliance_records import Membership
from allocator.domain.choices import AllianceForm, AllianceRole, Backbone, Stage, Subject
from allocator.domain.plan import RuleAudit
from allocator.domain.records import Travel

if TYPE_CHECKING:
    from tests.checking.conftest import Case

P = Stage.PRIMARY


def test_r3_no_post(case: Case) -> None:
    """C has 2 chinese teachers but no post: B4 may not go there (R4 allows 0 to 3)."""
    found = case.post("C", P, Subject.CHINESE, 0).only("R3")
    assert (found.subject, found.amount, found.unit) == ("B4", 1, "posts")


def test_r3_off_lifts_the_posts(case: Case) -> None:
    assert case.post("C", P, Subject.CHINESE, 0).but("rules", R3="off").check().passed


def test_r4_short(case: Case) -> None:
    """A math: 5 teachers, 5 posts, tolerance 0: after 4, one below 5."""
    found = case.post("A", P, Subject.MATH, 5).but("rotation", staffing_tolerance=0).only("R4")
    assert (found.key, found.subject, found.amount) == ("R4_short", "A/primary/math", 1)
    assert found.text("zh") == "学校 A 小学数学交流后 4 人，低于下限 5 人，缺 1 人"
    assert found.text("en") == "A primary math has 4 teachers after the plan, 1 below the lower limit 5"


def test_r4_over(case: Case) -> None:
    """B math: 3 teachers, 3 posts, tolerance 0: after 4, one above 3."""
    found = case.post("B", P, Subject.MATH, 3).but("rotation", staffing_tolerance=0).only("R4")
    assert (found.key, found.subject, found.amount) == ("R4_over", "B/primary/math", 1)


def test_r4_within_the_tolerance(case: Case) -> None:
    """The same with tolerance 1 is allowed."""
    assert case.post("A", P, Subject.MATH, 5).post("B", P, Subject.MATH, 3).check().passed


def test_r5_outflow(case: Case) -> None:
    """Two of A's 9 teachers leave; floor(1.8) = 1 may."""
    found = case.plan(case.moves[0], case.move("A6", "C"), case.moves[2]).only("R5")
    assert (found.subject, found.amount) == ("A/primary", 1)


def test_r5_exact_share(case: Case) -> None:
    """B has 7, a share of 2/7 written as 0.29 allows floor(2.03) = 2."""
    plan = case.plan(case.moves[0], case.move("A6", "C"), case.moves[2])
    assert plan.but("rotation", max_outflow_share=0.23).check().passed


def test_r6_too_few(case: Case) -> None:
    """2 of 24 move, at least ceil(2.4) = 3."""
    found = case.plan(case.moves[0], case.moves[2]).only("R6")
    assert (found.key, found.amount, found.unit) == ("R6_few", 1, "teachers")


def test_r6_too_many(case: Case) -> None:
    """4 of 24 move, at most floor(3.6) = 3."""
    found = case.plan(*case.moves, case.move("C5", "D")).only("R6")
    assert (found.key, found.amount) == ("R6_many", 1)


def test_r7_too_few_backbone(case: Case) -> None:
    """None of 3 moved is a backbone teacher; at least ceil(0.6) = 1."""
    found = case.teacher("A1", backbone=Backbone.SCHOOL).only("R7")
    assert found.amount == 1


def test_r7_share_of_the_eligible_backbone(case: Case) -> None:
    """2 eligible backbone teachers, share 0.8: at least 2, one moves. Of the moved it would be 3."""
    rules = case.but("rotation", backbone_base="eligible_backbone", min_backbone_share=0.8)
    assert rules.only("R7").amount == 1


def test_r8_too_far(case: Case) -> None:
    """A 0.25 degrees from B: 0.25 * pi / 180 * 6371.0088 = 27.799 km, 7.799 over."""
    found = case.school("A", lat=38.80).only("R8")
    assert (found.subject, found.amount, found.unit) == ("A1", 7.799, "km")


def test_r8_to_the_metre(case: Case) -> None:
    """5.55975 km counts as 5.560: allowed at a limit of 5.56 km, one metre over at 5.559."""
    assert case.but("rotation", max_km=5.56).check().passed
    report = case.but("rotation", max_km=5.559).check()
    assert [(v.rule, v.amount) for v in report.violations] == [("R8", 0.001)] * 3


def test_r8_unknown_distance(case: Case) -> None:
    found = case.school("A", lat=None).only("R8")
    assert (found.key, found.subject, found.amount) == ("R8_unknown", "A1", 1)


def test_r8_travel_table_goes_first_and_both_ways(case: Case) -> None:
    """Row B -> A counts for A -> B: 25 km instead of 5.560, 30 minutes of 20."""
    row = Travel(from_school_id="B", to_school_id="A", km=25)
    assert case.add(travel=(row,)).only("R8").amount == 5
    slow = Travel(from_school_id="B", to_school_id="A", minutes=30)
    found = case.add(travel=(slow,)).but("rotation", max_minutes=20).only("R8")
    assert (found.key, found.amount, found.unit) == ("R8_long", 10, "minutes")


def test_r8_own_direction_first(case: Case) -> None:
    rows = (
        Travel(from_school_id="A", to_school_id="B", km=4),
        Travel(from_school_id="B", to_school_id="A", km=25),
    )
    assert case.add(travel=rows).check().passed


def test_r9_direction(case: Case) -> None:
    """A 90 -> B 70 and B 70 -> C 50 go down, C -> B up: 2 of 3, at least ceil(2.4) = 3 at a share of 0.8."""
    rated = case.school("A", quality=90).school("B", quality=70).school("C", quality=50)
    on = rated.but("rules", R9="hard")
    assert on.check().passed
    assert on.but("rotation", min_down_share=0.8).only("R9").amount == 1


def test_r9_equal_quality_is_not_down(case: Case) -> None:
    """A 90 -> B 90 is not down, B -> C 50 is: 1 of 3, at least ceil(1.5) = 2."""
    rated = case.school("A", quality=90).school("B", quality=90).school("C", quality=50)
    assert rated.but("rules", R9="hard").only("R9").amount == 1


def test_r9_unknown_quality_is_not_down(case: Case) -> None:
    rated = case.school("A", quality=90).school("C", quality=50).but("rules", R9="hard")
    assert rated.only("R9").amount == 2


def test_r9_off_still_says_what_is_achieved(case: Case) -> None:
    rated = case.school("A", quality=90).school("B", quality=70).but("rotation", min_down_share=1)
    audit = rated.check().rules[8]
    assert (audit.rule, audit.verdict, audit.violations, audit.achieved["down"]) == ("R9", "off", (), 1)


def test_r10_last_backbone_teacher_leaves(case: Case) -> None:
    found = case.teacher("A2", backbone=Backbone.NONE).only("R10")
    assert (found.subject, found.amount) == ("A/primary", 1)


def test_r13_learning_district(case: Case) -> None:
    zones = case.school("A", learning_district="x").school("B", learning_district="y")
    zones = zones.school("C", learning_district="y").but("rotation", scope="learning_district")
    found = zones.only("R13")
    assert (found.key, found.subject, found.amount) == ("R13_learning_district", "A1", 1)


def test_r13_unknown_learning_district(case: Case) -> None:
    """Two unknown districts are not equal: all three moves are outside."""
    report = case.but("rotation", scope="learning_district").check()
    assert [v.rule for v in report.violations] == ["R13"] * 3


def test_r13_alliance(case: Case) -> None:
    """B is in both alliances, A and C in one each."""
    rows = tuple(
        Membership(alliance_id=a, form=AllianceForm.PAIR, school_id=s, role=AllianceRole.MEMBER)
        for a, s in (("one", "A"), ("one", "B"), ("two", "B"), ("two", "C"))
    )
    inside = case.add(memberships=rows).but("rotation", scope="alliance")
    assert inside.check().passed
    assert case.add(memberships=rows[1:]).but("rotation", scope="alliance").only("R13").subject == "A1"


@pytest.mark.parametrize(
    ("eligible", "low", "high"),
    # 15 % of 1623 is 243.45; of 3, 10 % rounded up is more than 15 % rounded down.
    [(1623, 163, 243), (30, 3, 4), (3, 1, 1), (0, 0, 0)],
)
def test_r6_rounding(case: Case, eligible: int, low: int, high: int) -> None:
    audit = _quota(case, eligible)
    assert (audit.required["low"], audit.required["high"]) == (low, high)


def test_r6_in_exact_fractions(case: Case) -> None:
    """7 % of 100 is 7 and 29 % is 29; binary floats give 7.000000000000001, up to 8, and 28.999999999999996."""
    audit = _quota(case.but("rotation", min_share=0.07, max_share=0.29), 100)
    assert (audit.required["low"], audit.required["high"]) == (7, 29)


def _quota(case: Case, eligible: int) -> RuleAudit:
    model = case.district.teacher_by_id["A3"]
    rows = tuple(model.model_copy(update={"teacher_id": f"N{n}"}) for n in range(eligible))
    return case.replace_teachers(rows).plan().check().rules[5]
