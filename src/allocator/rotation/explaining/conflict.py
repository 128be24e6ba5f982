"""Why a condition cannot be met: a proof by two solvers, and a rule that forbids it by itself.

Rules that are rows of the model are tried one at a time, all others of their kind switched off. Leaving rules
out only allows more plans, so what is impossible then is impossible under all rules.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from allocator.domain.policy import Mode
from allocator.domain.run import Limits, StopSignal
from allocator.rotation.facts import Facts
from allocator.rotation.problem import Problem, build
from allocator.solving.core import core
from allocator.solving.levels import LevelSolver
from allocator.solving.second_opinion import proves_infeasible

ROW_RULES = ("R14", "R10", "R12", "R4", "R5", "R6", "R7", "R9")
"""Rules that are rows, those that most often forbid a single decision first.

R15 is never tried by itself: its excuses rest on other rules, so that without those it would be stricter.
"""

Impose = Callable[[Problem], None]
"""Adds a condition to a model."""


def impossible(facts: Facts, impose: Impose, limits: Limits, stop: StopSignal) -> bool:
    """Whether two solvers prove that no plan obeys the rules and a condition."""
    problem = build(facts)
    impose(problem)
    # Only the rules: the columns of later levels may have coefficients that are not whole.
    return _refuted(problem, limits, stop)


def conflicting_rule(facts: Facts, impose: Impose, limits: Limits, stop: StopSignal) -> str:
    """Find a rule that by itself forbids a condition; `""` if none does or the limit comes first."""
    for rule in ROW_RULES:
        if facts.policy.active(rule) and not stop.now:
            problem = _with_only(facts, rule)
            impose(problem)
            if _refuted(problem, limits, stop):
                return rule
    return ""


def _with_only(facts: Facts, rule: str) -> Problem:
    """The model with one rule of rows; who is a candidate for what stays as it is, but for R12."""
    others = {name: Mode.OFF for name in (*ROW_RULES, "R15") if name != rule}
    changed: dict[str, object] = {"rules": facts.policy.rules.model_copy(update=others)}
    if facts.policy.rotation.mechanism == "points":
        changed["rotation"] = facts.policy.rotation.model_copy(update={"mechanism": "levels"})
    return build(dataclasses.replace(facts, policy=facts.policy.model_copy(update=changed)))


def _refuted(problem: Problem, limits: Limits, stop: StopSignal) -> bool:
    """Whether both solvers find no solution; the second is shown the few rows that matter first."""
    solver = LevelSolver(problem.model, limits, stop, problem.polish)
    if not solver.solve(problem.objective("staffing")).infeasible:
        return False
    short = core(problem.model, limits, stop)
    if short is not problem.model and proves_infeasible(short, limits, stop):
        return True
    return proves_infeasible(problem.model, limits, stop)
