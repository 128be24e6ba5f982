"""R15 and R16 by hand, on the case of `conftest`: A1 moves to B, which is A1's first wish."""

from __future__ import annotations

from typing import Any

import pytest

from allocator.domain.choices import LockAction, Role
from allocator.domain.records import Lock, Wish
from tests.checking.conftest import Case


def wish(teacher: str, *schools: str) -> tuple[Wish, ...]:
    """Wishes of one teacher, the best first."""
    return tuple(Wish(teacher_id=teacher, rank=k, school_id=s) for k, s in enumerate(schools, start=1))


@pytest.fixture
def points(case: Case) -> Case:
    """A3 (50 points) and A1 (10 points) wish for B; A1 gets it. A may lose four of its nine teachers."""
    start = case.but("rules", R15="hard").but("rotation", max_outflow_share=0.5, max_share=0.5)
    start = start.teacher("A1", points=10.0).teacher("A3", points=50.0)
    return start.replace_wishes((*wish("A1", "B"), *wish("A3", "B")))


def test_r15_planted_breach(points: Case) -> None:
    """A3 has more points and stays though A keeps 4 of at least 3; a rule that looks away gives none."""
    found = points.only("R15")
    assert found.subject == "A3"
    assert found.params["other"] == "A1"
    assert (found.amount, found.unit) == (1, "teachers")


def test_r15_by_the_name_of_the_mechanism(points: Case) -> None:
    """The mechanism `points` puts R15 in force, whatever its switch says; `levels` does not."""
    named = points.but("rules", R15="off")
    assert named.broken() == set()
    assert named.but("rotation", mechanism="points").broken() == {"R15"}


@pytest.mark.parametrize(
    ("one", "other", "broken"), [(10.0, 10.0, False), (None, 10.0, False), (0.0, None, True)]
)
def test_r15_points(points: Case, one: float | None, other: float | None, broken: bool) -> None:
    """Equal points claim nothing, unknown points claim nothing, unknown points rank below 0."""
    varied = points.teacher("A3", points=one).teacher("A1", points=other)
    assert varied.broken() == ({"R15"} if broken else set())


def test_r15_only_wishes_compete(points: Case) -> None:
    """A1, who goes to B without having wished for it, takes nobody's wish."""
    assert points.replace_wishes(wish("A3", "B")).broken() == set()


@pytest.mark.parametrize(
    "values",
    [{"exempt": True}, {"role": Role.PRINCIPAL, "terms": 3}, {"partner_id": "A4"}, {"subject": "chinese"}],
)
def test_r15_no_claim(points: Case, values: dict[str, Any]) -> None:
    """Who may not go to B alone claims nothing: exempt, principal, far from the partner, another subject."""
    near = points.but("rotation", max_partner_km=1.0) if "partner_id" in values else points
    assert "R15" not in near.teacher("A3", **values).broken()


def test_r15_locks(points: Case) -> None:
    """A lock that keeps A3 from B ends the claim; one that sends A3 there is broken itself."""
    for action, school in ((LockAction.STAY, None), (LockAction.NOT_TO, "B")):
        assert points.add(locks=[Lock(teacher_id="A3", action=action, school_id=school)]).broken() == set()
    sent = points.add(locks=[Lock(teacher_id="A3", action=LockAction.TO, school_id="B")])
    assert sent.broken() == {"R11", "R15"}


def test_r15_excused_by_outflow(points: Case) -> None:
    """R5 at 20 % lets one of nine leave A, and A1 does: A3 may be kept; with R5 off not."""
    kept = points.but("rotation", max_outflow_share=0.2)
    assert kept.broken() == set()
    assert kept.but("rules", R5="off").broken() == {"R15"}


def test_r15_excused_by_staffing(points: Case) -> None:
    """Without tolerance A needs all 4 mathematics teachers it has left (5 now, 4 posts)."""
    kept = points.but("rotation", staffing_tolerance=0)
    assert kept.broken() == set()
    assert kept.but("rules", R4="off").broken() == {"R15"}


def test_r15_excused_by_the_last_backbone_teacher(points: Case) -> None:
    """A2 is the only backbone teacher left at A, so R10 keeps A2; A3 is none and is not kept by it."""
    last = points.teacher("A3", points=None).teacher("A2", points=50.0)
    last = last.replace_wishes((*wish("A1", "B"), *wish("A2", "B")))
    assert last.broken() == set()
    assert last.but("rules", R10="off").broken() == {"R15"}


def test_r15_who_moves_needs_a_better_school(points: Case) -> None:
    """A3 in C: passed over if B comes before C, served if C comes before B; home listed first ends it."""
    moved = points.plan(*points.moves, points.move("A3", "C"))
    assert moved.broken() == {"R15"}
    assert moved.replace_wishes((*wish("A1", "B"), *wish("A3", "C", "B"))).broken() == set()
    assert moved.replace_wishes((*wish("A1", "B"), *wish("A3", "B", "C"))).broken() == {"R15"}
    assert moved.replace_wishes((*wish("A1", "B"), *wish("A3", "A", "B"))).broken() == set()


def test_r16_planted_breach(case: Case) -> None:
    """A1 wished for C and not for B, did not volunteer, and is moved to B."""
    bound = case.but("rules", R16="hard").replace_wishes(wish("A1", "C"))
    found = bound.only("R16")
    assert (found.subject, found.params["school"]) == ("A1", "B")
    assert bound.teacher("A1", volunteer=True).broken() == set()
    assert bound.but("rules", R16="off").but("rotation", mechanism="status_quo").broken() == {"R16"}


def test_r16_ranks(case: Case) -> None:
    """B above home is fine, B below home is not; who states no wish is not bound."""
    bound = case.but("rules", R16="hard")
    assert bound.replace_wishes(wish("A1", "C", "B", "A")).broken() == set()
    assert bound.replace_wishes(wish("A1", "A", "B")).broken() == {"R16"}
    assert bound.replace_wishes(()).broken() == set()
