"""The model with elastic rules: what their breaches cost comes first, the usual levels after it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from allocator.rotation.elastic import GIVE_WAY, Block, Case
from allocator.rotation.facts import Facts
from allocator.rotation.problem import Problem, build
from allocator.rotation.slacks import Slacks
from allocator.solving.levels import Objective
from allocator.solving.model import Bools, Floats, LinearModel

ROOM = 1e-6
"""What the rounding of sums may add to the price of all breaches."""
ROUNDING = 1e-9
"""The same in a row of the model, well below the solver's tolerance."""


@dataclass
class ElasticProblem(Problem):
    """A rotation model in which some rules give way.

    Attributes
    ----------
    blocks
        How each elastic rule gives way.
    slacks
        Their slack columns.
    free
        Shape (columns,): upper bounds where every elastic rule may be broken.
    """

    blocks: tuple[Block, ...] = ()
    slacks: Slacks = field(default_factory=lambda: Slacks(LinearModel()))
    free: Floats = field(default_factory=lambda: np.zeros(0))

    def objective(self, level: str) -> Objective:
        """Objective of a level; `breaches` is the price of all breaches."""
        return self._breaches() if level == "breaches" else super().objective(level)

    def _breaches(self) -> Objective:
        cost = self._cost()
        for block in self.blocks:
            np.add.at(cost, block.columns, block.price)
        # Kilometres between partners are the only slack that need not be whole.
        km = any(block.rule == "R12" and len(block.columns) for block in self.blocks)
        whole = not km and bool((cost == np.round(cost)).all())
        return Objective("breaches", cost, 0.0, 1.0 / max(1.0, float(cost.max(initial=0.0)) / 1e3), 1.0, whole)

    def ceiling(self, objective: Objective, value: float) -> float:
        """Upper limit of a level's row; the price of breaches without any slack."""
        if objective.name != "breaches":
            return super().ceiling(objective, value)
        # Room as large as HiGHS's own tolerance made its presolve lose the best plan and call another optimal.
        return (value + (0.0 if objective.whole else ROUNDING)) * objective.scale

    def polish(self, x: Floats) -> Floats:
        """Set all columns that follow from the moves."""
        whole = super().polish(x)
        self.slacks.complete(whole)
        return whole

    def breached(self, x: Floats) -> frozenset[str]:
        """Elastic rules that a plan breaks."""
        return frozenset(b.rule for b in self.blocks if (x[b.columns] > ROOM).any())

    def hold(self, rules: Iterable[str], parts: Mapping[str, Bools] | None = None) -> None:
        """Let these elastic rules bind (of those in `parts`, the elements marked), and all others give way."""
        self.model.upper = self.free.copy()
        kept = set(rules)
        for block in self.blocks:
            if parts is not None and block.rule in parts:
                self.model.upper[block.columns[parts[block.rule][block.part]]] = 0.0
            elif block.rule in kept:
                self.model.upper[block.columns] = 0.0


def elastic_problem(facts: Facts, *, counted: bool = False) -> ElasticProblem:
    """Assemble the model of a profile with elastic rules; see `elastic`."""
    return elastic(build(facts), counted=counted)


def problem_of(facts: Facts) -> Problem:
    """Assemble the model of a profile, whether or not it has elastic rules."""
    return elastic_problem(facts) if facts.policy.elastic_rules else build(facts)


def elastic(base: Problem, *, counted: bool = False) -> ElasticProblem:
    """Add what lets the elastic rules give way to a model of the rules that bind.

    Parameters
    ----------
    counted
        Let every breach of distance count 1, so that all coefficients are whole.
    """
    slacks = Slacks(base.model)
    case = Case(base, slacks, counted)
    blocks = tuple(GIVE_WAY[rule](case) for rule in base.facts.policy.elastic_rules)
    return ElasticProblem(**vars(base), blocks=blocks, slacks=slacks, free=base.model.upper.copy())
