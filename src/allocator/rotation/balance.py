"""The balance level: the sum of CV^2 of the movable indicators, exactly, as unit segments.

With N_i teachers counted by an indicator at section i, P_i its pupils, N and P their totals,
CV^2 = (P / N^2) * sum(N_i^2 / P_i) - 1. Moves keep N, so this is a separable convex sum over whole numbers:
piecewise linear with one segment of length 1 for each possible count.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from allocator.rotation.candidates import Candidates, Classes
from allocator.rotation.counts import Flag, Piece, flags
from allocator.rotation.facts import Facts
from allocator.rotation.moving_mean import MovingMean, moving_mean, total_range
from allocator.solving.model import Entries, Floats, Ints, LinearModel


@dataclass(frozen=True)
class Balance:
    """Columns, costs and constant of the balance level, in units of CV^2."""

    columns: Ints
    cost: Floats
    constant: float
    pieces: tuple[Piece, ...]
    means: tuple[MovingMean, ...]

    def complete(self, moves: Candidates, x: Floats) -> None:
        """Set all columns that follow from the moves."""
        for piece in self.pieces:
            piece.complete(moves, x)
        for mean in self.means:
            mean.complete(moves, x)


def balance(model: LinearModel, facts: Facts, groups: Classes, moves: Candidates) -> Balance:
    """Add segments for every indicator and stage, and moving means where moves change a total."""
    pieces, means = [], []
    columns, costs, constant = [np.zeros(0, dtype=np.int64)], [np.zeros(0)], 0.0
    for flag in flags(facts, groups, moves):
        totals = total_range(facts, groups, flag, moves)
        if totals[1] == 0:
            continue
        piece = _segments(model, facts, flag, groups, moves)
        pieces.append(piece)
        if totals[0] == totals[1]:
            weight = piece.pupils / flag.total**2
            columns.append(piece.columns)
            costs.append(weight * piece.slope)
            constant += weight * piece.base - 1.0
        else:
            mean = moving_mean(model, piece, moves, totals)
            means.append(mean)
            columns.append(np.array([mean.spread]))
            costs.append(np.ones(1))
            constant -= 1.0
    return Balance(np.concatenate(columns), np.concatenate(costs), constant, tuple(pieces), tuple(means))


def _segments(model: LinearModel, facts: Facts, flag: Flag, groups: Classes, moves: Candidates) -> Piece:
    """Add rows `least + sum of segments = now + in - out` for every section that can change."""
    least, most = _range(facts, flag, groups, moves)
    pupils = np.maximum(facts.pupils, 1)
    base = float((least.astype(float) ** 2 / pupils)[flag.counted].sum())
    section = np.flatnonzero(flag.counted & (most > least))
    length = (most - least)[section]
    row = np.repeat(np.arange(len(section)), length)
    step = np.arange(len(row)) - np.repeat(np.cumsum(length) - length, length)
    start = least[section][row] + step
    added = model.add_columns(0.0, np.ones(len(row)), implied=True)
    _count_rows(model, flag, moves, section, least, row, added)
    # (n + 1)^2 - n^2 = 2 n + 1
    slope = (2 * start + 1) / pupils[section][row]
    return Piece(flag, int(facts.pupils[flag.counted].sum()), section[row], start, added, slope, base)


def _count_rows(
    model: LinearModel, flag: Flag, moves: Candidates, section: Ints, least: Ints, row: Ints, added: Ints
) -> None:
    """In - out - segments = least - now, a row a section."""
    number = np.full(len(least), -1)
    number[section] = np.arange(len(section))
    entries = Entries()
    for mask, where, sign in ((flag.enters, moves.to, 1.0), (flag.leaves, moves.origin, -1.0)):
        column = np.flatnonzero(mask & (number[where] >= 0))
        entries.add(number[where[column]], column, sign)
    entries.add(row, added, -1.0)
    difference = (least - flag.now)[section].astype(float)
    model.add_rows(difference, difference, entries)


def _range(facts: Facts, flag: Flag, groups: Classes, moves: Candidates) -> tuple[Ints, Ints]:
    """Least and most counted teachers that each section can have after any plan, shape (sections,).

    Leavers are limited by the members of the classes that may leave and by R5, arrivals by who may come and
    by the upper limits of R4.
    """
    sections = facts.sections
    leaving = np.zeros(len(groups.size), dtype=bool)
    leaving[moves.cls[flag.leaves]] = True
    out = np.bincount(groups.section[leaving], weights=groups.size[leaving], minlength=sections).astype(
        np.int64
    )
    if facts.policy.active("R5"):
        heads = facts.heads.sum(axis=1)
        # One more than the rule allows: rounding of the share must never cut off a legal plan.
        out = np.minimum(
            out, np.maximum(1, (facts.policy.rotation.max_outflow_share * heads).astype(np.int64) + 1)
        )
    column = np.flatnonzero(flag.enters)
    come = np.bincount(moves.to[column], weights=groups.size[moves.cls[column]], minlength=sections).astype(
        np.int64
    )
    if facts.policy.active("R4"):
        limit = np.maximum(facts.heads, facts.posts) + facts.policy.rotation.staffing_tolerance
        reached = np.zeros(facts.heads.shape, dtype=bool)
        reached[moves.to[column], moves.subject[column]] = True
        come = np.minimum(come, (limit * reached).sum(axis=1))
    return np.maximum(0, flag.now - out), flag.now + come
