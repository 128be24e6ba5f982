"""Rows that by themselves have no solution: a short core of an infeasible linear relaxation.

Fewer rows allow more, so what is impossible for the core is impossible for the model, and far easier to prove
again.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from allocator.domain.run import Limits, StopSignal
from allocator.solving.highs import Highs, Outcome
from allocator.solving.model import Entries, Floats, Ints, LinearModel, Matrix

NONZERO = 1e-7
"""Breaches and duals above this count."""

ROOM = 1e6
"""How far the elastic model may break a row."""


def core(model: LinearModel, limits: Limits, stop: StopSignal) -> LinearModel:
    """Keep only the rows that the least total breach of the relaxation rests on.

    The duals of that least breach are a proof of infeasibility, in the sense of Farkas, in which only rows with
    a dual other than 0 take part. Where the relaxation has a solution, the model itself is returned.
    """
    duals = duals_of_least_breach(model, limits, stop)
    rows = np.flatnonzero(np.abs(duals) > NONZERO)
    return _rows_of(model, rows) if len(rows) else model


def duals_of_least_breach(model: LinearModel, limits: Limits, stop: StopSignal) -> Floats:
    """Shape (rows,); all 0 where rows can be kept, or the limit came first."""
    elastic = dataclasses.replace(model)
    every = np.arange(model.rows)
    breach = np.concatenate([elastic.add_columns(0.0, np.full(model.rows, ROOM)) for _ in range(2)])
    entries = Entries()
    entries.add(model.matrix.row_of_entry(), model.matrix.index, model.matrix.value)
    entries.add(every, breach[: model.rows], 1.0)
    entries.add(every, breach[model.rows :], -1.0)
    elastic.matrix = Matrix.of(model.rows, elastic.columns, entries)
    cost = np.zeros(elastic.columns)
    cost[breach] = 1.0
    found = Highs(elastic, limits, stop).relax(cost)
    broken = found.outcome is Outcome.OPTIMAL and float(found.x[breach].sum()) > NONZERO
    return found.duals if broken else np.zeros(model.rows)


def _rows_of(model: LinearModel, rows: Ints) -> LinearModel:
    """The same columns under some of the rows."""
    number = np.full(model.rows, -1)
    number[rows] = np.arange(len(rows))
    at = number[model.matrix.row_of_entry()]
    keep = at >= 0
    entries = Entries()
    entries.add(at[keep], model.matrix.index[keep], model.matrix.value[keep])
    matrix = Matrix.of(len(rows), model.columns, entries)
    return dataclasses.replace(
        model, row_lower=model.row_lower[rows], row_upper=model.row_upper[rows], matrix=matrix
    )
