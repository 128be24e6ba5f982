"""What no plan of learning districts can beat, where not all sets of towns can be gone through.

**Borders.** Whatever price u each town has, no plan has fewer borders than the sum of all prices + k times the
least of (borders of a set - prices of its towns). The least over all sets (contiguous or not, which only lowers
it) is a small integer program. Prices come from the linear relaxation over the sets known so far, to which the
set found is added: column generation with a Lagrangian bound. Prices are whole 1024ths, so that sums are exact.

**Distances.** Every town is assigned to a centre, as many centres as districts, each with the pupils of a
district: the linear relaxation of that is below every plan.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor

import numpy as np

from allocator.alliance.edges import METRES
from allocator.alliance.regions import Fairness
from allocator.alliance.schools import STAGE_ORDER
from allocator.alliance.towns import Towns, bits
from allocator.domain.run import Limits, StopSignal
from allocator.solving.highs import Highs, Outcome
from allocator.solving.model import Entries, Floats, Ints, LinearModel, dual_bound

GRAIN = 1024
"""Parts of a border in which prices are counted."""
ROUNDS = 60
"""Prices tried, at most."""
NODES = 5_000
"""Nodes of branch and bound for each of them, at most; the bound stays valid where they do not suffice."""
NEAR = 1e-3
"""Slack when a bound in whole units is rounded up, in units of that bound."""
EVEN = 1e-9
"""Slack of the rows of deviations, so that no rounding shuts a set out."""


@dataclass(frozen=True)
class Bounded:
    """A proven least number of borders (None if none was proven), and sets met on the way."""

    borders: int | None
    sets: tuple[int, ...]


def least_deviation(towns: Towns, count: int) -> float:
    """No plan's pupils are more even: whole pupils, and the largest town."""
    total = int(towns.pupils.sum())
    if not total:
        return 0.0
    whole = max(ceil(total / count) * count - total, total - floor(total / count) * count) / total
    return max(whole, int(towns.pupils.max()) * count / total - 1, 0.0)


def least_borders(
    towns: Towns, wanted: Fairness, sets: Sequence[int], limits: Limits, stop: StopSignal
) -> Bounded:
    """Prove how many borders any plan has at least, with the deviations in `wanted`.

    Parameters
    ----------
    sets
        Sets known so far, from which a plan can be made.
    """
    columns = [_vector(towns, s) for s in sets]
    borders = [_borders(towns, column) for column in columns]
    pricing = _Pricing(towns, wanted, limits, stop)
    best: int | None = None
    met: list[int] = []
    for _ in range(ROUNDS):
        value, prices = _prices(np.array(columns), np.array(borders), wanted.districts, limits, stop)
        if prices is None or (best is not None and best * GRAIN >= floor(value * GRAIN) - GRAIN + 1):
            break
        found, column = pricing.least(prices)
        if found is None:
            break
        bound = int(prices.sum()) + wanted.districts * found
        best = max(-(-bound // GRAIN), 0 if best is None else best)
        if column is None:
            break
        met.append(sum(1 << int(t) for t in np.flatnonzero(column)))
        columns.append(column)
        borders.append(_borders(towns, column))
    return Bounded(best, tuple(met))


def _vector(towns: Towns, members: int) -> Ints:
    return np.array([members >> t & 1 for t in range(len(towns))], dtype=np.int64)


def _borders(towns: Towns, column: Ints) -> float:
    """Half the neighbours that a set is parted from: each border has two sides."""
    members = sum(1 << int(t) for t in np.flatnonzero(column))
    return sum((towns.near[t] & ~members).bit_count() for t in bits(members)) / 2


def _prices(
    columns: Ints, borders: Floats, count: int, limits: Limits, stop: StopSignal
) -> tuple[float, Ints | None]:
    """Value of the relaxation over the sets known, and whole prices of the towns."""
    towns = columns.shape[1]
    model = LinearModel()
    model.add_columns(0.0, np.ones(len(columns)))
    entries = Entries()
    rows, cols = columns.T.nonzero()
    entries.add(rows, cols, 1.0)
    entries.add(np.full(len(columns), towns), np.arange(len(columns)), 1.0)
    sides = np.append(np.ones(towns), float(count))
    model.add_rows(sides, sides, entries)
    solved = Highs(model, limits, stop).relax(borders)
    if solved.outcome is not Outcome.OPTIMAL:
        return 0.0, None
    return float(borders @ solved.x), np.rint(solved.duals[:towns] * GRAIN).astype(np.int64)


class _Pricing:
    """The set of towns with the fewest borders for its prices, contiguous or not."""

    def __init__(self, towns: Towns, wanted: Fairness, limits: Limits, stop: StopSignal) -> None:
        self._towns, self._limits, self._stop = towns, limits, stop
        self._model = set_model(towns, wanted)
        pairs = [(a, b) for a in range(len(towns)) for b in bits(towns.near[a]) if a < b]
        parted = self._model.add_columns(0.0, np.ones(len(pairs)))
        entries = Entries()
        for row, (column, (a, b)) in enumerate(zip(parted.tolist(), pairs, strict=True)):
            for side, (one, other) in enumerate(((a, b), (b, a))):
                entries.add(np.full(3, 2 * row + side), np.array([one, other, column]), np.array([1.0, -1, -1]))
        self._model.add_rows(np.full(2 * len(pairs), -np.inf), np.zeros(2 * len(pairs)), entries)
        self._parted = parted

    def least(self, prices: Ints) -> tuple[int | None, Ints | None]:
        """Least borders less prices, in grains, proven; and the set that has them, if it was found."""
        cost = np.zeros(self._model.columns)
        cost[: len(prices)] = -prices
        cost[self._parted] = GRAIN / 2
        solver = Highs(self._model, self._limits, self._stop)
        # Costs are whole: a value within less than one of the bound is the least.
        found = solver.integers(cost, gap=0.9, nodes=NODES)
        if found.bound is None or found.outcome is Outcome.INFEASIBLE:
            return None, None
        column = None if found.x is None else np.rint(found.x[: len(prices)]).astype(np.int64)
        return ceil(found.bound - NEAR), column


def set_model(towns: Towns, wanted: Fairness) -> LinearModel:
    """One 0-1 column a town, and rows for what a district must be, but for its being contiguous."""
    model = LinearModel()
    every = np.arange(len(towns))
    model.add_columns(0.0, np.ones(len(towns)), integer=True)
    model.add_row(1.0, np.inf, every, 1.0)
    mean = float(towns.pupils.sum()) / wanted.districts
    if wanted.pupils is not None and mean:
        least, most = mean * (1 - wanted.pupils - EVEN), mean * (1 + wanted.pupils + EVEN)
        model.add_row(float(ceil(least)), float(floor(most)), every, towns.pupils.astype(float))
    if wanted.strong is not None:
        for sign in (1.0, -1.0):
            room = (
                sign * (towns.strong - towns.share * towns.sections) - (wanted.strong + EVEN) * towns.sections
            )
            model.add_row(-np.inf, EVEN, every, room)
    for k in range(len(STAGE_ORDER)):
        own = [t for t in range(len(towns)) if towns.stages[t] >> k & 1]
        if towns.wanted >> k & 1:
            model.add_row(1.0, np.inf, np.array(own), 1.0)
    if wanted.bond is not None:
        ends = np.array([wanted.bond.first, wanted.bond.second])
        if wanted.bond.together:
            model.add_row(0.0, 0.0, ends, np.array([1.0, -1.0]))
        else:
            model.add_row(-np.inf, 1.0, ends, 1.0)
    return model


def least_metres(towns: Towns, wanted: Fairness, limits: Limits, stop: StopSignal) -> int | None:
    """Prove how many metres there are at least from all towns to the centres of their districts."""
    n = len(towns)
    model = LinearModel()
    model.add_columns(0.0, np.ones(n * n))
    town, centre = np.divmod(np.arange(n * n), n)
    entries = Entries()
    entries.add(town, np.arange(n * n), 1.0)
    model.add_rows(np.ones(n), np.ones(n), entries)
    opened = np.arange(n) * (n + 1)
    model.add_row(float(wanted.districts), float(wanted.districts), opened, 1.0)
    others = np.flatnonzero(town != centre)
    entries, rows = Entries(), np.arange(len(others))
    entries.add(rows, others, 1.0)
    entries.add(rows, opened[centre[others]], -1.0)
    model.add_rows(np.full(len(others), -np.inf), np.zeros(len(others)), entries)
    mean = float(towns.pupils.sum()) / wanted.districts
    if wanted.pupils is not None and mean:
        for sign in (1.0, -1.0):
            entries = Entries()
            entries.add(centre, np.arange(n * n), sign * towns.pupils[town].astype(float))
            entries.add(np.arange(n), opened, np.full(n, -mean * (sign + wanted.pupils + EVEN)))
            model.add_rows(np.full(n, -np.inf), np.zeros(n), entries)
    cost = towns.metres[town, centre] / METRES
    solved = Highs(model, limits, stop).relax(cost)
    if solved.outcome is not Outcome.OPTIMAL:
        return None
    bound, _ = dual_bound(model, cost, solved.duals)
    return max(0, ceil(bound * METRES - 1.0))
