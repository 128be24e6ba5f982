"""Peers solve the same problem as we do, and the checker judges whatever they bring."""

from __future__ import annotations

import functools
from typing import Any

import pytest

from allocator.domain.plan import Decision
from allocator.domain.run import Limits
from allocator.engine import rotate
from allocator.rotation.facts import Facts
from benchmarks import ours
from benchmarks.judging import judged, staffed_facts
from benchmarks.peers import cbc, solvers, textbook, timefold

SEEDS = (1, 2, 3)


@functools.cache
def case(seed: int) -> tuple[Facts, Decision]:
    """Five schools, and our best plan for them."""
    facts = staffed_facts(5, seed)
    return facts, rotate(facts.district, facts.policy, limits=Limits(gap=0.0))


@pytest.mark.parametrize("seed", SEEDS)
def test_the_textbook_model_has_our_optimum(seed: int) -> None:
    """Either model with a rule too many or too few differs at some level on some seed."""
    facts, decision = case(seed)
    found = textbook.plan(facts, gap=0.0, limit_s=20.0)
    assert found["solved"]
    assert found["broken"] == []
    assert [v["value"] for v in found["levels"]] == pytest.approx([v.value for v in decision.levels], rel=1e-6)


@pytest.mark.parametrize("solver", ["highs", "cp-sat", "scip", "cbc"])
def test_plain_solvers_reach_our_values(solver: str) -> None:
    """They get the same program at every level, so they end within the gap of ours, with our rules kept."""
    if solver == "cbc" and cbc.missing():
        pytest.skip(cbc.missing())
    before = ours.run(5, 1, 1e-4, None)
    found = solvers.run(5, 1, solver, 20.0, before)
    assert [v["broken"] for v in found["levels"]] == [[], [], []]
    for mine, theirs in zip(before["levels"], found["levels"], strict=True):
        assert theirs["value"] == pytest.approx(mine["value"], rel=2e-3)
        assert theirs["bound"] == pytest.approx(mine["value"], rel=2e-3)
        assert theirs["0.1%"] is not None


def test_a_plan_that_breaks_rules_is_told() -> None:
    """The empty plan moves fewer than the tenth that R6 asks for; half a plan too."""
    facts, decision = case(1)
    assert judged(facts, decision.moves)["broken"] == []
    assert judged(facts, ())["broken"] == ["R6"]
    assert "R6" in judged(facts, decision.moves[:2])["broken"]


def answer_of(problem: dict[str, Any], facts: Facts, decision: Decision) -> list[int]:
    """Our plan as Timefold would answer: each teacher's section."""
    to = {m.teacher_id: facts.section_number[m.to_school_id, m.stage] for m in decision.moves}
    ids = [facts.district.teachers[row["index"]].teacher_id for row in problem["teachers"]]
    return [to.get(t, row["home"]) for t, row in zip(ids, problem["teachers"], strict=True)]


@pytest.mark.parametrize("seed", SEEDS)
def test_timefold_answers_become_moves(seed: int) -> None:
    """There and back gives the checker's levels of our own plan."""
    facts, decision = case(seed)
    problem = timefold.problem_of(facts)
    answer = answer_of(problem, facts, decision)
    assert all(to in row["options"] for to, row in zip(answer, problem["teachers"], strict=True))
    verdict = judged(facts, timefold.moves_of(facts, problem, answer))
    assert decision.check is not None
    assert verdict["values"] == pytest.approx(dict(decision.check.levels))
    assert verdict["broken"] == []


@pytest.mark.parametrize("seed", SEEDS)
def test_timefold_is_given_our_objective(seed: int) -> None:
    """Added up from the numbers that Timefold gets, the levels are the checker's."""
    facts, decision = case(seed)
    problem = timefold.problem_of(facts)
    answer = answer_of(problem, facts, decision)
    assert decision.check is not None
    levels = decision.check.levels
    rows = list(zip(answer, problem["teachers"], strict=True))
    sections = problem["sections"]
    metres = sum(
        sections[row["home"]]["metres"][to] + (-row["wishes"][to] if to in row["wishes"] else row["unwished"])
        for to, row in rows
        if to != row["home"]
    )
    assert metres / 1000 == pytest.approx(levels["burden"])
    unfilled, spread = 0, 0
    for i, section in enumerate(sections):
        here = [row for to, row in rows if to == i]
        for j, posts in enumerate(section["posts"]):
            after = section["base"][j] + sum(row["subject"] == j for row in here)
            unfilled += max(0, posts - after)
            assert section["least"][j] <= after <= section["most"][j]
        for kind, flag in enumerate(("degree", "backbone", "arts")):
            after = section["flag_base"][kind] + sum(row[flag] for row in here)
            spread += section["spread_weight"][kind] * after**2
    assert unfilled == levels["staffing"]
    # Six squares of CV, each one less than its weighted sum.
    parts = sum(
        bool(flag[facts.section_stage[facts.section] == s].any()) for s in (0, 1) for flag in flags_of(facts)
    )
    assert spread / timefold.SPREAD - parts == pytest.approx(levels["balance"], abs=1e-6)


def flags_of(facts: Facts) -> tuple[Any, Any, Any]:
    """Who counts in I1, I2, I3."""
    return facts.degree, facts.backbone, facts.arts_subject[facts.subject]
