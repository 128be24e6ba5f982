"""The road from district to decision: agreement of the parts, limits, stops, honesty."""

from __future__ import annotations

import dataclasses
import threading
import time

import pytest

from allocator import engine
from allocator.api import Decision, check_plan, plan_rotation
from allocator.checking import check_rotation
from allocator.domain.choices import Backbone, Gender, SchoolKind, Stage, Subject
from allocator.domain.district import District
from allocator.domain.fields import Month
from allocator.domain.plan import Moves, Status
from allocator.domain.policy import Mode, Policy, RotationPolicy, RulesPolicy
from allocator.domain.records import DistrictInfo, Post, School, Teacher
from allocator.domain.run import Limits, Progress, StopSignal
from allocator.errors import InternalError
from allocator.generation import generate
from allocator.indicators import measure, staffing
from allocator.io.policies import load_policy, policy_ids

NATIONAL = load_policy("national-2017")


@pytest.fixture(scope="module")
def town() -> District:
    """Twenty schools, about 600 teachers."""
    return generate(20, seed=3)


@pytest.fixture(scope="module")
def decision(town: District) -> Decision:
    """The town's plan."""
    return plan_rotation(town)


def test_a_plan_is_proven_and_checked(decision: Decision) -> None:
    """Every level is within the wanted gap of its bound, and no rule is broken."""
    assert decision.status is Status.OPTIMAL
    assert [level.name for level in decision.levels] == ["staffing", "balance", "burden"]
    assert all(level.gap is not None and level.gap <= 1e-4 for level in decision.levels)
    assert decision.check is not None
    assert decision.check.passed
    assert decision.violations == ()


def test_final_values_stay_within_the_slack(decision: Decision) -> None:
    """A later level may worsen an earlier one by 0.1 %, and staffing, being whole, not at all here."""
    posts, balance, burden = decision.levels
    assert posts.final == posts.value
    assert balance.value <= balance.final <= balance.value * 1.001 + 1e-9
    assert burden.final == burden.value


def test_indicators_and_checker_agree(decision: Decision) -> None:
    """Two independent readings of the tables give the same balance, unfilled posts and derived posts."""
    assert decision.check is not None
    assert decision.before.balance == pytest.approx(decision.check.levels_before["balance"], rel=1e-9)
    assert decision.after.balance == pytest.approx(decision.check.levels["balance"], rel=1e-9)
    assert sum(row.unfilled_after for row in decision.staffing) == decision.check.levels["staffing"]
    assert sum(row.unfilled_before for row in decision.staffing) == decision.check.levels_before["staffing"]


@pytest.mark.parametrize("profile", policy_ids())
def test_checker_and_indicators_derive_the_same_posts(profile: str, town: District) -> None:
    """Posts derived from classes: the checker's loop of fractions and the indicators' matrix agree."""
    policy = load_policy(profile)
    bare = town.model_copy(update={"posts": ()})
    rows = staffing(bare, policy)
    report = check_rotation(bare, policy, (), Month.of(2026, 8))
    assert sum(row.unfilled_before for row in rows) == report.levels["staffing"]
    assert measure(bare, policy).balance == pytest.approx(report.levels["balance"], rel=1e-9)


@pytest.mark.parametrize("profile", policy_ids())
def test_every_profile_gives_a_checked_plan_or_a_proof(profile: str) -> None:
    """No profile ends in an error on an ordinary town."""
    result = plan_rotation(generate(14, seed=3), profile, limits=Limits(gap=0.01))
    if result.status is Status.INFEASIBLE:
        assert len(result.moves) == 0
    else:
        assert result.check is not None
        assert result.check.passed


def test_a_rejected_plan_stops_the_run(town: District, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the checker finds a breach, nothing is handed out."""

    def strict(district: District, policy: Policy, moves: Moves, month: Month, _approved: object) -> object:
        report = check_rotation(district, policy, moves, month)
        harsher = policy.model_copy(update={"rotation": policy.rotation.model_copy(update={"max_km": 0.001})})
        return dataclasses.replace(report, rules=check_rotation(district, harsher, moves, month).rules)

    monkeypatch.setattr(engine, "check_rotation", strict)
    with pytest.raises(InternalError, match="withheld"):
        plan_rotation(town)


def test_a_disagreement_stops_the_run(town: District, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the checker values a level otherwise than the model, nothing is handed out."""

    def generous(district: District, policy: Policy, moves: Moves, month: Month, _approved: object) -> object:
        report = check_rotation(district, policy, moves, month)
        return dataclasses.replace(report, levels={**report.levels, "staffing": 0})

    monkeypatch.setattr(engine, "check_rotation", generous)
    with pytest.raises(InternalError, match="disagree"):
        plan_rotation(town)


def test_no_time_no_plan(town: District) -> None:
    """A limit of 0 s ends without a plan and without a claim of infeasibility."""
    result = plan_rotation(town, limits=Limits(time_s=0.0))
    assert result.status is Status.UNKNOWN
    assert result.check is None


def test_a_stop_keeps_the_best_checked_plan() -> None:
    """Asked to stop once the first level is done, the run returns that level's plan, checked."""
    stop = StopSignal(Limits())

    def watch(event: Progress) -> None:
        if event.stage == "balance":
            stop.request()

    result = plan_rotation(generate(20, seed=3), stop=stop, progress=watch)
    assert result.status is Status.FEASIBLE
    assert result.check is not None
    assert result.check.passed
    assert result.levels[0].gap == 0.0
    assert result.levels[1].bound is None
    assert result.levels[1].gap is None


def test_a_stop_from_another_thread_ends_soon() -> None:
    """A request half a second into a large run ends it long before it would end by itself."""
    stop = StopSignal(Limits())
    threading.Timer(0.5, stop.request).start()
    began = time.monotonic()
    result = plan_rotation(generate(400, seed=1), stop=stop)
    assert result.status in (Status.FEASIBLE, Status.UNKNOWN)
    # Alone, the same run takes about a minute.
    assert time.monotonic() - began < 25


def test_progress_reports_levels_in_order(town: District) -> None:
    """Whoever watches hears of each level and of the check, with value, bound and gap at its end."""
    events: list[Progress] = []
    plan_rotation(town, progress=events.append)
    stages = list(dict.fromkeys(e.stage for e in events))
    assert stages == ["staffing", "balance", "burden", "check"]
    assert any(e.value is not None and e.bound is not None and e.gap is not None for e in events)


def test_the_reference_date(town: District) -> None:
    """The command's date wins, then the profile's, then August of the district's year, then a warned guess."""
    undated = town.model_copy(update={"info": DistrictInfo()})
    dated = NATIONAL.model_copy(update={"as_of": Month.of(2024, 1)})
    assert engine.reference_date(town, NATIONAL)[0] == Month.of(2026, 8)
    assert engine.reference_date(town, dated)[0] == Month.of(2024, 1)
    assert engine.reference_date(town, dated, Month.of(2025, 3))[0] == Month.of(2025, 3)
    month, warnings = engine.reference_date(undated, NATIONAL)
    assert month.month == 8
    assert [w.key for w in warnings] == ["year_unknown"]


def two_schools(**changes: object) -> District:
    """Two schools 1 km apart; school A has three maths teachers for two posts, B one for two."""
    place = {"kind": SchoolKind.PRIMARY, "lat": 39.0, "pupils_g1": 100}
    schools = (School(school_id="A", lon=117.0, **place), School(school_id="B", lon=117.01, **place))
    teachers = tuple(
        Teacher(
            teacher_id=f"T{i}",
            school_id=school,
            stage=Stage.PRIMARY,
            subject=Subject.MATH,
            gender=Gender.F,
            birth=Month.of(1985, 1),
            since=Month.of(2010 + i, 9),
            backbone=Backbone.COUNTY if i == 0 else Backbone.NONE,
        )
        for i, school in enumerate("AAAB")
    )
    posts = tuple(Post(school_id=s, stage=Stage.PRIMARY, subject=Subject.MATH, posts=2) for s in "AB")
    district = District(info=DistrictInfo(year=2026), schools=schools, teachers=teachers, posts=posts)
    return district.model_copy(update=changes)


LOOSE = Policy(id="loose", rules=RulesPolicy(R7=Mode.OFF))


def test_one_vacancy_is_filled_by_the_longest_serving() -> None:
    """A's surplus teacher fills B's post. The two plain teachers are alike: the longer serving, T1, goes."""
    result = plan_rotation(two_schools(), LOOSE)
    assert [(m.teacher_id, m.to_school_id) for m in result.moves] == [("T1", "B")]
    assert result.moves[0].reason[:2] == ("fills_post", "leaves_surplus")
    assert result.levels[0].before == 1
    assert result.levels[0].final == 0


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("nobody teaches", {"teachers": ()}),
        ("one school", {"schools": two_schools().schools[:1], "teachers": two_schools().teachers[:3]}),
        ("no posts", {"posts": ()}),
    ],
)
def test_hard_edges_end_in_a_plan_or_a_proof(name: str, changes: dict[str, object]) -> None:
    """Nothing to move is an empty plan if the quota is 0, and a proof of infeasibility otherwise."""
    if name == "one school":
        changes = {**changes, "posts": two_schools().posts[:1]}
    district = two_schools(**changes)
    result = plan_rotation(district, LOOSE)
    needed = len(district.teachers) > 0
    assert result.status is (Status.INFEASIBLE if needed else Status.OPTIMAL), name
    relaxed = LOOSE.model_copy(update={"rotation": RotationPolicy(min_share=0.0)})
    still = plan_rotation(district, relaxed)
    assert still.status is Status.OPTIMAL, name
    assert len(still.moves) == 0


def test_a_hand_made_plan_is_judged() -> None:
    """Moving both of A's plain teachers to B breaks R4, R5 and R6, each with its amount."""
    district = two_schools()
    moves = list(plan_rotation(district, LOOSE).moves)
    both = [*moves, dataclasses.replace(moves[0], teacher_id="T2")]
    report = check_plan(district, both, LOOSE)
    assert {v.rule for v in report.violations} == {"R5", "R6"}
