"""The lexicographic levels of a rotation plan, each with its proven bound."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from allocator.domain.plan import Moves
from allocator.domain.run import Limits, Progress, ProgressSink, StopSignal
from allocator.rotation.facts import Facts
from allocator.rotation.plan import moves_of
from allocator.rotation.problem import Problem, build
from allocator.rotation.repair import ElasticProblem, elastic
from allocator.rotation.sharpening import cheapest, settle
from allocator.solving.levels import LevelSolver, Solved
from allocator.solving.model import Floats
from allocator.solving.second_opinion import proves_infeasible


@dataclass(frozen=True)
class LevelOutcome:
    """One level after solving: the best plan for it, what the model thinks it is worth, and the bound.

    `bound` is None if the limit came first.
    """

    name: str
    moves: Moves
    value: float
    bound: float | None
    integral: bool
    seconds: float


@dataclass(frozen=True)
class Outcome:
    """End of a rotation run.

    `moves` is the plan of the last level that has one, None if there is none at all; `infeasible` is a
    proof that there cannot be one.
    """

    moves: Moves | None
    levels: tuple[LevelOutcome, ...] = ()
    infeasible: bool = False
    seconds: dict[str, float] = field(default_factory=dict)


def solve(facts: Facts, limits: Limits, stop: StopSignal, progress: ProgressSink | None = None) -> Outcome:
    """Plan a rotation: build the model, then optimise level after level within the slack of those before.

    Where rules are elastic, the first level is `breaches`: the price of breaking them, kept without slack.
    """
    began = stop.seconds
    problem = build(facts)
    # The hard rules alone: what "infeasible" is proven on, however many columns come to the model later.
    rules = replace(problem.model)
    if facts.policy.elastic_rules:
        problem = elastic(problem)
    solver = LevelSolver(problem.model, limits, stop, problem.polish, progress)
    seconds = {"build": stop.seconds - began}
    plan: Floats | None = None
    levels: list[LevelOutcome] = []
    for name in level_names(facts):
        began = stop.seconds
        objective = problem.objective(name)
        plan = problem.extended(plan)
        solved = _decided(problem, name, limits, stop) or solver.solve(objective, plan)
        seconds[name] = stop.seconds - began
        # A later level always has the plan of the one before.
        best = plan if solved.x is None else solved.x
        if best is None:
            proven = solved.infeasible and proves_infeasible(rules, limits, stop)
            return Outcome(None, (), proven, seconds)
        plan = best
        value = objective.value(plan)
        levels.append(
            LevelOutcome(name, moves_of(problem, plan), value, solved.bound, solved.integral, seconds[name])
        )
        if progress is not None:
            # What came of the level: the solver's last report may be of a relaxation on the way.
            gap = None if solved.bound is None else abs(value - solved.bound) / max(abs(value), objective.unit)
            progress(Progress(name, stop.seconds, value, solved.bound, gap))
        problem.limit(objective, value)
        if isinstance(problem, ElasticProblem) and name == "breaches":
            settle(problem, plan, limits, stop)
    return Outcome(levels[-1].moves, tuple(levels), seconds=seconds)


def level_names(facts: Facts) -> tuple[str, ...]:
    """Levels in their order; the price of breaches comes first, then the fewest changed decisions."""
    price = ("breaches",) if facts.policy.elastic_rules else ()
    first = () if facts.approved is None else ("changes",)
    return (*price, *first, *facts.policy.objective.levels)


def _decided(problem: Problem, level: str, limits: Limits, stop: StopSignal) -> Solved | None:
    """Solve the level of breaches where deciding the quotas is enough; None elsewhere."""
    if isinstance(problem, ElasticProblem) and level == "breaches":
        return cheapest(problem, limits, stop)
    return None


def describe(problem: Problem) -> dict[str, int]:
    """Size of a model: teachers' classes, move columns, columns and rows in all."""
    return {
        "classes": len(problem.groups.size),
        "moves": len(problem.moves),
        "columns": problem.model.columns,
        "rows": problem.model.rows,
    }
