"""Conflicts made by hand: the exact set, elements and amounts, and what repairing them costs."""

from __future__ import annotations

from typing import Any

import pytest

from allocator import plan_rotation
from allocator.api import check_plan, read_district
from allocator.domain.choices import Gender, LockAction, Role, SchoolKind, Stage, Subject
from allocator.domain.district import District
from allocator.domain.fields import Month
from allocator.domain.plan import Decision, Move, Status
from allocator.domain.policy import ElasticPolicy, Mode, Policy, RotationPolicy
from allocator.domain.records import DistrictInfo, Lock, Post, School, Teacher, Travel
from allocator.domain.run import Limits
from allocator.generation import generate
from allocator.io.policies import load_policy
from allocator.io.resources import instances_folder

KM = {("A", "B"): 30.0, ("A", "C"): 5.0, ("B", "C"): 25.0}


def teacher(teacher_id: str, **changes: Any) -> Teacher:
    """A mathematics teacher of the school that begins the code, eligible."""
    values: dict[str, Any] = {
        "school_id": teacher_id[0].upper(),
        "stage": Stage.PRIMARY,
        "subject": Subject.MATH,
        "gender": Gender.F,
        "birth": Month.of(1985, 1),
        "since": Month.of(2010, 9),
    }
    return Teacher(teacher_id=teacher_id, **(values | changes))


def district(*teachers: Teacher, locks: tuple[Lock, ...] = ()) -> District:
    """Three primary schools with three posts each: A-B 30 km, A-C 5 km, B-C 25 km."""
    return District(
        info=DistrictInfo(year=2026),
        schools=tuple(School(school_id=s, kind=SchoolKind.PRIMARY, pupils_g1=100) for s in "ABC"),
        teachers=teachers,
        posts=tuple(Post(school_id=s, stage=Stage.PRIMARY, subject=Subject.MATH, posts=3) for s in "ABC"),
        travel=tuple(Travel(from_school_id=a, to_school_id=b, km=km) for (a, b), km in KM.items()),
        locks=locks,
    )


def lock(teacher_id: str, action: LockAction, school_id: str | None = None) -> Lock:
    """A lock."""
    return Lock(teacher_id=teacher_id, action=action, school_id=school_id)


def policy(*hard: str, elastic: ElasticPolicy | None = None, **rotation: Any) -> Policy:
    """These rules with R1 and R2, all others off."""
    base = Policy(id="hand", rotation=RotationPolicy(**rotation), elastic=elastic or ElasticPolicy())
    return base.with_rules(("R2", *hard))


def found(decision: Decision) -> dict[str, tuple[dict[str, float], list[str]]]:
    """Members of a conflict: rule -> amounts, elements in English."""
    assert decision.conflict is not None
    assert decision.conflict.smallest
    assert decision.conflict.narrowed
    return {m.rule: (dict(m.amounts), [e.text("en") for e in m.elements]) for m in decision.conflict.members}


def test_a_quota_against_the_outflow() -> None:
    """Half of four must move, all from A, which may lose one: R5 and R6, each by one teacher."""
    folder = instances_folder() / "toy" / "quota-too-high"
    decision = plan_rotation(read_district(folder), load_policy(folder / "policy.yaml"))
    assert decision.status is Status.INFEASIBLE
    assert found(decision) == {"R5": ({"teachers": 1}, []), "R6": ({"teachers": 1}, [])}
    assert decision.conflict is not None
    assert [v.text("en") for v in decision.conflict.members[0].witnesses] == [
        "A primary loses 2 of 4 teachers, 1 more than the limit 1"
    ]
    rows = {(row.school_id, row.subject): (row.eligible, row.possible) for row in decision.conflict.capacity}
    assert sum(eligible for eligible, _ in rows.values()) == 4
    assert sum(possible for _, possible in rows.values()) == 1
    assert {school for school, _ in rows} == {"A"}


def test_two_locks_of_one_teacher_against_the_distance() -> None:
    """a1 must move and not to C; B is 30 km away. The third lock, that a2 stays, plays no part."""
    locks = (
        lock("a1", LockAction.MOVE),
        lock("a1", LockAction.NOT_TO, "C"),
        lock("a2", LockAction.STAY),
    )
    case = district(teacher("a1"), teacher("a2"), teacher("b1"), locks=locks)
    rules = policy("R3", "R4", "R8", "R11")
    decision = plan_rotation(case, rules)
    assert found(decision) == {
        "R8": ({"km": 10.0}, []),
        "R11": (
            {"teachers": 1},
            ["lock: teacher a1 must move", "lock: teacher a1 does not move to C"],
        ),
    }
    # Locks are untouchable: a1 goes to B, 10 km beyond the limit, at 5 a kilometre.
    repaired = plan_rotation(case, rules, repair=True)
    assert repaired.status is Status.OPTIMAL
    assert [(m.teacher_id, m.to_school_id) for m in repaired.moves] == [("a1", "B")]
    assert repaired.check is not None
    assert repaired.check.price == repaired.levels[0].value == 50.0
    assert [a.verdict for a in repaired.check.rules if a.rule == "R8"] == ["relaxed"]
    assert repaired.conflict == decision.conflict


def test_what_is_untouchable_can_be_chosen() -> None:
    """With R8 untouchable and locks not, one lock gives way at 1000; with both untouchable nothing does."""
    locks = (lock("a1", LockAction.TO, "B"),)
    case = district(teacher("a1"), teacher("b1"), locks=locks)
    rules = policy("R8", "R11", elastic=ElasticPolicy(untouchable=("R8",)))
    repaired = plan_rotation(case, rules, repair=True)
    assert repaired.check is not None
    assert [(v.rule, v.amount, v.price) for v in repaired.violations] == [("R11", 1, 1000.0)]
    assert repaired.check.passed
    stuck = plan_rotation(
        case, policy("R8", "R11", elastic=ElasticPolicy(untouchable=("R8", "R11"))), repair=True
    )
    assert stuck.status is Status.INFEASIBLE
    assert stuck.check is None
    assert found(stuck)["R11"] == ({"teachers": 1}, ["lock: teacher a1 moves to B"])


def test_two_locks_against_the_outflow_of_one_school() -> None:
    """A may lose one of three; two of its teachers are locked to C. R5 is narrowed down to A."""
    locks = (
        lock("a1", LockAction.TO, "C"),
        lock("a2", LockAction.TO, "C"),
        lock("b1", LockAction.STAY),
    )
    case = district(teacher("a1"), teacher("a2"), teacher("a3"), teacher("b1"), locks=locks)
    decision = plan_rotation(case, policy("R3", "R5", "R8", "R11", "R14"))
    assert found(decision) == {
        "R5": ({"teachers": 1}, ["outflow limit of A primary"]),
        "R11": ({"teachers": 1}, ["lock: teacher a1 moves to C", "lock: teacher a2 moves to C"]),
    }


def test_a_principal_who_cannot_be_replaced() -> None:
    """A's principal must move; C's has served one term and B has none: R11 and R14, at A."""
    people = (
        teacher("a1", role=Role.PRINCIPAL, terms=2),
        teacher("b1"),
        teacher("c1", role=Role.PRINCIPAL, terms=1),
    )
    case = district(*people, locks=(lock("a1", LockAction.MOVE),))
    rules = policy("R3", "R4", "R5", "R8", "R11", "R14")
    assert found(plan_rotation(case, rules)) == {
        "R11": ({"teachers": 1}, ["lock: teacher a1 must move"]),
        "R14": ({"principals": 1}, ["principal of school A"]),
    }
    repaired = plan_rotation(case, rules, repair=True)
    assert [(v.rule, v.price) for v in repaired.violations] == [("R14", 500.0)]
    # With a second term C's principal can take over, and nothing conflicts.
    people = (*people[:2], teacher("c1", role=Role.PRINCIPAL, terms=2))
    swap = plan_rotation(district(*people, locks=(lock("a1", LockAction.MOVE),)), rules)
    assert swap.status is Status.OPTIMAL
    assert swap.conflict is None


def test_a_couple_and_a_lock() -> None:
    """a1 is locked to B, 30 km from the partner a2, who is exempt; the couple c1, c2 plays no part."""
    people = (
        teacher("a1", partner_id="a2"),
        teacher("a2", partner_id="a1", exempt=True),
        teacher("c1", partner_id="c2"),
        teacher("c2", partner_id="c1"),
        teacher("b1"),
    )
    case = district(*people, locks=(lock("a1", LockAction.TO, "B"),))
    rules = policy("R4", "R11", "R12")
    assert found(plan_rotation(case, rules)) == {
        "R11": ({"teachers": 1}, ["lock: teacher a1 moves to B"]),
        "R12": ({"km": 10.0}, ["partners a1 and a2"]),
    }
    repaired = plan_rotation(case, rules, repair=True)
    assert [(v.rule, v.amount, v.price) for v in repaired.violations] == [("R12", 10.0, 100.0)]


def test_a_couple_of_which_both_can_move() -> None:
    """Both partners move, a1 to B and a2 to C, which are 25 km apart: 5 km beyond the limit, at 10 each."""
    people = (teacher("a1", partner_id="a2"), teacher("a2", partner_id="a1"), teacher("b1"))
    locks = (lock("a1", LockAction.TO, "B"), lock("a2", LockAction.TO, "C"))
    decision = plan_rotation(district(*people, locks=locks), policy("R4", "R11", "R12"), repair=True)
    assert found(decision)["R12"] == ({"km": 5.0}, ["partners a1 and a2"])
    assert len(found(decision)["R11"][1]) == 2
    assert [(v.rule, v.amount, v.price) for v in decision.violations] == [("R12", 5.0, 50.0)]


def test_all_are_locked_to_stay_with_a_quota() -> None:
    """One of three eligible must move: the quota needs every one of the locks to be impossible."""
    people = tuple(teacher(t) for t in ("a1", "a2", "c1"))
    locks = tuple(lock(t.teacher_id, LockAction.STAY) for t in people)
    members = found(plan_rotation(district(*people, locks=locks), policy("R4", "R6", "R11")))
    assert set(members) == {"R6", "R11"}
    assert members["R11"][1] == [f"lock: teacher {t.teacher_id} stays" for t in people]


def test_moving_somebody_who_is_not_eligible_can_be_cheapest() -> None:
    """The one eligible teacher is locked to stay; one of two exempt ones moves at 50, for a quota at 100."""
    people = (teacher("a1"), teacher("a2", exempt=True), teacher("a3", exempt=True))
    prices = ElasticPolicy(R2=50, untouchable=("R11",))
    case = district(*people, locks=(lock("a1", LockAction.STAY),))
    repaired = plan_rotation(case, policy("R4", "R6", "R8", "R11", elastic=prices), repair=True)
    assert found(repaired)["R11"][1] == ["lock: teacher a1 stays"]
    assert [(v.rule, v.price) for v in repaired.violations] == [("R2", 50.0)]
    assert {m.to_school_id for m in repaired.moves} == {"C"}


def test_all_are_exempt_with_a_quota() -> None:
    """A share of nobody is nobody: the empty plan is the best, and there is no conflict."""
    people = tuple(teacher(t, exempt=True) for t in ("a1", "a2", "c1"))
    decision = plan_rotation(district(*people), policy("R4", "R6", min_share=0.9, max_share=1.0))
    assert decision.status is Status.OPTIMAL
    assert len(decision.moves) == 0
    assert decision.conflict is None


def test_a_quota_that_is_impossible_alone() -> None:
    """No school but A has a primary section: nobody can move at all, and R6 alone is the conflict."""
    case = District(
        info=DistrictInfo(year=2026),
        schools=(School(school_id="A", kind=SchoolKind.PRIMARY, pupils_g1=50),),
        teachers=(teacher("a1"),),
        posts=(Post(school_id="A", stage=Stage.PRIMARY, subject=Subject.MATH, posts=1),),
    )
    decision = plan_rotation(case, policy("R4", "R5", "R6"))
    assert found(decision) == {"R6": ({"teachers": 1}, [])}
    assert decision.conflict is not None
    assert decision.conflict.sentences("en")[0].startswith("This rule cannot hold at all")


def test_an_elastic_rule_gives_way_without_a_repair() -> None:
    """R8 elastic from the start: the lock to B is kept, the plan passes, the breach has amount and price."""
    case = district(teacher("a1"), teacher("b1"), locks=(lock("a1", LockAction.TO, "B"),))
    rules = policy("R4", "R11").with_rules(("R2", "R4", "R11"), ("R8",))
    decision = plan_rotation(case, rules)
    assert decision.status is Status.OPTIMAL
    assert decision.conflict is None
    assert [(v.rule, v.amount, v.unit, v.price) for v in decision.violations] == [("R8", 10.0, "km", 50.0)]
    assert decision.check is not None
    assert decision.check.passed
    assert decision.check.broken == ()
    assert check_plan(case, decision.moves, rules).levels["breaches"] == 50.0


@pytest.mark.parametrize(
    ("rule", "changes", "moves", "price"),
    [
        # Not eligible for want of tenure by years: one teacher, one price.
        ("R2", {"since": Month.of(2025, 9)}, "C", 1000.0),
        # 30 km, limit 20, at 5 a kilometre.
        ("R8", {}, "B", 50.0),
        # To C with R6 asking for nobody more: one move too many of at most 0.
        ("R6", {}, "C", 100.0),
    ],
)
def test_prices_are_the_checkers_own(rule: str, changes: dict[str, Any], moves: str, price: float) -> None:
    """The checker prices a plan made by hand; a price a month or a rounding by itself would differ."""
    case = district(teacher("a1", **changes), teacher("b1"))
    profile = Policy(id="x", rotation=RotationPolicy(min_share=0.0, max_share=0.0)).with_rules((), (rule,))
    plan = [Move("a1", Stage.PRIMARY, Subject.MATH, "A", moves)]
    report = check_plan(case, plan, profile)
    assert report.passed
    assert report.price == price
    assert [v.price for v in report.relaxed] == [price]


def test_an_unknown_distance_has_a_price() -> None:
    """No coordinates and no travel row: an unknown distance counts as 20 km beyond the limit, 5 each."""
    case = district(teacher("a1"), teacher("b1"), locks=(lock("a1", LockAction.TO, "C"),))
    case = case.model_copy(update={"travel": ()})
    repaired = plan_rotation(case, policy("R4", "R8", "R11"), repair=True)
    assert [(v.rule, v.unit, v.price) for v in repaired.violations] == [("R8", "moves", 100.0)]


def test_a_county_answers() -> None:
    """Thirty schools asked to move 90 % of the eligible: R5 and R6, by the same number of teachers."""
    overrides = {"rotation.min_share": 0.9, "rotation.max_share": 1}
    decision = plan_rotation(generate(30, seed=1), load_policy("national-2017", overrides))
    assert decision.status is Status.INFEASIBLE
    members = found(decision)
    assert set(members) == {"R5", "R6"}
    assert members["R5"] == members["R6"]
    assert decision.conflict is not None
    low = decision.conflict.members[1].required["low"]
    assert sum(row.possible for row in decision.conflict.capacity) + members["R6"][0]["teachers"] == low


def test_no_time_for_the_conflict_is_said() -> None:
    """The relaxation proves nothing in no time: status unknown and no conflict, never a guess."""
    decision = plan_rotation(generate(12, seed=1), limits=Limits(time_s=0.0))
    assert decision.status is Status.UNKNOWN
    assert decision.conflict is None


def test_rules_off_stay_off_in_a_repair() -> None:
    """A rule that was off is neither hard nor elastic in the relaxed profile; untouchable rules stay hard."""
    profile = Policy(id="x").with_rules(("R2", "R4", "R6", "R11"), ("R8",)).relaxed()
    assert profile.hard_rules == ("R1", "R2", "R11")
    assert profile.elastic_rules == ("R4", "R6", "R8")
    assert profile.rules.R9 == Mode.OFF
