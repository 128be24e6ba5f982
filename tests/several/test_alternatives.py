"""Alternatives lie as far from all plans before as any plan within the loss does."""

from __future__ import annotations

from math import floor

import pytest

from allocator.campaign import alternatives
from allocator.domain.choices import Backbone, Degree, Gender, SchoolKind, Stage, Subject
from allocator.domain.district import District
from allocator.domain.fields import Month
from allocator.domain.plan import Status
from allocator.domain.policy import Mode, Policy, RotationPolicy, RulesPolicy
from allocator.domain.records import DistrictInfo, Post, School, Teacher
from allocator.domain.run import Limits
from allocator.errors import UsageError
from allocator.generation import generate
from allocator.rotation.alternatives import distance
from tests.rotation.small import AS_OF, small_district, small_policy
from tests.several.every_plan import apart, kinds, legal_plans


@pytest.mark.parametrize("seed", range(30))
def test_distances_are_the_largest_of_every_plan(seed: int) -> None:
    """A distance row that is wrong for any class, a limit too tight or too loose, gives another number here."""
    district, policy = small_district(seed), small_policy(seed)
    found = alternatives(district, policy, k=3, loss=0.2, as_of=AS_OF, limits=Limits(gap=0.0))
    legal = legal_plans(district, policy)
    if not legal:
        assert found.plan.status is Status.INFEASIBLE
        assert found.others == ()
        return
    room = {}
    for level in found.plan.levels:
        most = level.value + 0.2 * abs(level.value)
        most = floor(most + 1e-9) if level.name == "staffing" else most
        room[level.name] = max(most, level.final) + 1e-7
    near = [p for p in legal if all(p.levels[name] <= most for name, most in room.items())]
    kind_of = kinds(district, policy)
    before = [found.plan.moves]
    for other in found.others:
        largest = max(min(apart(kind_of, p.moves, b) for b in before) for p in near)
        assert other.distance == largest == other.bound
        assert min(apart(kind_of, other.decision.moves, b) for b in before) == largest
        assert all(level.final <= room[level.name] for level in other.decision.levels)
        before.append(other.decision.moves)
    if found.end == "none":
        assert max(min(apart(kind_of, p.moves, b) for b in before) for p in near) == 0
    assert len(found.others) == 3 or found.end == "none"


def _alike() -> tuple[District, Policy]:
    """Six mathematicians who are alike at S0 (two too many), a post short at each of S1, S2, S3; two moves."""
    schools = tuple(
        School(school_id=f"S{i}", kind=SchoolKind.PRIMARY, lon=117 + 0.02 * i, lat=39.0, pupils_g1=100)
        for i in range(4)
    )
    teachers = tuple(
        Teacher(
            teacher_id=f"T{k}",
            school_id="S0" if k < 6 else f"S{k - 5}",
            stage=Stage.PRIMARY,
            subject=Subject.MATH,
            gender=Gender.F,
            birth=Month.of(1985, 1),
            since=Month.of(2015, 9),
            degree=Degree.BACHELOR,
            backbone=Backbone.NONE,
            exempt=k >= 6,
        )
        for k in range(9)
    )
    posts = tuple(
        Post(school_id=f"S{i}", stage=Stage.PRIMARY, subject=Subject.MATH, posts=2 if i else 4)
        for i in range(4)
    )
    rotation = RotationPolicy(
        min_share=0.3, max_share=0.34, max_outflow_share=0.5, min_backbone_share=0, staffing_tolerance=0
    )
    rules = RulesPolicy(R10=Mode.OFF)
    info = DistrictInfo(name="县", year=2026)
    return District(info=info, schools=schools, teachers=teachers, posts=posts), Policy(
        id="alike", rotation=rotation, rules=rules
    )


def test_exchanging_teachers_who_are_alike_is_no_difference() -> None:
    """Two of six alike teachers move to two of three schools. By hand: from {S1, S2} the furthest are {S1, S3}
    and {S2, S3}, at 1; then the third, at 1; then none. Counting people instead of decisions would give 4."""
    district, policy = _alike()
    found = alternatives(district, policy, k=5, loss=1.0, limits=Limits(gap=0.0))
    assert [len(d.moves) for d in found.decisions] == [2, 2, 2]
    assert found.distances == ((0, 1, 1), (1, 0, 1), (1, 1, 0))
    assert [o.distance for o in found.others] == [o.bound for o in found.others] == [1, 1]
    assert found.end == "none"


def test_alike_teachers_keep_what_they_do_in_the_first_plan() -> None:
    """In each alternative exactly as many people are told otherwise as the distance says; without the exchange
    of names the longest serving would move in every plan, whoever goes where."""
    district, policy = _alike()
    found = alternatives(district, policy, k=2, loss=1.0, limits=Limits(gap=0.0))
    first = {m.teacher_id: m.to_school_id for m in found.plan.moves}
    for k, other in enumerate(found.others, start=1):
        moved = {m.teacher_id: m.to_school_id for m in other.decision.moves}
        told = [t for t in first.keys() | moved.keys() if first.get(t) != moved.get(t)]
        # One member of the class moves elsewhere: the same person, so one is told otherwise.
        assert len(told) == found.distances[0][k] == 1


def test_distance_by_hand() -> None:
    """One class {T0..T5}: {S1, S2} differs from {S1} for one; from nothing for two; from itself, for none."""
    district, policy = _alike()
    plan = alternatives(district, policy, k=1, loss=0, limits=Limits(gap=0.0)).plan.moves
    class_of = {f"T{k}": 0 for k in range(6)}
    assert distance(class_of, plan, plan[:1]) == 1
    assert distance(class_of, plan, ()) == 2
    assert distance(class_of, (), ()) == 0
    assert distance({m.teacher_id: k for k, m in enumerate(plan)}, plan, plan) == 0


def test_a_town_in_both_modes() -> None:
    """Six schools: within 2 % of the best, both alternatives are checked, distinct, and keep the limits."""
    found = alternatives(generate(6, seed=4), k=2, loss=0.02, limits=Limits(gap=1e-3))
    assert len(found.others) == 2
    for other in found.others:
        assert other.decision.check is not None
        assert other.decision.check.passed
        assert other.bound is not None
        assert 0 < other.distance <= other.bound
        assert all(level.final <= found.most[level.name] + 1e-6 for level in other.decision.levels)
    assert all(found.distances[i][j] == found.distances[j][i] for i in range(3) for j in range(3))


def test_a_least_distance_that_nothing_reaches_ends_the_search_with_a_proof() -> None:
    """No plan of the six differs in five teachers: none is given, and that is proven."""
    district, policy = _alike()
    found = alternatives(district, policy, k=1, loss=1.0, least_distance=5, limits=Limits(gap=0.0))
    assert found.others == ()
    assert found.end == "none"


def test_breaches_of_elastic_rules_are_not_the_price_of_variety() -> None:
    """A quota of two where R5 lets one go: broken by one at its price, and by no more in any alternative."""
    district, policy = _alike()
    tight = policy.rotation.model_copy(update={"max_outflow_share": 0.17})
    rules = policy.rules.model_copy(update={"R5": Mode.ELASTIC})
    case = policy.model_copy(update={"rotation": tight, "rules": rules})
    found = alternatives(district, case, k=2, loss=1.0, limits=Limits(gap=0.0))
    assert found.plan.check is not None
    assert found.plan.check.price == case.elastic.R5
    assert found.others
    for other in found.others:
        assert other.decision.check is not None
        assert other.decision.check.price == case.elastic.R5


@pytest.mark.parametrize("wrong", [{"k": 0}, {"loss": -0.1}, {"least_distance": 0}])
def test_wrong_numbers_are_refused(wrong: dict[str, float]) -> None:
    """Nothing is planned when a number is out of range."""
    district, policy = _alike()
    with pytest.raises(UsageError, match="must lie between"):
        alternatives(district, policy, **wrong)  # type: ignore[arg-type]  # wrong on purpose
