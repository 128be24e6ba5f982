"""Roll-outs: the state each year leaves behind, what the whole must reach, bounds that hold for every one."""

from __future__ import annotations

import dataclasses
import itertools

import pytest

from allocator.campaign import rollout
from allocator.checking.rollout import Service, State, advance, check_rollout, eligible_now, first_state
from allocator.domain.choices import Backbone, Degree, Gender, LockAction, Role, SchoolKind, Stage, Subject
from allocator.domain.district import District
from allocator.domain.fields import Month
from allocator.domain.plan import Move, Status
from allocator.domain.policy import Mode, Policy
from allocator.domain.records import DistrictInfo, Lock, Post, School, Teacher, Wish
from allocator.domain.run import Limits
from allocator.domain.several import Rollout, RolloutTerms
from allocator.errors import UsageError
from allocator.generation import generate
from allocator.io.policies import load_policy
from tests.rotation.small import AS_OF, small_district, small_policy
from tests.several.every_plan import legal_plans

NATIONAL = load_policy("national-2017")
LIMITS = Limits(gap=0.01)


def _teacher(code: str, school: str, **facts: object) -> Teacher:
    values: dict[str, object] = {
        "teacher_id": code,
        "school_id": school,
        "stage": "primary",
        "subject": Subject.MATH,
        "gender": Gender.F,
        "birth": Month.of(1985, 1),
        "since": Month.of(2015, 9),
        "degree": Degree.BACHELOR,
        "backbone": Backbone.NONE,
    }
    return Teacher.model_validate(values | facts)


def _tiny(**tables: object) -> District:
    """Three schools on one road, 2 km apart; one teacher each of several kinds at S0."""
    schools = tuple(
        School(school_id=f"S{i}", kind=SchoolKind.PRIMARY, lon=117 + 0.023 * i, lat=39.0, pupils_g1=100)
        for i in range(3)
    )
    teachers = (
        _teacher("A", "S0"),
        _teacher("V", "S0", since=Month.of(2025, 9), volunteer=True),
        _teacher("P", "S0", role=Role.PRINCIPAL, terms=2),
        _teacher("Z", "S0", second_subject=Subject.ART),
    )
    return District.model_validate(
        {"info": DistrictInfo(name="县", year=2026), "schools": schools, "teachers": teachers} | tables
    )


def _move(code: str, to: str, origin: str = "S0", subject: Subject = Subject.MATH) -> Move:
    return Move(code, Stage.PRIMARY, subject, origin, to)


TERMS = RolloutTerms(years=5, term_years=2, returns=True)


def test_a_year_passes() -> None:
    """Movers: new school, since the reference month, in term exempt, no longer volunteers, terms 0, the second
    subject taken up. Others: untouched. Without the reset of `since` A would be eligible again at once."""
    moves = (_move("A", "S1"), _move("V", "S2"), _move("P", "S1"), _move("Z", "S1", subject=Subject.ART))
    state = advance(first_state(_tiny(), AS_OF), moves, TERMS)
    assert state.as_of == Month.of(2027, 8)
    assert state.district.info.year == 2027
    a, v, p, z = (state.district.teacher_by_id[t] for t in "AVPZ")
    assert (a.school_id, a.since, a.exempt) == ("S1", AS_OF, True)
    assert (v.school_id, v.volunteer, v.exempt) == ("S2", False, True)
    assert (p.school_id, p.terms) == ("S1", 0)
    assert (z.subject, z.second_subject) == (Subject.ART, Subject.MATH)
    assert eligible_now(state.district, NATIONAL, state.as_of) == frozenset()


def test_who_stays_is_untouched_and_ages_by_date() -> None:
    """Nobody moves: the same teachers; A, born 1985-01, turns too old on the month that the calendar says."""
    state: State = first_state(_tiny(), AS_OF)
    for _ in range(20):
        state = advance(state, (), TERMS)
    assert state.district.teachers == _tiny().teachers
    # Retires at 55 and 36 months, 2043-01; more than five years before that until 2037-08, not in 2038-08.
    assert "A" in eligible_now(state.district, NATIONAL, Month.of(2037, 8))
    assert "A" not in eligible_now(state.district, NATIONAL, Month.of(2038, 8))


def test_the_way_back_opens_when_the_term_ends_and_closes_after_a_return() -> None:
    """Term 2 years: in 2027 exempt, in 2028 a volunteer for S0 only; back in 2028, no wish remains in 2030."""
    state = advance(first_state(_tiny(), AS_OF), (_move("A", "S1"),), TERMS)
    assert not state.may_return("A", TERMS)
    state = advance(state, (), TERMS)
    assert state.may_return("A", TERMS)
    assert not state.may_return("A", dataclasses.replace(TERMS, returns=False))
    a = state.district.teacher_by_id["A"]
    assert (a.exempt, a.volunteer) == (False, True)
    assert state.district.wishes == (Wish(teacher_id="A", rank=1, school_id="S0"),)
    assert state.district.locks == (Lock(teacher_id="A", action=LockAction.NOT_TO, school_id="S2"),)
    state = advance(state, (_move("A", "S0", "S1"),), TERMS)
    assert state.services["A"] == Service(None, Month.of(2028, 8))
    state = advance(advance(state, (), TERMS), (), TERMS)
    assert not state.may_return("A", TERMS)
    assert state.district.wishes == ()


def test_locks_and_wishes_over_the_years() -> None:
    """`move` and `to` hold once, `stay` and `not_to` for ever; the wishes of movers end."""
    locks = (
        Lock(teacher_id="A", action=LockAction.TO, school_id="S1"),
        Lock(teacher_id="P", action=LockAction.STAY),
        Lock(teacher_id="Z", action=LockAction.NOT_TO, school_id="S2"),
    )
    wishes = tuple(Wish(teacher_id=t, rank=1, school_id="S1") for t in ("A", "Z"))
    state = advance(first_state(_tiny(locks=locks, wishes=wishes), AS_OF), (_move("A", "S1"),), TERMS)
    assert state.district.locks == locks[1:]
    assert state.district.wishes == wishes[1:]


def test_the_whole_is_judged_from_the_moves() -> None:
    """Share 1 of a cohort of four (A, V, P, Z): moved twice within the term of 2, A is named,
    1 of 4 is reached, and the second move breaks R2 besides; with a term of 1 only the target is missed."""
    plans = [(_move("A", "S1"),), (_move("A", "S2", "S1"),)]
    terms = RolloutTerms(years=2, term_years=2)
    report = check_rollout(_tiny(), [NATIONAL, NATIONAL], plans, AS_OF, terms)
    assert (report.cohort, report.target, report.reached) == (4, 4, 1)
    assert [(v.rule, v.subject, v.amount) for v in report.violations] == [("T1", "plan", 3), ("T2", "A", 1)]
    assert "R2" in {v.rule for v in report.years[1].report.violations}
    once = check_rollout(_tiny(), [NATIONAL, NATIONAL], plans, AS_OF, dataclasses.replace(terms, term_years=1))
    assert [v.rule for v in once.violations] == ["T1"]
    assert not once.passed
    for violation in report.violations:
        assert violation.text("zh")
        assert violation.text("en")


def test_a_deadline_names_who_is_late() -> None:
    """A, P and Z came in 2015-09: by 2026-08 that is 10 years and 11 months, late for 10 years, not for 11."""
    for limit, late in ((10, ["A", "P", "Z"]), (11, [])):
        terms = RolloutTerms(years=2, target_share=0, max_tenure_years=limit)
        report = check_rollout(_tiny(), [NATIONAL], [()], AS_OF, terms)
        assert [v.subject for v in report.violations if v.rule == "T3"] == late
        assert report.years[0].overdue == len(late)


def test_a_plan_of_bad_form_is_judged_not_crashed_on() -> None:
    """Unknown schools and teachers are breaches of R1; the state of the next year ignores them."""
    plans = [(_move("A", "S9"), _move("X", "S1")), ()]
    report = check_rollout(_tiny(), [NATIONAL, NATIONAL], plans, AS_OF, RolloutTerms(years=2))
    assert {v.rule for v in report.years[0].report.violations} >= {"R1"}


@pytest.fixture(scope="module")
def town() -> District:
    """Eight schools, about 230 teachers."""
    return generate(8, seed=5)


@pytest.fixture(scope="module")
def all_within_three_years(town: District) -> Rollout:
    """Everybody within three years, without R7, which the town has too few backbone teachers for."""
    policy = load_policy("national-2017", ["rules.R7=off"])
    return rollout(town, policy, limits=LIMITS)


def _invariants(result: Rollout, district: District) -> None:
    """What must hold of every roll-out, recounted from its moves alone."""
    report = result.report
    assert report is not None
    last: dict[str, int] = {}
    for k, (year, count) in enumerate(zip(result.years, report.years, strict=True)):
        assert count.report.passed
        assert year.missing_bound is None or year.missing_bound <= year.missing
        for move in year.decision.moves:
            assert move.year == year.as_of.year == 2026 + k
            assert k - last.get(move.teacher_id, -99) >= result.terms.term_years
            last[move.teacher_id] = k
    cohort = eligible_now(district, result.policy, result.years[0].as_of)
    assert report.reached == len(cohort & last.keys())
    if result.bounds.reach is not None:
        assert report.reached <= result.bounds.reach
    final = report.years[-1].report.levels
    if result.bounds.staffing is not None and result.bounds.balance is not None:
        assert final["staffing"] >= result.bounds.staffing
        assert final["balance"] >= result.bounds.balance - 1e-9


def test_every_eligible_teacher_within_three_years(all_within_three_years: Rollout, town: District) -> None:
    """The target is reached, or as near to it as the proven bound says that one can come."""
    _invariants(all_within_three_years, town)
    report, reach = all_within_three_years.report, all_within_three_years.bounds.reach
    assert report is not None
    assert reach is not None
    assert report.reached >= 0.9 * min(report.target, reach)
    moved = [year.cohort_moved for year in report.years]
    assert max(moved) <= 2 * max(1, min(moved))


def test_years_follow_from_each_other(all_within_three_years: Rollout) -> None:
    """Each year begins with the values that the year before ended with."""
    years = all_within_three_years.years
    for before, after in itertools.pairwise(years):
        assert before.decision.check is not None
        assert after.decision.check is not None
        for name in ("staffing", "balance"):
            ended = before.decision.check.levels[name]
            assert after.decision.check.levels_before[name] == pytest.approx(ended, rel=1e-9)


def test_a_share_is_reached_with_the_rules_own_quota(town: District) -> None:
    """30 % in three years needs 10 % a year: no upper share is raised, and the target is met."""
    result = rollout(town, terms=RolloutTerms(years=3, target_share=0.3), limits=LIMITS)
    _invariants(result, town)
    assert result.report is not None
    assert result.report.passed
    assert all(year.decision.policy.rotation.max_share == 0.15 for year in result.years)


def test_returns_and_new_eligibility(town: District) -> None:
    """Five years, term 2: somebody returns, only to the former school; somebody not eligible at the start
    moves; for the horizon nothing is claimed."""
    terms = RolloutTerms(years=5, target_share=0.5, term_years=2, returns=True)
    result = rollout(town, terms=terms, limits=LIMITS)
    _invariants(result, town)
    assert result.report is not None
    assert sum(year.returned for year in result.report.years) > 0
    homes = {t.teacher_id: t.school_id for t in town.teachers}
    moved: set[str] = set()
    for year in result.years:
        again = [m for m in year.decision.moves if m.teacher_id in moved]
        assert all(m.to_school_id == homes[m.teacher_id] for m in again if m.teacher_id in homes)
        moved |= {m.teacher_id for m in year.decision.moves}
    assert moved - eligible_now(town, NATIONAL, AS_OF)
    assert result.bounds.reach is None


def test_a_deadline_is_kept_where_the_rules_allow(town: District) -> None:
    """With a deadline the longest serving go in time; without, some of them stay for good."""
    loose = rollout(town, terms=RolloutTerms(years=2, target_share=0), limits=LIMITS)
    kept = rollout(town, terms=RolloutTerms(years=2, target_share=0, max_tenure_years=16), limits=LIMITS)
    assert loose.report is not None
    assert kept.report is not None
    late = check_rollout(
        town,
        [year.decision.policy for year in loose.years],
        [year.decision.moves for year in loose.years],
        AS_OF,
        kept.terms,
    )
    assert len(kept.report.violations) < len(late.violations)
    assert len(kept.report.violations) <= kept.years[-1].missing


def _small_case(seed: int) -> tuple[District, Policy]:
    """A small district whose teachers' tenure outlasts two years, with R6 as the roll-out may raise it."""
    district, policy = small_district(seed), small_policy(seed)
    few = tuple(t if k < 4 else t.model_copy(update={"exempt": True}) for k, t in enumerate(district.teachers))
    rotation = policy.rotation.model_copy(update={"max_share": 1.0})
    return district.model_copy(update={"teachers": few}), policy.model_copy(update={"rotation": rotation})


@pytest.mark.parametrize("seed", range(16))
def test_no_roll_out_of_two_years_exceeds_the_bounds(seed: int) -> None:
    """Every pair of legal plans is tried: a bound that is too tight is broken by one of them."""
    district, policy = _small_case(seed)
    terms = RolloutTerms(years=2)
    cohort = eligible_now(district, policy, AS_OF)
    reach, posts, balance = -1, float("inf"), float("inf")
    for first in legal_plans(district, policy):
        state = advance(first_state(district, AS_OF), first.moves, terms)
        for second in legal_plans(state.district, policy, state.as_of):
            moved = {m.teacher_id for m in (*first.moves, *second.moves)}
            reach = max(reach, len(moved & cohort))
            posts = min(posts, second.levels["staffing"])
            balance = min(balance, second.levels["balance"])
    result = rollout(district, policy, terms=terms, as_of=AS_OF, limits=Limits(gap=0.0))
    bounds = result.bounds
    if bounds.reach is not None and bounds.staffing is not None and bounds.balance is not None:
        assert reach <= bounds.reach
        assert posts >= bounds.staffing
        assert balance >= bounds.balance - 1e-9
    if result.report is None:
        assert result.years[-1].decision.status is Status.INFEASIBLE
    else:
        assert result.report.reached <= reach
        assert all(year.report.passed for year in result.report.years)


def test_a_year_without_a_plan_ends_the_roll_out() -> None:
    """A quota that R5 forbids: one year, infeasible, no verdict on the whole."""
    policy = NATIONAL.model_copy(
        update={"rotation": NATIONAL.rotation.model_copy(update={"min_share": 1.0, "max_share": 1.0})}
    )
    result = rollout(_tiny(), policy, as_of=AS_OF)
    assert len(result.years) == 1
    assert result.years[0].decision.status is Status.INFEASIBLE
    assert result.report is None


def test_demands_do_not_bind_where_nothing_is_asked() -> None:
    """A share of 0 asks for nothing: the first year is the ordinary plan of that year."""
    from allocator.api import plan_rotation  # noqa: PLC0415  only here

    district = generate(6, seed=2)
    alone = plan_rotation(district, limits=LIMITS)
    result = rollout(district, terms=RolloutTerms(years=2, target_share=0), limits=LIMITS)
    assert [level.value for level in result.years[0].decision.levels] == [level.value for level in alone.levels]


@pytest.mark.parametrize(
    "wrong", [{"years": 1}, {"years": 6}, {"target_share": 1.5}, {"term_years": 0}, {"max_tenure_years": -1}]
)
def test_wrong_terms_are_refused(wrong: dict[str, float]) -> None:
    """Nothing is planned with terms out of range."""
    with pytest.raises(UsageError, match="must lie between"):
        RolloutTerms(**wrong)  # type: ignore[arg-type]  # wrong on purpose


def test_r2_must_be_on() -> None:
    """Without eligibility there is no cohort to speak of."""
    policy = NATIONAL.model_copy(update={"rules": NATIONAL.rules.model_copy(update={"R2": Mode.OFF})})
    with pytest.raises(UsageError, match="R2"):
        rollout(_tiny(), policy, as_of=AS_OF)


def _posts(*counts: int) -> tuple[Post, ...]:
    return tuple(
        Post(school_id=f"S{i}", stage=Stage.PRIMARY, subject=Subject.MATH, posts=n)
        for i, n in enumerate(counts)
    )


def test_tiny_has_posts_enough_to_be_planned() -> None:
    """Four teachers at S0, posts 2, 1, 1: by hand, two go in the first year and every post is filled."""
    relaxed = load_policy(
        "national-2017", ["rotation.min_share=0", "rotation.max_share=1", "rules.R7=off", "rules.R5=off"]
    )
    district = _tiny(posts=_posts(2, 1, 1))
    result = rollout(district, relaxed, terms=RolloutTerms(years=2, target_share=0.5), as_of=AS_OF)
    assert result.report is not None
    assert result.report.passed
    assert result.report.years[0].report.levels["staffing"] == 0
