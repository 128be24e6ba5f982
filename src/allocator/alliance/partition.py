"""The choice among sets of towns: each town in one set, level after level, by integer programs."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from allocator.alliance.edges import METRES
from allocator.alliance.model import Level
from allocator.alliance.towns import Candidates, Towns, bits
from allocator.domain.allied import AllianceRequest
from allocator.domain.run import Limits, Progress, ProgressSink, StopSignal
from allocator.solving.levels import LevelSolver, Objective
from allocator.solving.model import Bools, Entries, Floats, Ints, LinearModel
from allocator.solving.second_opinion import proves_infeasible

COMPACT = (("cut", 0.5, 1.0), ("distance", 1 / METRES, 1e-2))
"""Levels after the fair shares: name, worth of a whole unit (a border has two sides), scale for the solver."""
ROUNDING = 1e-12


@dataclass(frozen=True)
class Division:
    """Towns by district, and the levels; `districts` is None if none was found.

    `infeasible` says that it is proven that there is none; `too_many` that there were too many sets to go
    through, so that what was found was found by search.
    """

    districts: tuple[int, ...] | None
    levels: tuple[Level, ...] = ()
    infeasible: bool = False
    too_many: bool = False


class Partition:
    """The choice among sets, level after level; sets that break a level already decided are shut out.

    Parameters
    ----------
    possible
        The sets; bounds hold for plans made of these.
    gap
        Relative gap at which a level of deviations is left.
    """

    def __init__(
        self,
        towns: Towns,
        possible: Candidates,
        count: int,
        limits: Limits,
        stop: StopSignal,
        progress: ProgressSink | None,
        gap: float = 0.0,
    ) -> None:
        self.towns, self.possible = towns, possible
        self.limits, self.stop, self.progress = replace(limits, gap=gap), stop, progress
        self.count, self.left = count, len(COMPACT)
        self.open: Bools = np.ones(len(possible), dtype=bool)
        self.sums: list[tuple[Ints, int]] = []
        self.levels: list[Level] = []

    def solve(self, request: AllianceRequest, start: Ints | None = None) -> Division:
        """Optimise every level; `start` are sets that make a plan, if one is known."""
        shares = (("pupils", request.max_pupil_deviation), ("strong", request.max_strong_deviation))
        chosen = start
        for name, limit in shares:
            deviation: Floats = getattr(self.possible, name)
            if limit is not None:
                self.open &= deviation <= limit * (1 + ROUNDING)
        self.left = len(COMPACT) + sum(limit is None for _, limit in shares)
        for name, limit in shares:
            if limit is None:
                found = self._fairest(name, getattr(self.possible, name), chosen)
                if found is None:
                    return self._without(chosen)
                chosen = found
        for name, worth, scale in COMPACT:
            cost = self.possible.borders if name == "cut" else self.possible.metres
            found = self._least(name, cost, worth, scale, chosen)
            if found is None:
                return self._without(chosen)
            chosen = found
        return self._division(chosen)

    def _without(self, chosen: Ints | None) -> Division:
        return self._division(chosen) if chosen is not None else Division(None, infeasible=self.proven)

    def confirmed(self) -> bool:
        """Whether a second solver proves as well that no plan can be made of these sets."""
        model, _ = self._model()
        return proves_infeasible(model, self.limits, self.stop)

    def _division(self, chosen: Ints | None) -> Division:
        if chosen is None:
            return Division(None)
        sets = [int(sum(1 << int(i) for i in np.flatnonzero(self.possible.inside[c]))) for c in chosen]
        return Division(tuple(sorted(sets, key=lambda s: next(bits(s)))), tuple(self.levels))

    def _fairest(self, name: str, deviation: Floats, start: Ints | None) -> Ints | None:
        """The least largest deviation: of each town the one of its set, all at most one column more."""
        model, columns = self._model()
        worst = model.add_columns(0.0, np.array([float(deviation.max(initial=0.0))]), integer=False)
        inside = self.possible.inside[columns]
        entries = Entries()
        rows, cols = inside.T.nonzero()
        entries.add(rows, cols, deviation[columns][cols])
        entries.add(np.arange(len(self.towns)), np.full(len(self.towns), worst[0]), -1.0)
        model.add_rows(np.full(len(self.towns), -np.inf), np.zeros(len(self.towns)), entries)

        def follow(x: Floats) -> Floats:
            x[worst] = float((deviation[columns] * np.round(x[: len(columns)])).max(initial=0.0))
            return x

        cost = np.zeros(model.columns)
        cost[worst] = 1.0
        objective = Objective(name, cost, 0.0, 1.0, 0.01)
        chosen = self._run(
            LevelSolver(model, self.limits, self._part(), follow), objective, 1.0, columns, start
        )
        if chosen is not None:
            self.open &= deviation <= float(deviation[chosen].max()) * (1 + ROUNDING)
        return chosen

    def _least(self, name: str, cost: Ints, worth: float, scale: float, start: Ints | None) -> Ints | None:
        """The least sum of a whole number of each set."""
        model, columns = self._model()
        objective = Objective(name, cost[columns].astype(float), 0.0, scale, 1.0, whole=True)
        solver = LevelSolver(model, self.limits, self._part(), lambda x: x)
        chosen = self._run(solver, objective, worth, columns, start)
        if chosen is not None:
            self.sums.append((cost, int(cost[chosen].sum())))
        return chosen

    def _part(self) -> StopSignal:
        """An equal part of the time left for each level that is left."""
        self.left -= 1
        return self.stop.part(self.left + 1)

    def _model(self) -> tuple[LinearModel, Ints]:
        """Every town in one open set, so many sets, sums of the levels before kept."""
        columns = np.flatnonzero(self.open)
        model = LinearModel()
        model.add_columns(0.0, np.ones(len(columns)), integer=True)
        entries = Entries()
        rows, cols = self.possible.inside[columns].T.nonzero()
        entries.add(rows, cols, 1.0)
        entries.add(np.full(len(columns), len(self.towns)), np.arange(len(columns)), 1.0)
        sides = np.append(np.ones(len(self.towns)), float(self.count))
        model.add_rows(sides, sides, entries)
        for cost, most in self.sums:
            model.add_row(-np.inf, most + 0.5, np.arange(len(columns)), cost[columns].astype(float))
        return model, columns

    def _run(
        self, solver: LevelSolver, objective: Objective, worth: float, columns: Ints, start: Ints | None
    ) -> Ints | None:
        began = self.stop.seconds
        x = None
        if start is not None:
            x = solver.polish(np.append(np.isin(columns, start), np.zeros(solver.model.columns - len(columns))))
        solved = solver.solve(objective, x)
        self.proven = solved.infeasible
        best = min([p for p in (solved.x, x) if p is not None], key=objective.value, default=None)
        if best is None:
            return None
        value = round(objective.value(best)) if objective.whole else objective.value(best)
        bound = None if solved.bound is None else min(solved.bound, value) * worth
        self.levels.append(Level(objective.name, value * worth, bound, self.stop.seconds - began))
        if self.progress is not None:
            self.progress(Progress(f"groups.stage_{objective.name}", self.stop.seconds, value * worth, bound))
        return columns[np.flatnonzero(np.round(best[: len(columns)]) == 1)]
