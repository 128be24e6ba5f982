"""The second proof of infeasibility, and the row that is added to it."""

from __future__ import annotations

from itertools import product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from allocator.domain.run import Limits, StopSignal
from allocator.solving.certificate import combined_row
from allocator.solving.model import INFINITY, Entries, LinearModel
from allocator.solving.patience import Patience
from allocator.solving.second_opinion import proves_infeasible

COLUMNS, MOST = 3, 2


def model(rows: list[tuple[list[int], int, bool]]) -> LinearModel:
    """Three whole columns 0..2, and rows `values @ x >= side` (or <=)."""
    made = LinearModel()
    made.add_columns(0.0, np.full(COLUMNS, float(MOST)), integer=True)
    entries = Entries()
    for i, (values, _, _) in enumerate(rows):
        entries.add(np.full(COLUMNS, i), np.arange(COLUMNS), np.array(values, dtype=float))
    lower = np.array([side if least else -INFINITY for _, side, least in rows])
    upper = np.array([INFINITY if least else side for _, side, least in rows])
    made.add_rows(lower, upper, entries)
    return made


VALUES = st.lists(st.integers(-3, 3), min_size=COLUMNS, max_size=COLUMNS)
ROWS = st.lists(st.tuples(VALUES, st.integers(-6, 6), st.booleans()), min_size=1, max_size=4)


@settings(max_examples=120, deadline=None)
@given(ROWS)
def test_proofs_agree_with_trying_all_values(rows: list[tuple[list[int], int, bool]]) -> None:
    """With a solution there is no proof and no contradicting row; without one CP-SAT proves it.

    A combined row that does not follow from the rows would make a model with solutions infeasible.
    """
    made = model(rows)
    solutions = [
        x for x in product(range(MOST + 1), repeat=COLUMNS) if made.breach(np.array(x, dtype=float)) <= 0
    ]
    limits, stop = Limits(), StopSignal()
    assert proves_infeasible(made, limits, stop) is (not solutions)
    if solutions:
        assert combined_row(made, limits, stop) is None


def test_the_combined_row_by_hand() -> None:
    """x + y >= 5 with x, y in 0..2 reaches 4 at most; the other row plays no part."""
    made = model([([1, 1, 0], 5, True), ([0, 0, 1], 1, True)])
    row = combined_row(made, Limits(), StopSignal())
    assert row is not None
    assert list(row.columns) == [0, 1]
    assert list(row.values) == [1, 1]
    assert row.least == 5


def test_patience_ends_before_the_run_and_with_it() -> None:
    """Its own time, the run's time and a request to the run each end it; nothing else does."""
    run = StopSignal(Limits(time_s=100.0))
    part = Patience.within(run)
    assert not part.now
    assert part.remaining <= 100.0
    part.until = run.seconds + 5.0
    assert 4.0 < part.remaining <= 5.0
    part.until = 0.0
    assert part.now
    assert not run.now
    part.until = float("inf")
    run.request()
    assert part.now
