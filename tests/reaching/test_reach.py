"""The cheapest mix of moves and money: by hand, against every plan and choice, and where it cannot be."""

from __future__ import annotations

from decimal import Decimal

import pytest

from allocator.checking import check_rotation
from allocator.domain.choices import Backbone, Degree, Gender, Purpose, SchoolKind, SplitRule, Stage, Subject
from allocator.domain.district import District
from allocator.domain.fields import Month
from allocator.domain.measures import MOVABLE
from allocator.domain.money_records import Grant
from allocator.domain.plan import Status
from allocator.domain.policy import Policy
from allocator.domain.reaching import ReachDecision, StandardReport
from allocator.domain.records import DistrictInfo, Post, School, Teacher
from allocator.errors import UsageError
from allocator.reaching import reach_standard
from tests.reaching.every_answer import brute, brute_apart, cheapest_choice, equipped_district, lenient
from tests.rotation.small import AS_OF

FREE = {"min_share": 0, "max_share": 1, "min_backbone_share": 0}


def teachers(school: str, count: int, degree: Degree | None) -> list[Teacher]:
    """Mathematicians who may move."""
    return [
        Teacher(
            teacher_id=f"{school}{degree}{k}",
            school_id=school,
            stage=Stage.PRIMARY,
            subject=Subject.MATH,
            gender=Gender.F,
            birth=Month.of(1990, 1),
            since=Month.of(2015, 9),
            degree=degree,
            backbone=Backbone.COUNTY,
        )
        for k in range(count)
    ]


def two_schools(equipment: int, *, degrees: tuple[int, int] = (10, 8), first: int = 500_000) -> District:
    """A and B with 200 pupils each: they need 9 teachers with a degree (8 for 85 %), 400,000 yuan of equipment.

    Areas, rooms, backbone and arts are not in question: their thresholds are far below what there is.
    """
    schools = tuple(
        School(
            school_id=code,
            kind=SchoolKind.PRIMARY,
            lon=117,
            lat=39,
            pupils_g1=200,
            teaching_area_m2=2000,
            sports_area_m2=4000,
            equipment_yuan=Decimal(yuan),
            multimedia_rooms=10,
        )
        for code, yuan in (("A", first), ("B", equipment))
    )
    people = [t for s, n in zip("AB", degrees, strict=True) for t in teachers(s, n, Degree.BACHELOR)]
    return District(
        info=DistrictInfo(year=2026),
        schools=schools,
        teachers=(*people, *teachers("B", 2, None)),
        posts=tuple(Post(school_id=s, stage=Stage.PRIMARY, subject=Subject.MATH, posts=10) for s in "AB"),
    )


def profile(move_yuan: float, *, required: int = 6, limit: float = 0.5) -> Policy:
    """Arts are not asked for; a move costs `move_yuan`."""
    return Policy.model_validate(
        {
            "id": "two",
            "indicators": {
                "thresholds_primary": (4.2, 1.0, 1e-9, 4.5, 7.5, 2000, 2.3),
                "required_met": required,
                "last_ratio": 0.85,
                "cv_limit_primary": limit,
            },
            "rules": {"R5": "off", "R6": "off", "R7": "off", "R10": "off"},
            "rotation": FREE,
            "funding": {"move_yuan": move_yuan},
        }
    )


def values(found: ReachDecision) -> dict[str, float]:
    """Value of each level."""
    return {level.name: level.value for level in found.levels}


def judged(found: ReachDecision) -> StandardReport:
    """The checker's word on a plan that there is."""
    assert found.standard is not None
    return found.standard


def with_arts(district: District) -> District:
    """One arts teacher a school, who may not move."""
    arts = tuple(
        t.model_copy(
            update={"teacher_id": f"art{t.school_id}", "subject": Subject.ART, "exempt": True, "degree": None}
        )
        for t in (teachers("A", 1, None) + teachers("B", 1, None))
    )
    return district.model_copy(update={"teachers": (*district.teachers, *arts)})


@pytest.mark.parametrize(("move_yuan", "moves", "money"), [(10_000, 1, 0), (30_000, 0, 20_000)])
def test_what_is_cheaper_decides_which_indicator_is_spared(move_yuan: int, moves: int, money: int) -> None:
    """B misses one degree and 20,000 yuan of equipment, and may miss one of the two.

    Decided one by one, both would be lifted: 30,000 and 50,000 in place of 10,000 and 20,000.
    """
    found = reach_standard(with_arts(two_schools(380_000)), profile(move_yuan))
    assert found.status is Status.OPTIMAL
    assert found.reached
    assert not found.separable
    assert (len(found.moves), int(found.money_yuan)) == (moves, money)
    assert values(found) == {"missing": 0, "excess": 0, "cost": moves * move_yuan + money}
    assert [s.indicator for s in judged(found).spared if s.school_id == "B"] == ["I6" if moves else "I1"]


def test_with_all_seven_asked_for_it_is_the_sum_of_two_questions() -> None:
    """Without anything to spare nothing links them: one move and 20,000 yuan, each the least by itself."""
    policy = profile(10_000, required=7)
    both = reach_standard(with_arts(two_schools(380_000)), policy)
    moves_alone = reach_standard(with_arts(two_schools(400_000)), policy)
    money_alone = reach_standard(with_arts(two_schools(380_000, degrees=(9, 9))), policy)
    assert both.separable
    assert both.status is Status.OPTIMAL
    assert (int(moves_alone.total_yuan), int(money_alone.total_yuan)) == (10_000, 20_000)
    assert both.total_yuan == moves_alone.total_yuan + money_alone.total_yuan == 30_000


def test_a_limit_on_spread_takes_more_money_than_the_thresholds() -> None:
    """A has 1,500,000 yuan of equipment, B the 400,000 needed: a CV of 0.579.

    (15 - b) / (15 + b) <= 0.5 asks for 500,000. Without the limit nothing would be bought.
    """
    found = reach_standard(with_arts(two_schools(400_000, degrees=(9, 9), first=1_500_000)), profile(10_000))
    assert found.status is Status.OPTIMAL
    assert found.reached
    assert 100_000 <= found.money_yuan <= 100_001
    assert found.after.counties[5].met


def test_teachers_who_are_not_there_are_named() -> None:
    """14 degrees where 8 and 8 are the least: two are missing, and B gets the equipment it cannot miss then."""
    found = reach_standard(with_arts(two_schools(300_000, degrees=(8, 6))), profile(10_000))
    assert not found.reached
    assert found.status is Status.OPTIMAL
    assert values(found)["missing"] == 2
    assert found.money_yuan == 100_000
    assert sum(s.amount for s in judged(found).shortfalls) == 2
    assert {s.indicator for s in judged(found).shortfalls} == {"I1"}


@pytest.mark.parametrize("seed", range(8))
def test_limits_on_the_spread_of_money_choose_too(seed: int) -> None:
    """With narrow limits the least money of every choice of spared indicators is a cone program of its own."""
    district = equipped_district(seed)
    policy = lenient(seed, required=6)
    tight = policy.indicators.model_copy(update={"cv_limit_primary": 0.06, "cv_limit_junior": 0.06})
    # Nobody moves, so that the limits matter for money alone.
    policy = policy.model_copy(
        update={"indicators": tight, "rotation": policy.rotation.model_copy(update={"max_share": 0.0})}
    )
    expected = cheapest_choice(district, policy)
    found = reach_standard(district, policy, as_of=AS_OF)
    assert found.status in (Status.OPTIMAL, Status.INFEASIBLE)
    if found.status is Status.OPTIMAL:
        assert values(found)["cost"] == pytest.approx(expected, abs=2, rel=1e-4)
        assert all(c.met is not False for c in found.after.counties if c.indicator not in MOVABLE)


@pytest.mark.parametrize("seed", range(24))
@pytest.mark.parametrize("required", [6, 7])
def test_against_every_plan_and_choice(seed: int, required: int) -> None:
    """Missing teachers, excess of spread and yuan are those of the best of all plans and choices."""
    district, policy = equipped_district(seed), lenient(seed, required=required)
    expected = brute(district, policy)
    found = reach_standard(district, policy, as_of=AS_OF)
    if expected is None:
        assert found.status is Status.INFEASIBLE
        return
    assert found.status is Status.OPTIMAL
    assert values(found) == pytest.approx(
        dict(zip(("missing", "excess", "cost"), expected, strict=True)), abs=1e-6
    )
    assert found.reached == (expected[0] == 0 and expected[1] < 1e-9)
    assert check_rotation(found.district, found.policy, found.moves, AS_OF).passed
    if found.reached:
        assert all(section.passed for section in found.after.sections if section.pupils)


@pytest.mark.parametrize("seed", range(12))
def test_one_after_the_other_against_every_plan_and_choice(seed: int) -> None:
    """The least cost of either order lies between its bound and value, and the joint plan is no dearer."""
    district, policy = equipped_district(seed), lenient(seed, required=6)
    found = reach_standard(district, policy, as_of=AS_OF)
    if found.separable or found.standard is None:
        assert found.apart == ()
        return
    expected = brute_apart(district, policy)
    assert {each.first for each in found.apart} == {"money", "moves"}
    for each in found.apart:
        assert each.bound is not None
        assert each.bound - 1e-6 <= expected[each.first] <= each.cost + 1e-6
        assert each.cost <= expected[each.first] * 1.001 + 1
        least, saved = found.saved_yuan(each)
        assert least is not None
        assert -1e-6 <= least <= saved + 1e-6


@pytest.mark.parametrize(("move_yuan", "saved"), [(10_000, (10_000, 0)), (30_000, (0, 10_000))])
def test_what_deciding_jointly_saves(move_yuan: int, saved: tuple[int, int]) -> None:
    """Money first buys the 20,000 of equipment, moves first move one teacher: the dearer is spared."""
    found = reach_standard(with_arts(two_schools(380_000)), profile(move_yuan))
    money, moves = found.apart
    assert (money.first, int(money.money_yuan), money.moves) == ("money", 20_000, 0)
    assert (moves.first, int(moves.money_yuan), moves.moves) == ("moves", 0, 1)
    assert tuple(found.saved_yuan(each)[1] for each in found.apart) == saved


def test_purchases_are_compared_with_the_grants() -> None:
    """20,000 yuan of equipment are needed; two grants of 8,000 and 7,000 lack 5,000, rooms lack nothing."""
    kinds = ((Purpose.EQUIPMENT, 8000), (Purpose.EQUIPMENT, 7000), (Purpose.MULTIMEDIA, 10))
    grants = tuple(
        Grant(grant_id=f"G{n}", amount_yuan=Decimal(yuan), purpose=kind, rule=SplitRule.CLOSEST)
        for n, (kind, yuan) in enumerate(kinds)
    )
    district = with_arts(two_schools(380_000)).model_copy(update={"grants": grants})
    covered = {c.indicator: c for c in reach_standard(district, profile(30_000)).covered}
    assert [(i, c.grants, int(c.granted_yuan), int(c.short_yuan)) for i, c in covered.items()] == [
        ("I4", 0, 0, 0),
        ("I5", 0, 0, 0),
        ("I6", 2, 15_000, 5_000),
        ("I7", 1, 10, 0),
    ]


@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")
def test_a_known_plan_does_not_hide_a_cheaper_one() -> None:
    """8,000 yuan do: S2 spares its equipment and not its rooms. The other way round costs 12,800.

    A branch and bound that is handed the plan of the level before called 12,800 optimal, with a bound to match.
    """
    district, rooms = equipped_district(8), {"S0": 0, "S1": 3.4, "S2": 0.8}
    schools = tuple(s.model_copy(update={"multimedia_rooms": rooms[s.school_id]}) for s in district.schools)
    district, policy = district.model_copy(update={"schools": schools}), lenient(8, required=6)
    assert brute(district, policy) == pytest.approx((6, 0, 8000))
    assert values(reach_standard(district, policy, as_of=AS_OF))["cost"] == pytest.approx(8000)


def test_unknown_values_leave_the_verdict_open() -> None:
    """B's rooms are unknown: nothing is bought for them, all else passes, and nobody calls that a pass."""
    district = with_arts(two_schools(400_000, degrees=(9, 9)))
    schools = (district.schools[0], district.schools[1].model_copy(update={"multimedia_rooms": None}))
    found = reach_standard(district.model_copy(update={"schools": schools}), profile(10_000))
    assert found.reached
    assert not found.passes
    assert found.total_yuan == 0
    assert judged(found).passed == {("A", Stage.PRIMARY): True, ("B", Stage.PRIMARY): None}


def test_without_teachers_there_is_no_such_question() -> None:
    with pytest.raises(UsageError):
        reach_standard(two_schools(1).model_copy(update={"teachers": (), "posts": ()}), profile(1))
