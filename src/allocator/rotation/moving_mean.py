"""CV^2 where moves change the total N: exact for every possible total.

N moves when a teacher comes from or goes to a section without pupils (left out of the CV), or takes up a
second subject that counts otherwise in I3. Then t = CV^2 + 1 = P S / N^2 is no longer linear in S. One
binary z_n for each possible total n gives t exactly:

    t >= (P / n^2) S - M_n (1 - z_n),   M_n = P S_max (1 / n^2 - 1 / n_max^2),

where M_n is as small as it can be, since t >= P S / n_max^2 always holds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from allocator.rotation.candidates import Candidates, Classes
from allocator.rotation.counts import Flag, Piece
from allocator.rotation.facts import Facts
from allocator.rotation.rules import quota_limits
from allocator.solving.model import INFINITY, Entries, Floats, Ints, LinearModel


@dataclass(frozen=True)
class MovingMean:
    """Columns of one indicator and stage whose total moves.

    Attributes
    ----------
    piece
        The segments of S.
    spread
        Column number of t.
    choice, totals
        Column numbers of the binaries, and the total each stands for.
    """

    piece: Piece
    spread: int
    choice: Ints
    totals: Ints

    def complete(self, moves: Candidates, x: Floats) -> None:
        """Set t and the binaries from the moves; the segments must be set before."""
        total = int(self.piece.counts(moves, x[: len(moves)])[self.piece.flag.counted].sum())
        x[self.choice] = self.totals == total
        spread = self.piece.base + float(self.piece.slope @ x[self.piece.columns])
        x[self.spread] = self.piece.pupils * spread / total**2 if total else 1.0


def net_change(flag: Flag, moves: Candidates) -> Ints:
    """What one move of each column adds to the total counted, shape (columns,)."""
    gain = (flag.enters & flag.counted[moves.to]).astype(np.int64)
    return gain - (flag.leaves & flag.counted[moves.origin])


def total_range(facts: Facts, groups: Classes, flag: Flag, moves: Candidates) -> tuple[int, int]:
    """Least and most teachers counted after any plan that keeps R1 and R6."""
    change = net_change(flag, moves)
    limit = quota_limits(facts)[1] if facts.policy.active("R6") else len(facts.section)
    ends = []
    for sign in (-1, 1):
        # Each member of a class moves at most once, so a class changes the total by its best move at most.
        reach = np.zeros(len(groups.size), dtype=bool)
        reach[moves.cls[change == sign]] = True
        ends.append(flag.total + sign * min(limit, int(groups.size[reach].sum())))
    return max(0, ends[0]), ends[1]


def moving_mean(model: LinearModel, piece: Piece, moves: Candidates, totals: tuple[int, int]) -> MovingMean:
    """Add t, the binaries and their rows."""
    n = np.arange(totals[0], totals[1] + 1)
    largest = piece.base + float(piece.slope.sum())
    weight = piece.pupils / np.maximum(n, 1).astype(float) ** 2
    choice = model.add_columns(0.0, np.ones(len(n)), integer=True)
    (spread,) = model.add_columns(1.0, np.array([max(1.0, float(weight.max()) * largest)]))
    model.add_row(1.0, 1.0, choice, 1.0)
    change = net_change(piece.flag, moves)
    moving = np.flatnonzero(change)
    model.add_row(
        float(piece.flag.total),
        float(piece.flag.total),
        np.concatenate((choice, moving)),
        np.concatenate((n, -change[moving])).astype(float),
    )
    _choice_rows(model, piece, int(spread), choice, weight, (weight - weight[-1]) * largest)
    return MovingMean(piece, int(spread), choice, n)


def _choice_rows(
    model: LinearModel, piece: Piece, spread: int, choice: Ints, weight: Floats, room: Floats
) -> None:
    """T - weight_n * (segments of S) - M_n z_n >= weight_n * base - M_n, a row a total."""
    rows, segments = len(choice), len(piece.columns)
    entries = Entries()
    every = np.arange(rows)
    entries.add(every, np.full(rows, spread), 1.0)
    entries.add(every, choice, -room)
    entries.add(
        np.repeat(every, segments), np.tile(piece.columns, rows), -np.outer(weight, piece.slope).reshape(-1)
    )
    least = weight * piece.base - room
    model.add_rows(least, np.full(rows, INFINITY), entries)
