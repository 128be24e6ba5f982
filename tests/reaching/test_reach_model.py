"""The joint model: what is held is held, and its relaxation is near its optimum."""

from __future__ import annotations

import numpy as np
import pytest

from allocator import engine
from allocator.domain.run import Limits, StopSignal
from allocator.generation import generate
from allocator.indicators import derive_posts
from allocator.io.policies import load_policy
from allocator.reaching.model import ReachModel, extend
from allocator.reaching.needs import needs_of
from allocator.reaching.purses import monies
from allocator.reaching.solve import ReachSolver
from allocator.rotation.facts import facts
from allocator.rotation.problem import build
from allocator.solving.levels import LevelSolver


def joint_model(schools: int, seed: int) -> tuple[ReachModel, ReachSolver]:
    """The joint model of a generated district, and who solves it."""
    policy = load_policy("national-2017")
    town = generate(schools, seed=seed)
    town = town.model_copy(update={"posts": derive_posts(town, policy)})
    month, _ = engine.reference_date(town, policy)
    purses = monies(town, policy)
    model = extend(build(facts(town, policy, month)), needs_of(town, policy), purses, policy.funding.move_yuan)
    limits = Limits()
    return model, ReachSolver(model, purses, limits, StopSignal(limits), None)


@pytest.mark.parametrize("value", [0, 3])
def test_not_half_a_teacher_is_to_spare(value: int) -> None:
    """Two sections that lack a quarter of a teacher each beyond what is held break the model by a half."""
    joint, _ = joint_model(6, 0)
    joint.hold("missing", value)
    columns = joint.short[joint.short >= 0]
    x = np.zeros(joint.problem.model.columns)
    x[columns[:3]] = value / 3
    row = joint.problem.model.rows - 1 if value else None

    def breach() -> float:
        model = joint.problem.model
        if row is None:
            return float((x - model.upper)[columns].max())
        return float((model.matrix.times(x) - model.row_upper)[row])

    assert breach() <= 1e-9
    x[columns[3:5]] = 0.25
    assert breach() >= (0.5 if value else 0.25) - 1e-9


def test_the_relaxation_says_nearly_what_it_costs() -> None:
    """Twelve schools: the relaxation is within 1 % of the optimum; with half a teacher to spare it is not."""
    joint, solver = joint_model(12, 1)
    found = solver.solve(0, 0)
    goal = joint.objective("cost")
    relaxed = LevelSolver(joint.problem.model, Limits(), StopSignal(Limits()), joint.polish).relaxation.relax(
        goal.cost * goal.scale
    )
    value, _ = found.levels["cost"]
    assert goal.value(relaxed.x) >= 0.99 * value
