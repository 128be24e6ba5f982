"""Down to the single lock, couple or school: which elements of the rules in conflict the conflict needs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from allocator.domain.conflict import Element
from allocator.domain.plan import Moves
from allocator.domain.run import Limits, StopSignal
from allocator.rotation.elastic import QUOTAS, Block
from allocator.rotation.facts import Facts
from allocator.rotation.facts import facts as facts_of
from allocator.rotation.plan import moves_of
from allocator.rotation.repair import ElasticProblem, elastic_problem
from allocator.solving.certificate import combined_row
from allocator.solving.levels import LevelSolver
from allocator.solving.model import Bools
from allocator.solving.second_opinion import proves_infeasible

ALWAYS = ("R11", "R12")
WITHOUT_QUOTA = ("R4", "R5", "R10", "R14")
"""Rules narrowed down to places unless a quota of the whole plan is in the conflict: then all places count."""

MOST_TRIALS = 60
"""Elements tried one by one; beyond that a list explains nothing and the rule is named as a whole."""


@dataclass(frozen=True)
class Narrowed:
    """Elements that a conflict needs.

    Attributes
    ----------
    needed
        Each with a plan that obeys the conflict but for that element (None where none was found in time).
    rules
        Rules that were narrowed down; the other members count as a whole.
    proven
        Whether two solvers prove that the elements and the other members conflict.
    complete
        Whether each element has been shown to be needed.
    """

    needed: tuple[tuple[Element, Moves | None], ...] = ()
    rules: tuple[str, ...] = ()
    proven: bool = False
    complete: bool = True


def narrowed(facts: Facts, limits: Limits, stop: StopSignal) -> Narrowed:
    """Narrow the hard rules of a case that conflict down to the elements that matter."""
    rules = facts.policy.hard_rules
    chosen = ALWAYS if QUOTAS & set(rules) else (*WITHOUT_QUOTA, *ALWAYS)
    narrow = tuple(rule for rule in chosen if rule in rules)
    if not narrow:
        return Narrowed()
    policy = facts.policy.with_rules(set(rules) - set(narrow), narrow)
    case = replace(
        facts_of(facts.district, policy, facts.as_of), degree=facts.degree, volunteer=facts.volunteer
    )
    search = _Search(case, limits, stop)
    search.drop_idle()
    if search.count > MOST_TRIALS:
        return Narrowed()
    search.drop_superfluous()
    proven = not stop.now and search.proven()
    return Narrowed(tuple(search.needed()), narrow if proven else (), proven, search.complete)


class _Search:
    """Drops elements one by one as long as the conflict stays."""

    def __init__(self, facts: Facts, limits: Limits, stop: StopSignal) -> None:
        self.problem: ElasticProblem = elastic_problem(facts, counted=True)
        self.limits, self.stop = limits, stop
        quick = replace(limits, gap=max(limits.gap, 0.5))
        self.solver = LevelSolver(self.problem.model, quick, stop, self.problem.polish)
        self.kept: dict[str, Bools] = {
            b.rule: np.ones(len(b.elements), dtype=bool) for b in self.problem.blocks
        }
        self.plans: dict[tuple[str, int], Moves] = {}
        self.complete = True
        self._hold()

    def _hold(self) -> None:
        self.problem.hold((), self.kept)

    @property
    def count(self) -> int:
        """Elements still kept."""
        return sum(int(kept.sum()) for kept in self.kept.values())

    def drop_idle(self) -> None:
        """Drop at once all elements that the linear proof of the conflict does not use, where there is one."""
        row = combined_row(self.problem.model, self.limits, self.stop)
        for block in self.problem.blocks:
            used = np.zeros(len(block.elements), dtype=bool)
            if row is None:
                # Elements without a column of their own cannot be broken.
                used[block.part] = True
            else:
                against = row.columns[row.values > 0]
                used[block.part[np.isin(block.columns, against)]] = True
            self.kept[block.rule] = used
        self._hold()

    def drop_superfluous(self) -> None:
        """Try each element left: it is needed if there is a plan without it."""
        for block in self.problem.blocks:
            for k in np.flatnonzero(self.kept[block.rule]):
                if self.stop.now:
                    self.complete = False
                    return
                self._try(block, int(k))

    def _try(self, block: Block, k: int) -> None:
        kept = self.kept[block.rule]
        kept[k] = False
        self._hold()
        solved = self.solver.solve(self.problem.objective("breaches"))
        if solved.infeasible:
            return
        kept[k] = True
        self._hold()
        if solved.x is None:
            self.complete = False
        else:
            self.plans[block.rule, k] = moves_of(self.problem, solved.x)

    def proven(self) -> bool:
        """Whether a second solver agrees that what is left conflicts."""
        return proves_infeasible(self.problem.model, self.limits, self.stop)

    def needed(self) -> Iterator[tuple[Element, Moves | None]]:
        """Elements that are left, each with the plan that does without it."""
        for block in self.problem.blocks:
            for k in np.flatnonzero(self.kept[block.rule]):
                yield block.elements[k], self.plans.get((block.rule, int(k)))
