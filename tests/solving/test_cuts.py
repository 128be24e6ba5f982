"""Cuts: every whole point stays, the fractional vertex goes; they rest and are dropped when they must."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from allocator.domain.run import Limits, StopSignal
from allocator.solving.cuts import Pool, cuts, groups
from allocator.solving.highs import Highs, Outcome
from allocator.solving.model import INFINITY, LinearModel
from allocator.solving.neighbourhood import neighbourhood


def odd_cycle() -> LinearModel:
    """Three columns of 0..1, of each two at most one: the relaxation takes a half of each, a plan one."""
    model = LinearModel()
    x = model.add_columns(0.0, np.ones(3), integer=True)
    for i, j in ((0, 1), (1, 2), (0, 2)):
        model.add_row(-INFINITY, 1.0, x[[i, j]], 1.0)
    return model


def random_model(seed: int) -> LinearModel:
    """Five columns, bounds up to 3 (one with a lower bound), four rows of small whole coefficients."""
    rng = np.random.default_rng(seed)
    model = LinearModel()
    model.add_columns(np.array([0.0, 0, 0, 1, 0]), rng.integers(1, 4, 5).astype(float), integer=True)
    for _ in range(4):
        values = rng.integers(-2, 4, 5).astype(float)
        most = float(rng.integers(1, 6))
        least = most - float(rng.integers(0, 4)) if rng.random() < 0.4 else -INFINITY
        model.add_row(least, most, np.arange(5), values)
    return model


def relaxed(model: LinearModel, cost: np.ndarray) -> tuple[Highs, np.ndarray] | None:
    limits = Limits()
    solver = Highs(model, limits, StopSignal(limits))
    found = solver.relax(cost)
    return (solver, found.x) if found.outcome is Outcome.OPTIMAL else None


def plans(model: LinearModel) -> list[np.ndarray]:
    spans = [range(int(a), int(b) + 1) for a, b in zip(model.lower, model.upper, strict=True)]
    points = (np.array(p, dtype=float) for p in itertools.product(*spans))
    return [p for p in points if model.breach(p) <= 1e-9]


def test_the_odd_cycle_is_cut_to_one() -> None:
    """The three rows added and halved say x1 + x2 + x3 <= 1.5, so <= 1; without a cut the sum is 1.5."""
    model = odd_cycle()
    solver, x = relaxed(model, -np.ones(3)) or pytest.fail("no relaxation")
    assert x.tolist() == [0.5, 0.5, 0.5]
    (cut,) = cuts(model, solver, x)
    assert (cut.columns.tolist(), cut.values.tolist(), cut.right) == ([0, 1, 2], [1.0, 1.0, 1.0], 1.0)


def test_no_plan_is_cut_off_and_the_vertex_is() -> None:
    """1,000 random models, all whole points tried: a wrong floor or sign cuts off one of them."""
    found = 0
    for seed in range(1000):
        model = random_model(seed)
        solved = relaxed(model, np.random.default_rng(seed + 1).normal(size=5))
        if solved is None:
            continue
        every = plans(model)
        for cut in cuts(model, *solved):
            found += 1
            assert cut.values @ solved[1][cut.columns] > cut.right
            assert all(cut.values @ plan[cut.columns] <= cut.right + 1e-9 for plan in every)
    assert found > 300


def test_rows_that_are_not_whole_give_no_cut() -> None:
    """A row with 1.5 in it may be tight at any fraction: adding it up proves nothing."""
    model = LinearModel()
    x = model.add_columns(0.0, np.ones(2), integer=True)
    model.add_row(-INFINITY, 2.0, x, np.array([1.5, 1.0]))
    solved = relaxed(model, np.array([-2.0, -1.9]))
    assert solved is not None
    assert np.abs(solved[1] - np.round(solved[1])).max() > 0.1
    assert cuts(model, *solved) == []


def test_cuts_rest_and_return() -> None:
    """Between levels the rows are free; armed again they hold as before."""
    model = odd_cycle()
    pool = Pool(model)
    pool.add(cuts(model, *(relaxed(model, -np.ones(3)) or pytest.fail("no relaxation"))))
    pool.rest()
    assert model.row_upper.tolist() == [1.0, 1.0, 1.0, INFINITY]
    pool.arm()
    assert model.row_upper.tolist() == [1.0, 1.0, 1.0, 1.0]


@pytest.mark.parametrize("side", ["row", "column"])
def test_cuts_fall_with_what_they_were_derived_from(side: str) -> None:
    """With a row or a column relaxed two of the three may be taken: a cut that stayed would forbid it."""
    model = odd_cycle()
    pool = Pool(model)
    pool.add(cuts(model, *(relaxed(model, -np.ones(3)) or pytest.fail("no relaxation"))))
    pool.rest()
    if side == "row":
        model.row_upper[0] = 2.0
    else:
        model.upper[0] = 2.0
    pool.arm()
    assert model.row_upper[3] == INFINITY


def test_tightening_keeps_cuts() -> None:
    """A column fixed at 0 leaves the cut valid."""
    model = odd_cycle()
    pool = Pool(model)
    pool.add(cuts(model, *(relaxed(model, -np.ones(3)) or pytest.fail("no relaxation"))))
    pool.rest()
    model.upper[0] = 0.0
    pool.arm()
    assert model.row_upper[3] == 1.0


def test_groups_are_what_rows_connect() -> None:
    """Columns 0-1 share a row, 3-4 share one, 2 is whole: two groups."""
    model = LinearModel()
    x = model.add_columns(0.0, np.ones(5), integer=True)
    for i, j in ((0, 1), (1, 2), (3, 4)):
        model.add_row(-INFINITY, 1.0, x[[i, j]], 1.0)
    found = groups(model, np.array([True, True, False, True, True]))
    assert [g.tolist() for g in found] == [[0, 1], [3, 4]]


def test_a_neighbourhood_is_around_the_fractions() -> None:
    """A column beside the fraction and the one of least reduced cost are free; the far and dear one is not."""
    model = LinearModel()
    x = model.add_columns(0.0, np.ones(5), integer=True)
    model.add_row(-INFINITY, 1.0, x[[0, 1, 2]], 1.0)
    model.add_row(-INFINITY, 1.0, x[[3, 4]], 1.0)
    point = np.array([0.5, 0.0, 0.0, 0.0, 0.0])
    free = neighbourhood(model, point, np.array([0.0, 5.0, 9.0, 7.0, 1.0]), 2)
    assert free.tolist() == [True, True, False, False, True]
