"""The rotation model, assembled: columns, rules, objective levels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from allocator.rotation import rules
from allocator.rotation.balance import Balance, balance
from allocator.rotation.candidates import Candidates, Classes, candidates, classes
from allocator.rotation.changes import changes
from allocator.rotation.facts import Facts
from allocator.rotation.mechanisms import Points, points_first
from allocator.rotation.staffing import Staffing, staffing
from allocator.solving.levels import Objective
from allocator.solving.model import INFINITY, Floats, LinearModel

BALANCE_SCALE = 1e4
BALANCE_LADDER = (1e4, 1e3, 1e2, 1e1, 1.0)
STAFFING_LADDER = (1e2, 1e1, 1.0)
TIE_PER_KM = 1e-3
"""Posts a kilometre: breaks the ties of the staffing level, at which a simplex stalls."""


@dataclass
class Problem:
    """One district's rotation model; move columns come first in the model."""

    facts: Facts
    groups: Classes
    moves: Candidates
    model: LinearModel
    staffing: Staffing
    balance: Balance | None = None
    points: Points | None = None

    def objective(self, level: str) -> Objective:
        """Objective of a level; the balance level brings its columns into the model when first asked for."""
        return {
            "changes": self._changes,
            "staffing": self._staffing,
            "balance": self._balance,
            "burden": self._burden,
        }[level]()

    def _cost(self) -> Floats:
        return np.zeros(self.model.columns)

    def _changes(self) -> Objective:
        cost, tie = self._cost(), self._cost()
        cost[: len(self.moves)], constant = changes(self.facts, self.groups, self.moves)
        tie[: len(self.moves)] = TIE_PER_KM * self.moves.km
        return Objective("changes", cost, constant, 1.0, 1.0, whole=True, tie=tie)

    def _staffing(self) -> Objective:
        cost, tie = self._cost(), self._cost()
        cost[self.staffing.short] = 1.0
        tie[: len(self.moves)] = TIE_PER_KM * self.moves.km
        constant = self.staffing.constant
        return Objective("staffing", cost, constant, 1.0, 1.0, whole=True, tie=tie, ladder=STAFFING_LADDER)

    def _balance(self) -> Objective:
        if self.balance is None:
            self.balance = balance(self.model, self.facts, self.groups, self.moves)
        cost, tie = self._cost(), self._cost()
        cost[self.balance.columns] = self.balance.cost
        tie[: len(self.moves)] = TIE_PER_KM * self.moves.km
        return Objective(
            "balance", cost, self.balance.constant, BALANCE_SCALE, 0.01, tie=tie, ladder=BALANCE_LADDER
        )

    def _burden(self) -> Objective:
        cost = self._cost()
        cost[: len(self.moves)] = self.moves.burden
        return Objective("burden", cost, 0.0, 1.0, 1.0)

    def limit(self, objective: Objective, value: float) -> int:
        """Hold a level to its best value and the slack; return the number of the row."""
        columns = np.flatnonzero(objective.cost)
        most = self.ceiling(objective, value)
        return self.model.add_row(-INFINITY, most, columns, objective.cost[columns] * objective.scale)

    def ceiling(self, objective: Objective, value: float) -> float:
        """Upper limit of a level's row: best value and slack, rounded down where the level is whole."""
        most = value + self.facts.policy.objective.slack * abs(value)
        if objective.whole:
            most = float(np.floor(most + 1e-9))
        # The rounding of sums must not make the plan just found illegal.
        room = 0.0 if objective.whole else 1e-9
        return (most - objective.constant + room) * objective.scale

    def polish(self, x: Floats) -> Floats:
        """Set all columns that follow from the moves."""
        whole = x.copy()
        self.staffing.complete(whole)
        if self.points is not None:
            self.points.complete(whole)
        if self.balance is not None:
            self.balance.complete(self.moves, whole)
        return whole

    def extended(self, x: Floats | None) -> Floats | None:
        """Values of a plan in the model as it is now, which may have more columns than `x`."""
        if x is None:
            return None
        longer = np.zeros(self.model.columns)
        longer[: len(x)] = x
        return self.polish(longer)


def build(facts: Facts, *, aggregate: bool = True) -> Problem:
    """Assemble the model: move columns, then a block of rows a rule.

    Without `aggregate` it is the textbook model with a 0-1 column for each teacher and school.
    """
    groups = classes(facts, aggregate=aggregate)
    moves = candidates(facts, groups)
    model = LinearModel()
    model.add_columns(0.0, groups.size[moves.cls].astype(float), integer=True)
    on = facts.policy.active
    rules.class_sizes(model, facts, groups, moves)  # R1, R11
    staff = staffing(model, facts, groups, moves)  # R4
    if on("R5"):
        rules.outflow(model, facts, moves)
    if on("R6"):
        rules.quota(model, facts, moves)
    if on("R7"):
        rules.backbone_quota(model, facts, groups, moves)
    if on("R9"):
        rules.direction(model, facts, moves)
    if on("R10"):
        rules.backbone_stays(model, facts, groups, moves)
    if on("R12"):
        rules.couples(model, facts, groups, moves)
    if on("R14"):
        rules.principals(model, facts, groups, moves)
    rules.demands(model, facts, groups, moves)
    points = points_first(model, facts, groups, moves) if on("R15") else None
    return Problem(facts, groups, moves, model, staff, points=points)
