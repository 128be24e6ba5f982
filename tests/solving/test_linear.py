"""Models from arrays, bounds from duals, and the solvers behind them."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import highspy
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from allocator.domain.run import Limits, StopSignal
from allocator.errors import InternalError
from allocator.solving.highs import Highs, Outcome, restricted
from allocator.solving.levels import LevelSolver, Objective
from allocator.solving.model import INFINITY, Entries, Floats, LinearModel, dual_bound
from allocator.solving.second_opinion import proves_infeasible

LIMITS = Limits(gap=0.0)


def probe() -> LinearModel:
    """max z + w with z in {0..3}, w <= 3.5, z + w <= 5.2: 5.2, which HiGHS 1.14.0 gave as 4.5."""
    model = LinearModel()
    (z,) = model.add_columns(0.0, np.array([3.0]), integer=True)
    (w,) = model.add_columns(0.0, np.array([3.5]))
    model.add_row(-INFINITY, 5.2, np.array([z, w]), 1.0)
    return model


def test_the_probe_that_one_solver_version_failed() -> None:
    """Both integer values 2 and 3 of z reach 5.2; a broken solver says 4.5."""
    found = Highs(probe(), LIMITS, StopSignal(LIMITS)).integers(np.array([-1.0, -1.0]))
    assert found.x is not None
    assert found.x.sum() == pytest.approx(5.2)
    assert found.bound == pytest.approx(-5.2)


@pytest.mark.parametrize(
    "order", ["highspy, ortools.sat.python.cp_model", "ortools.sat.python.cp_model, highspy"]
)
def test_both_solvers_live_in_one_process(order: str) -> None:
    """highspy 1.15 cannot be imported beside ortools; this fails then."""
    code = f"import {order}; import highspy as h; assert h.Highs().version().startswith('1.13')"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_entries_add_up_and_zeros_vanish() -> None:
    """Two entries 2 and 3 at one place are 5 (not 3, the last); 1 and -1 leave nothing."""
    model = LinearModel()
    model.add_columns(0.0, np.ones(2))
    entries = Entries()
    entries.add(np.array([0, 0, 1, 1]), np.array([1, 1, 0, 0]), np.array([2.0, 3.0, 1.0, -1.0]))
    model.add_rows(np.zeros(2), np.ones(2), entries)
    assert model.matrix.value.tolist() == [5.0]
    assert model.matrix.times(np.array([1.0, 2.0])).tolist() == [10.0, 0.0]


def test_infinite_columns_are_refused() -> None:
    """Without finite boxes a dual vector proves nothing."""
    with pytest.raises(ValueError, match="finite"):
        LinearModel().add_columns(0.0, np.array([INFINITY]))


def random_model(seed: int, columns: int = 6, rows: int = 4) -> tuple[LinearModel, Floats]:
    """A small whole-number model and a cost."""
    draw = np.random.default_rng(seed)
    model = LinearModel()
    model.add_columns(0.0, draw.integers(1, 3, columns).astype(float), integer=True)
    entries = Entries()
    i, j = np.divmod(np.arange(rows * columns), columns)
    entries.add(i, j, draw.integers(-3, 4, rows * columns).astype(float))
    lower = draw.integers(-6, 3, rows).astype(float)
    model.add_rows(lower, lower + draw.integers(0, 8, rows), entries)
    return model, draw.integers(-5, 6, columns).astype(float)


def every_point(model: LinearModel) -> Floats:
    """All whole-number points of the box that obey the rows."""
    grid = np.stack(np.meshgrid(*[np.arange(u + 1) for u in model.upper], indexing="ij"), -1).reshape(
        -1, model.columns
    )
    return np.array([x for x in grid if model.breach(x) <= 1e-9])


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.lists(st.floats(-5, 5), min_size=4, max_size=4))
def test_any_duals_prove_a_bound(seed: int, duals: list[float]) -> None:
    """Whatever the duals, no legal point is cheaper than the bound they prove."""
    model, cost = random_model(seed)
    points = every_point(model)
    if len(points):
        bound, _ = dual_bound(model, cost, np.array(duals))
        assert bound <= float((points @ cost).min()) + 1e-9


@settings(max_examples=60, deadline=None)
@example(715)  # HiGHS ends this one, which has no point, with "solve error" unless presolve is off
@given(st.integers(0, 10_000))
def test_levels_reach_the_optimum_of_enumeration(seed: int) -> None:
    """Relaxation, completion and reduced-cost fixing together give what trying every point gives."""
    model, cost = random_model(seed)
    stop = StopSignal(LIMITS)
    solver = LevelSolver(model, LIMITS, stop, lambda x: x)
    solved = solver.solve(Objective("staffing", cost, 7.0, 1.0, 1.0))
    points = every_point(model)
    if len(points) == 0:
        assert solved.infeasible
        assert proves_infeasible(model, LIMITS, stop)
    else:
        best = float((points @ cost).min()) + 7.0
        assert solved.x is not None
        assert solved.bound is not None
        assert float(cost @ solved.x) + 7.0 == pytest.approx(best)
        assert solved.bound == pytest.approx(best)
        assert not proves_infeasible(model, LIMITS, stop)


def test_the_second_opinion_wants_whole_numbers() -> None:
    """Half a coefficient cannot be passed to CP-SAT; rounding it would prove something else."""
    model = LinearModel()
    model.add_columns(0.0, np.ones(1), integer=True)
    model.add_row(1.0, 1.0, np.array([0]), 0.5)
    with pytest.raises(InternalError):
        proves_infeasible(model, LIMITS, StopSignal(LIMITS))


def test_restricting_keeps_what_was_fixed_in_the_rows() -> None:
    """x + y >= 3 with x fixed at 2 leaves y >= 1 (not y >= 3)."""
    model = LinearModel()
    model.add_columns(0.0, np.array([3.0, 3.0]), integer=True)
    model.add_row(3.0, INFINITY, np.array([0, 1]), 1.0)
    small, activity = restricted(model, np.array([False, True]), np.array([2.0, 0.0]))
    assert small.row_lower.tolist() == [1.0]
    assert activity.tolist() == [2.0]


def test_a_request_stops_before_anything_is_solved() -> None:
    """A stop asked for beforehand gives no plan and no claim of infeasibility."""
    model, cost = random_model(1)
    stop = StopSignal(LIMITS)
    stop.request()
    assert Highs(model, LIMITS, stop).relax(cost).outcome is Outcome.STOPPED
    solved = LevelSolver(model, LIMITS, stop, lambda x: x).solve(Objective("burden", cost, 0.0, 1.0, 1.0))
    assert solved.x is None
    assert not solved.infeasible


@pytest.mark.parametrize("seed", range(12))
def test_the_gap_is_that_of_the_level_not_of_the_program(seed: int) -> None:
    """Costs of 10,000 and a constant that takes most of it away: the gap is one of the small value.

    A program that ends within 0.005 % of its own objective leaves gaps of up to 0.5 here.
    """
    draw = np.random.default_rng(seed)
    limits = Limits(gap=1e-4)
    model = LinearModel()
    columns = model.add_columns(0.0, np.ones(40), integer=True)
    model.add_row(20.0, 20.0, columns, 1.0)
    for _ in range(4):
        weights = draw.integers(10, 99, 40).astype(float)
        model.add_row(float(weights.sum() // 2 + 30), INFINITY, columns, weights)
    cost = 500.0 + draw.random(40)
    objective = Objective("level", cost, -10_000.0, 1.0, 0.01)
    solver = LevelSolver(model, limits, StopSignal(limits), lambda x: x)
    solved = solver.solve(objective)
    assert solved.x is not None
    assert solved.bound is not None
    value = objective.value(solved.x)
    assert (value - solved.bound) / value <= 1e-4


class _Dazed:
    """A HiGHS that does not know how its first runs ended."""

    def __init__(self, inner: Any, times: int) -> None:
        self.inner, self.times, self.cleared = inner, times, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def getModelStatus(self) -> Any:  # noqa: N802  the solver's own name
        return highspy.HighsModelStatus.kUnknown if self.cleared < self.times else self.inner.getModelStatus()

    def clearSolver(self) -> Any:  # noqa: N802  as above
        self.cleared += 1
        return self.inner.clearSolver()


def test_a_solver_that_does_not_know_is_asked_once_more_from_scratch() -> None:
    """The second run gives the optimum 5.2; a solver that never knows is our own fault, after three runs."""
    solver = Highs(probe(), LIMITS, StopSignal(LIMITS))
    dazed: Any = _Dazed(solver._highs, 1)
    solver._highs = dazed
    found = solver.relax(np.array([-1.0, -1.0]))
    assert found.outcome is Outcome.OPTIMAL
    assert found.x.sum() == pytest.approx(5.2)
    lost = Highs(probe(), LIMITS, StopSignal(LIMITS))
    dazed = _Dazed(lost._highs, 9)
    lost._highs = dazed
    with pytest.raises(InternalError):
        lost.relax(np.array([-1.0, -1.0]))
    assert dazed.cleared == 2


def test_a_search_that_never_began_proves_nothing() -> None:
    """The optimum is -5.2; with no time left a bound of 0 would make any plan found look proven."""
    limits = Limits(time_s=0.0)
    found = Highs(probe(), limits, StopSignal(limits)).integers(np.array([-1.0, -1.0]))
    assert (found.outcome, found.x, found.bound) == (Outcome.STOPPED, None, None)


@pytest.mark.parametrize("answers", range(4))
def test_a_stop_that_comes_while_the_model_is_passed_on_proves_nothing(answers: int) -> None:
    """A stop just before the first run once gave a bound of 0, where the optimum is -5.2."""

    class Late(StopSignal):
        asked = 0

        @property
        def requested(self) -> bool:
            self.asked += 1
            return self.asked > answers

    found = Highs(probe(), LIMITS, Late(LIMITS)).integers(np.array([-1.0, -1.0]))
    assert found.bound is None or found.bound <= -5.2 + 1e-9


def test_the_number_of_threads_may_change_from_run_to_run() -> None:
    """HiGHS refuses a run with another number than its pool has: the pool must be made anew."""
    for workers in (1, 2, 1):
        limits = Limits(workers=workers)
        found = Highs(probe(), limits, StopSignal(limits)).relax(np.array([-1.0, -1.0]))
        assert found.outcome is Outcome.OPTIMAL
