"""Whatever the plan: a verdict, the same in every order, with sentences in both languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from allocator.checking.facts import Facts
from allocator.domain.choices import Stage, Subject
from allocator.domain.fields import Month
from allocator.domain.plan import Move
from allocator.domain.policy import RULES
from allocator.text import LANGS, say

if TYPE_CHECKING:
    from tests.checking.conftest import Case

TEACHERS = [*(f"A{n}" for n in range(1, 10)), *(f"B{n}" for n in range(1, 8)), "C1", "C3", "C5", "D1", "?", ""]
SCHOOLS = st.sampled_from(["A", "B", "C", "D", "?", ""])
MOVE = st.builds(
    Move,
    st.sampled_from(TEACHERS),
    st.sampled_from(Stage),
    st.sampled_from([Subject.MATH, Subject.CHINESE, Subject.ART]),
    SCHOOLS,
    SCHOOLS,
)
WELL_FORMED = st.lists(
    st.tuples(st.sampled_from(TEACHERS[:-2]), st.sampled_from("ABCD")), max_size=8, unique_by=lambda m: m[0]
)
LATITUDE = st.none() | st.floats(38, 40)


@given(moves=st.lists(MOVE, max_size=8))
def test_any_rows_get_a_verdict_with_sentences(case: Case, moves: list[Move]) -> None:
    report = case.plan(*moves).check()
    assert len(report.rules) == len(RULES)
    for audit in report.rules:
        assert (audit.verdict == "broken") == bool(audit.violations)
        for lang in LANGS:
            assert say(f"rules.{audit.rule}_name", lang)
            assert say(f"rules.{audit.rule}_required", lang, **audit.required)
            assert say(f"rules.{audit.rule}_achieved", lang, **audit.achieved)
    for violation in report.violations:
        assert violation.amount > 0
        assert violation.subject or violation.key == "R1_unknown_teacher"
        assert "{" not in violation.text("zh") + violation.text("en")


def _carried(case: Case, moves: list[Move]) -> list[str]:
    """Teachers whose only row is right in every respect, written out once more."""
    ids = [m.teacher_id for m in moves]
    found = []
    for m in moves:
        teacher = case.district.teacher_by_id.get(m.teacher_id)
        school = case.district.school_by_id.get(m.to_school_id)
        if teacher is None or school is None or ids.count(m.teacher_id) > 1:
            continue
        same = (m.from_school_id, m.stage, m.subject) == (teacher.school_id, teacher.stage, teacher.subject)
        if same and m.stage in school.stages and m.to_school_id != teacher.school_id:
            found.append(m.teacher_id)
    return found


@given(moves=st.lists(MOVE, max_size=8))
def test_moves_are_carried_out_exactly_where_r1_finds_nothing(case: Case, moves: list[Move]) -> None:
    report = case.plan(*moves).check()
    assert report.moved == len(_carried(case, moves))
    assert (report.rules[0].verdict == "met") == (report.moved == len(moves))


@given(data=st.data(), moves=st.lists(MOVE, max_size=6))
def test_the_order_of_the_rows_changes_nothing(case: Case, data: st.DataObject, moves: list[Move]) -> None:
    rows = [*case.moves, *moves]
    shuffled = data.draw(st.permutations(rows))
    assert case.plan(*rows).check() == case.plan(*shuffled).check()


@given(pairs=WELL_FORMED)
def test_heads_are_neither_made_nor_lost(case: Case, pairs: list[tuple[str, str]]) -> None:
    """Whoever moves, the 24 teachers stay 24."""
    plan = case.plan(*(case.move(t, to) for t, to in pairs))
    facts = Facts.of(plan.district, plan.policy, plan.moves, Month.of(2025, 8))
    assert sum(facts.heads_after.values()) == sum(facts.staff_now.values()) == 24
    assert sum(facts.backbone_after.values()) == 2


@given(lat=LATITUDE, quality=st.none() | st.floats(0, 100), partner=st.sampled_from([None, "A2", "A9", "?"]))
def test_the_empty_plan_breaks_only_quotas(
    case: Case, lat: float | None, quality: float | None, partner: str | None
) -> None:
    """Of nothing moved, only R6 can be too little here; R7's share of nothing is nothing."""
    changed = case.school("A", lat=lat, quality=quality).teacher("A1", partner_id=partner)
    assert changed.but("rules", R9="hard").but("rotation", scope="alliance").plan().broken() == {"R6"}
