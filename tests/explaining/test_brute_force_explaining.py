"""Explanations say what trying every plan says, with the decision in question forced or forbidden."""

from __future__ import annotations

import dataclasses
import random
from functools import cache

import numpy as np
import pytest

from allocator.checking import check_rotation
from allocator.domain.district import District
from allocator.domain.explanation import Consequence
from allocator.domain.plan import Move, Status
from allocator.domain.policy import Policy
from allocator.domain.run import Limits
from allocator.engine import rotate
from allocator.explaining import Explainer, sentences
from allocator.rotation.candidates import movable
from allocator.rotation.explaining.barriers import barriers
from allocator.rotation.explaining.relaxations import relaxations
from allocator.rotation.facts import Facts, facts
from allocator.rotation.problem import build
from allocator.rotation.rules import quota_limits
from tests.rotation.enumerated_facts import Mask
from tests.rotation.enumeration import EveryPlan
from tests.rotation.small import AS_OF, every_plan, small_district, small_policy

EXACT = Limits(gap=0.0)
SEEDS = range(16)


def drawn_policy(seed: int) -> Policy:
    """A policy at random, every third with another mechanism for wishes."""
    policy = small_policy(seed)
    mechanism = ("levels", "points", "status_quo")[seed % 3]
    return policy.model_copy(update={"rotation": policy.rotation.model_copy(update={"mechanism": mechanism})})


def with_points(district: District, seed: int) -> District:
    """The district with points for its teachers, so that R15 has something to compare."""
    draw = random.Random(f"points {seed}")
    teachers = tuple(
        t.model_copy(update={"points": draw.choice((10.0, 20.0, None))}) for t in district.teachers
    )
    return district.model_copy(update={"teachers": teachers})


@cache
def case(seed: int) -> tuple[Explainer, EveryPlan] | None:
    """A planned district and all its plans; None where there is no plan."""
    district, policy = with_points(small_district(seed), seed), drawn_policy(seed)
    plans = every_plan(district, policy)
    if not plans.legal.any():
        return None
    decision = rotate(district, policy, as_of=AS_OF, limits=EXACT)
    return Explainer(district, policy, decision.moves, as_of=AS_OF, limits=EXACT), plans


def agrees(found: Consequence, plans: EveryPlan, allowed: Mask, explainer: Explainer) -> None:
    """The consequence is the best of the plans that keep the decision, bounds closed; or a proof of none."""
    best = plans.best_of(plans.legal & allowed)
    if best is None:
        assert found.status is Status.INFEASIBLE
        assert found.moves is None
        return
    assert [level.value for level in found.levels] == pytest.approx(best, rel=1e-7, abs=1e-7)
    for level, base in zip(found.levels, explainer.base, strict=True):
        assert level.change == pytest.approx(level.value - base.value)
        assert level.least == pytest.approx(level.change, abs=1e-5)
        assert level.most == pytest.approx(level.change, abs=1e-5)


@pytest.mark.parametrize("seed", SEEDS)
def test_why_and_why_not_equal_brute_force(seed: int) -> None:
    """Every teacher to every school, and every mover staying: a wrong delta or a wrong refusal fails here."""
    known = case(seed)
    if known is None:
        return
    explainer, plans = known
    for teacher in explainer.district.teachers[:6]:
        code = teacher.teacher_id
        why = explainer.why(code)
        stays = why.move is not None
        allowed = plans.goes_to(code, teacher.school_id) == stays
        if why.otherwise is not None:
            agrees(why.otherwise, plans, allowed, explainer)
        else:
            assert not (plans.legal & allowed).any()
        for school in explainer.district.schools:
            found = explainer.why_not(code, school.school_id)
            there = plans.goes_to(code, school.school_id) & (school.school_id != teacher.school_id)
            if found.barriers:
                assert not (plans.legal & there).any()
            else:
                assert found.forced is not None
                agrees(found.forced, plans, there, explainer)
            for lang in ("zh", "en"):
                assert all(sentences(found, explainer.district, lang))
                assert all(sentences(why, explainer.district, lang))


@pytest.mark.parametrize("seed", SEEDS)
def test_replacements_equal_brute_force(seed: int) -> None:
    """The one stays, the other goes, those alike who went there still go: the best of such plans."""
    known = case(seed)
    if known is None:
        return
    explainer, plans = known
    for move in explainer.moves:
        found = explainer.who_else(move.teacher_id)
        staying = plans.goes_to(move.teacher_id, move.from_school_id)
        agrees(found.floor, plans, staying, explainer)
        floor = [level.value for level in found.floor.levels]
        for one in found.replacements:
            alike = explainer.why(one.teacher_id).read_off.alike
            keep = {
                m.teacher_id
                for m in explainer.moves
                if m.teacher_id in alike
                and m.teacher_id != move.teacher_id
                and m.to_school_id == move.to_school_id
            }
            there = {one.teacher_id, *keep}
            goes = [plans.goes_to(t, move.to_school_id) for t in there]
            agrees(one.replanned, plans, np.all([staying, *goes], axis=0), explainer)
            if one.replanned.levels:
                assert one.replanned.levels[0].value >= floor[0] - 1e-7
            if one.exchange is not None:
                rest = [m for m in explainer.moves if m.teacher_id not in (move.teacher_id, one.teacher_id)]
                swapped = [
                    *rest,
                    dataclasses.replace(
                        move, teacher_id=one.teacher_id, from_school_id=one.school_id, distance_km=None
                    ),
                ]
                report = check_rotation(explainer.original, explainer.policy, swapped, AS_OF)
                assert report.passed
                for name, change in one.exchange.items():
                    difference = report.levels[name] - explainer.check.levels[name]
                    assert change == pytest.approx(difference, abs=1e-7)


@pytest.mark.parametrize("seed", SEEDS)
def test_prices_equal_brute_force_under_the_changed_policy(seed: int) -> None:
    """One step of each rule: the gain is that of trying every plan under the profile that --set makes."""
    known = case(seed)
    if known is None:
        return
    explainer, _ = known
    prices = explainer.prices()
    steps = relaxations(explainer.facts, len(explainer.moves))
    assert [p.path for p in prices] == [s.path for s in steps]
    for price, step in zip(prices, steps, strict=True):
        best = every_plan(explainer.original, step.of(explainer.policy)).best()
        assert best is not None
        values = [level.value for level in price.consequence.levels]
        assert values == pytest.approx(best, rel=1e-7, abs=1e-7)
        assert price.consequence.levels[0].change <= 1e-9
        assert all(sentences(price, explainer.district, "zh"))


@pytest.mark.parametrize("seed", range(30))
def test_barriers_are_the_checkers_verdict_and_the_models_columns(seed: int) -> None:
    """Rules that forbid a single move are those the checker names; without one the model has the column."""
    district, policy = small_district(seed), drawn_policy(seed)
    known = facts(district, policy, AS_OF)
    problem = build(known, aggregate=False)
    columns = {
        (int(problem.groups.of_teacher[t]), int(to)): True
        for t in range(len(district.teachers))
        for to in problem.moves.to[problem.moves.cls == problem.groups.of_teacher[t]]
        if problem.groups.of_teacher[t] >= 0
    }
    for t, teacher in enumerate(district.teachers):
        for s, school in enumerate(district.schools):
            found = {b.rule for b in barriers(known, t, s)}
            assert found == _judged(known, t, school.school_id)
            section = known.section_number.get((school.school_id, teacher.stage), -1)
            assert ((int(problem.groups.of_teacher[t]), section) in columns) == (not found)


def _judged(known: Facts, t: int, school_id: str) -> set[str]:
    """Rules about the one move that the checker finds broken in the plan of this move alone."""
    district, policy, teacher = known.district, known.policy, known.district.teachers[t]
    subjects = [teacher.subject]
    if policy.rotation.second_subject and teacher.second_subject is not None:
        subjects.append(teacher.second_subject)
    verdicts = []
    for subject in subjects:
        move = Move(teacher.teacher_id, teacher.stage, subject, teacher.school_id, school_id)
        report = check_rotation(district, policy, [move], AS_OF)
        broken = {
            v.rule
            for v in report.violations
            if v.rule in {"R1", "R2", "R3", "R8", "R11", "R13", "R16"} and v.subject == teacher.teacher_id
        }
        fixed = {x.teacher_id for i, x in enumerate(district.teachers) if not movable(known)[i]}
        pairs = [v.subject.split(";") for v in report.violations if v.rule == "R12"]
        if any(teacher.teacher_id in pair and fixed & (set(pair) - {teacher.teacher_id}) for pair in pairs):
            broken.add("R12")
        verdicts.append(broken)
    # R1 stops all else; of two subjects the better one counts.
    best = min(verdicts, key=len)
    return {"R1"} if "R1" in best else best


@pytest.mark.parametrize("seed", SEEDS)
def test_one_step_is_one_teacher(seed: int) -> None:
    """The quotas of the relaxed profile differ by exactly one teacher; a rounding of shares would show here."""
    known = facts(small_district(seed), small_policy(seed), AS_OF)
    least, most = quota_limits(known)
    for step in relaxations(known, 4):
        relaxed = quota_limits(dataclasses.replace(known, policy=step.of(known.policy)))
        if step.key == "step_R6_min":
            assert relaxed[0] == least - 1
        elif step.key == "step_R6_max":
            assert relaxed == (least, most + 1)
