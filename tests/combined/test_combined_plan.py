"""Alliances and rotation in one run: costs by hand, both rotations against the trying of every plan."""

from __future__ import annotations

from dataclasses import replace

import pytest

from allocator import engine
from allocator.checking import check_alliances, check_rotation
from allocator.combined import plan_district
from allocator.domain.alliance_records import Link, Membership
from allocator.domain.choices import Gender, LinkKind, SchoolKind, Stage, Subject
from allocator.domain.combined import CombinedPlan, LevelCost, Reach
from allocator.domain.district import District
from allocator.domain.fields import Month
from allocator.domain.plan import Decision, Level, Status
from allocator.domain.policy import Mode, Policy
from allocator.domain.records import DistrictInfo, Post, School, Teacher
from allocator.domain.run import Limits, Progress
from allocator.errors import UsageError
from tests.rotation.small import AS_OF, every_plan, small_district, small_policy

ONE_STEP = Policy.model_validate(
    {"id": "one-step", "rotation": {"min_share": 0, "max_share": 1}, "rules": {"R5": "off", "R7": "off"}}
)


def four_schools(short: str) -> District:
    """A and B are a pair, C and D another; A has a mathematician more than posts, `short` one less."""
    heads = {school: 3 + (school == "A") - (school == short) for school in "ABCD"}
    teachers = [
        Teacher(
            teacher_id=f"{school}{k}",
            school_id=school,
            stage=Stage.PRIMARY,
            subject=Subject.MATH,
            gender=Gender.F,
            birth=Month.of(1990, 1),
            since=Month.of(2015, 9),
        )
        for school, count in heads.items()
        for k in range(count)
    ]
    schools = tuple(
        School(school_id=s, kind=SchoolKind.PRIMARY, lon=117, lat=39, quality=q, pupils_g1=100)
        for s, q in (("A", 90), ("B", 50), ("C", 80), ("D", 40))
    )
    return District(
        info=DistrictInfo(year=2026),
        schools=schools,
        teachers=tuple(teachers),
        posts=tuple(Post(school_id=s, stage=Stage.PRIMARY, subject=Subject.MATH, posts=3) for s in "ABCD"),
        links=(Link(school_a="A", school_b="B", link=LinkKind.TOGETHER),),
    )


def memberships_of(found: CombinedPlan) -> tuple[Membership, ...]:
    """The alliances of a run that formed some."""
    assert found.alliances.plan is not None
    return found.alliances.plan.memberships


def rotations(found: CombinedPlan) -> tuple[Decision, Decision]:
    """The plan within and the free plan of a run that has both."""
    assert found.within is not None
    assert found.free is not None
    return found.within, found.free


@pytest.mark.parametrize(("short", "cost"), [("B", 0), ("C", 1), ("D", 1)])
def test_the_cost_by_hand(short: str, cost: int) -> None:
    """A's spare teacher reaches B inside the pair, but C or D only in the free plan: one post stays open."""
    found = plan_district(four_schools(short), ONE_STEP)
    staffing = found.costs[0]
    assert staffing.name == "staffing"
    assert staffing.free is not None
    assert staffing.within is not None
    assert (staffing.free.final, staffing.within.final) == (0, cost)
    assert (staffing.difference, staffing.least, staffing.most) == (cost, cost, cost)
    assert found.compared


@pytest.mark.parametrize(("leads", "allied", "inside"), [(None, 4, 12), (["A"], 2, 7)])
def test_reach_by_hand(leads: list[str] | None, allied: int, inside: int) -> None:
    """All 12 teachers are eligible and in pairs; if only A may lead, D and C stay outside, and 4 + 3 remain."""
    found = plan_district(four_schools("D"), ONE_STEP, leads=leads)
    assert found.reach == Reach(schools=4, allied=allied, eligible=12, inside=inside)


def test_a_scope_that_is_switched_off_is_switched_on() -> None:
    """A profile without R13 would let the spare teacher out of the pair, at no cost."""
    off = ONE_STEP.model_copy(update={"rules": ONE_STEP.rules.model_copy(update={"R13": Mode.OFF})})
    assert plan_district(four_schools("C"), off).costs[0].difference == 1


def test_old_alliances_do_not_widen_the_scope() -> None:
    """Last period A was with C; the scope is the pair of today, A and B."""
    town = four_schools("C")
    before = memberships_of(plan_district(town, ONE_STEP))
    swap = {"A": "A", "B": "C", "C": "B", "D": "D"}
    old = tuple(row.model_copy(update={"school_id": swap[row.school_id]}) for row in before)
    found = plan_district(town.model_copy(update={"memberships": old}), ONE_STEP)
    assert found.costs[0].difference == 1


@pytest.mark.parametrize("seed", range(0, 60, 3))
def test_both_rotations_equal_the_trying_of_every_plan(seed: int) -> None:
    """Whatever way the scope is lost, or the plans are mixed up, a level differs on some of these districts."""
    district, policy = small_district(seed), small_policy(seed)
    found = plan_district(district, policy, as_of=AS_OF, limits=Limits(gap=0.0))
    if found.alliances.plan is None:
        assert found.within is None
        return
    memberships = found.alliances.plan.memberships
    for scope, decision in zip(("alliance", "county"), rotations(found), strict=True):
        rotation = policy.rotation.model_copy(update={"scope": scope})
        rules = policy.rules.model_copy(update={"R13": Mode.HARD})
        profile = policy.model_copy(update={"rotation": rotation, "rules": rules})
        town = district.model_copy(update={"memberships": memberships})
        best = every_plan(town, profile).best()
        if best is None:
            assert decision.status is Status.INFEASIBLE
            continue
        assert [level.value for level in decision.levels] == pytest.approx(list(best), rel=1e-7, abs=1e-7)
        assert check_rotation(town, profile, decision.moves, AS_OF).passed
    assert check_alliances(district, policy, found.alliances.plan).passed


def test_the_proven_range_holds_the_difference_of_the_best() -> None:
    """Best values 5..7 and 1..3 with bounds 5 and 1: the difference lies between 5 - 3 and 7 - 1."""
    level = Level("staffing", "posts", 3, 1, 4, 9)
    cost = LevelCost("staffing", free=level, within=replace(level, value=7, bound=5, final=8))
    assert (cost.difference, cost.least, cost.most) == (4, 2, 6)
    unproven = LevelCost("staffing", free=level, within=replace(level, bound=None))
    assert (unproven.least, unproven.most) == (None, 2)


def test_no_teachers_is_said_before_anything_is_formed() -> None:
    town = four_schools("C").model_copy(update={"teachers": ()})
    with pytest.raises(UsageError) as error:
        plan_district(town)
    assert "allocator ally" in error.value.text("zh")


def test_contradictory_links_leave_both_rotations_unplanned() -> None:
    town = four_schools("C")
    apart = Link(school_a="B", school_b="A", link=LinkKind.APART)
    found = plan_district(town.model_copy(update={"links": (*town.links, apart)}), ONE_STEP)
    assert found.alliances.status is Status.INFEASIBLE
    assert (found.within, found.free, found.costs, found.compared) == (None, None, (), False)


def test_the_clock_of_the_progress_never_goes_back() -> None:
    """Three runs, one clock."""
    events: list[Progress] = []
    plan_district(four_schools("C"), ONE_STEP, progress=events.append)
    seconds = [event.seconds for event in events]
    assert seconds == sorted(seconds)
    stages = [event.stage for event in events]
    assert stages.index("combined.stage_alliance") < stages.index("combined.stage_county")


def test_a_free_plan_is_the_plan_of_rotate() -> None:
    """The free plan is that of the county's own profile, nothing else."""
    town = small_district(3)
    policy = small_policy(3).model_copy(update={"rules": Policy(id="x").rules})
    policy = policy.model_copy(update={"rotation": policy.rotation.model_copy(update={"scope": "county"})})
    alone = engine.rotate(town, policy, as_of=AS_OF)
    _, free = rotations(plan_district(town, policy, as_of=AS_OF))
    assert free.moves == alone.moves
