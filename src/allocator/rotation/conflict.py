"""Which rules cannot hold together: the smallest such set, proven, and how each would have to give way.

Every set of conflicting rules has to meet every *correction*: a set of rules that some plan breaks while it
obeys all others. So the smallest set of rules that meets all corrections found so far is tried; if a plan
obeys it, that plan gives another correction; if none does, it is a conflict, and no smaller one exists. The
search runs on the linear relaxation first, whose conflicts are conflicts of the rules, then on whole plans.

R1 and R2 bind throughout: who may be moved is not in question, and quotas are shares of the eligible. R15 is
left out: it compares teachers under the rules in force, so that without some of them it may ask for more.
Where the other rules can hold without it, R15 conflicts with the rest as a whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from allocator.domain.plan import Moves
from allocator.domain.policy import Policy
from allocator.domain.run import Limits, StopSignal
from allocator.rotation.elastic import QUOTAS
from allocator.rotation.facts import Facts
from allocator.rotation.facts import facts as facts_of
from allocator.rotation.narrowing import Narrowed, narrowed
from allocator.rotation.plan import moves_of
from allocator.rotation.problem import build
from allocator.rotation.repair import ElasticProblem, elastic_problem
from allocator.solving.highs import Outcome
from allocator.solving.levels import LevelSolver, Objective
from allocator.solving.model import Floats
from allocator.solving.patience import Patience
from allocator.solving.second_opinion import proves_infeasible

POINTS = "R15"
BACKGROUND = ("R1", "R2")
"""Rules that bind whichever others are tried (R2 unless the profile turns it off)."""

ANY_PLAN = 0.5
"""Gap at which a plan is good enough where any plan that obeys some rules would do."""

PATIENCE = 5.0
"""Seconds for the proof that no smaller conflict exists, once one is found."""

Ask = Callable[[Iterable[str]], "frozenset[str] | None"]


@dataclass(frozen=True)
class GivingWay:
    """The plan that breaks one rule least and keeps the others of a conflict; whether that is proven."""

    rule: str
    moves: Moves
    least: bool


@dataclass(frozen=True)
class RuleConflict:
    """A conflict as the model sees it, for the checker to confirm.

    Attributes
    ----------
    rules
        Ids in order; no plan obeys them all, proven by two solvers.
    ways
        For each rule, a plan that obeys all the others.
    smallest
        Whether no set of fewer rules conflicts.
    rest
        Whether it is all other rules of the profile that the one rule named conflicts with.
    parts
        The elements of rules that the conflict needs, with a plan for each that obeys all but that element.
    """

    rules: tuple[str, ...]
    ways: tuple[GivingWay, ...]
    smallest: bool
    parts: Narrowed
    rest: bool = False


def find_conflict(facts: Facts, limits: Limits, stop: StopSignal) -> RuleConflict | None:
    """Find the smallest set of hard rules that no plan obeys together.

    Parameters
    ----------
    facts
        A case that has been proven infeasible.

    Returns
    -------
    RuleConflict or None
        None if the limit came before the proofs were complete.
    """
    search = _Search(facts, limits, stop)
    first = search.relaxed_conflict() or search.whole_conflict(())
    if first is None:
        return _points_against_the_rest(facts, limits, stop)
    found = search.irreducible(first)
    if found is None:
        return None
    rules, ways = found
    smaller, smallest = search.smaller(rules)
    if smaller != rules:
        found = search.irreducible(smaller)
        if found is None:
            return None
        rules, ways = found
    bound = _case(facts, rules)
    parts = narrowed(bound, limits, stop)
    if not parts.proven and not proves_infeasible(build(bound).model, limits, stop):
        return None
    return RuleConflict(rules, ways, smallest, parts)


def _points_against_the_rest(facts: Facts, limits: Limits, stop: StopSignal) -> RuleConflict | None:
    """Plan that obeys all rules but R15, where only R15 makes plans impossible."""
    if not facts.policy.active(POINTS):
        return None
    problem = build(_case(facts, [rule for rule in facts.policy.hard_rules if rule != POINTS]))
    solved = LevelSolver(problem.model, limits, stop, problem.polish).solve(problem.objective("staffing"))
    if solved.x is None:
        return None
    way = GivingWay(POINTS, moves_of(problem, solved.x), least=False)
    return RuleConflict((POINTS,), (way,), smallest=False, parts=Narrowed(), rest=True)


def _case(facts: Facts, hard: Iterable[str], elastic: Iterable[str] = ()) -> Facts:
    """Take the district under these rules and the background, without what never decides whether a plan exists.

    Degrees, wishes and volunteering matter to the objective alone, unless R16 is among the rules; without them
    more teachers are alike.
    """
    policy: Policy = facts.policy.with_rules({*hard, *BACKGROUND} & set(facts.policy.hard_rules), elastic)
    if policy.active("R16") or policy.gives_way("R16"):
        return facts_of(facts.district, policy, facts.as_of)
    plain = facts_of(facts.district.model_copy(update={"wishes": ()}), policy, facts.as_of)
    nobody = np.zeros(len(facts.section), dtype=bool)
    # Volunteering has already made its teachers eligible.
    return replace(plain, degree=nobody, volunteer=nobody)


def _fewest(rules: Sequence[str], corrections: Sequence[frozenset[str]]) -> tuple[str, ...]:
    """First of the smallest sets of rules, in their order, that meet every correction."""
    sizes = range(len(rules) + 1)
    sets = (chosen for size in sizes for chosen in combinations(rules, size))
    return next(chosen for chosen in sets if all(not c.isdisjoint(chosen) for c in corrections))


class _Search:
    """Looks for a conflict among the hard rules of a case."""

    def __init__(self, facts: Facts, limits: Limits, stop: StopSignal) -> None:
        self.facts, self.limits, self.stop = facts, limits, stop
        tried = [rule for rule in facts.policy.hard_rules if rule not in (*BACKGROUND, POINTS)]
        self.rules = tuple(tried)
        self.patience = Patience.within(stop)
        self.trial = _Trial(_case(facts, (), tried), limits, self.patience)
        self.seen = [frozenset(tried) - self.trial.nobody_moves()]
        """Corrections that whole plans have shown."""

    def relaxed_conflict(self) -> tuple[str, ...] | None:
        """Smallest conflict of the linear relaxation, if that has any."""
        return self._meet(self.trial.relaxed, [], len(self.rules) + 1, grow=True)

    def whole_conflict(self, known: tuple[str, ...]) -> tuple[str, ...] | None:
        """Smallest conflict, of fewer rules than a `known` one (if any); None if none was found."""
        if known:
            self.patience.until = self.stop.seconds + PATIENCE
        return self._meet(self.trial.obeyed, self.seen, len(known) or len(self.rules) + 1, grow=not known)

    def smaller(self, known: tuple[str, ...]) -> tuple[tuple[str, ...], bool]:
        """Smallest conflict, and whether it is proven to be: the known one, unless a smaller is found."""
        found = self.whole_conflict(known)
        if found is not None:
            return found, True
        return known, len(_fewest(self.rules, self.seen)) >= len(known)

    def _meet(
        self, ask: Ask, corrections: list[frozenset[str]], most: int, *, grow: bool
    ) -> tuple[str, ...] | None:
        """Try sets that meet all corrections, smallest first, while they have fewer rules than `most`.

        To `grow` what a plan obeys makes for fewer rounds, at the cost of a trial for each rule it breaks.
        """
        while not self.patience.now:
            candidate = _fewest(self.rules, corrections)
            if len(candidate) >= most:
                return None
            obeyed = ask(candidate)
            if obeyed is None:
                return candidate if self.trial.infeasible else None
            for rule in self.rules:
                if grow and rule not in obeyed:
                    obeyed = ask({*obeyed, rule}) or obeyed
            if len(obeyed) == len(self.rules):
                return None
            corrections.append(frozenset(self.rules) - obeyed)
        return None

    def irreducible(self, rules: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[GivingWay, ...]] | None:
        """Drop the rules without which there is still no plan; for each other rule, show a plan without it."""
        ways: list[GivingWay] = []
        for rule in rules:
            others = [r for r in rules if r != rule]
            way, infeasible = _least_breach(self.facts, others, rule, self.limits, self.stop)
            if infeasible:
                return self.irreducible(tuple(others))
            if way is None:
                return None
            ways.append(way)
            self.seen.append(frozenset(self.rules) - set(others))
        return rules, tuple(ways)


class _Trial:
    """Asks one elastic model again and again which rules can hold together."""

    def __init__(self, facts: Facts, limits: Limits, stop: StopSignal) -> None:
        self.problem: ElasticProblem = elastic_problem(facts, counted=True)
        self.objective = self._few_moves()
        quick = replace(limits, gap=max(limits.gap, ANY_PLAN))
        self.solver = LevelSolver(self.problem.model, quick, stop, self.problem.polish)
        self.infeasible = False

    def _few_moves(self) -> Objective:
        """Price breaches, but not of quotas, and moves a little: plans in which few move are easily found."""
        cost = np.zeros(self.problem.model.columns)
        cost[: len(self.problem.moves)] = 1.0
        for block in self.problem.blocks:
            np.add.at(cost, block.columns, 0.0 if block.rule in QUOTAS else 1000.0)
        return Objective("breaches", cost, 0.0, 1.0, 1.0)

    def nobody_moves(self) -> frozenset[str]:
        """Rules obeyed if nobody moves."""
        return self._kept(self.problem.polish(np.zeros(self.problem.model.columns)))

    def relaxed(self, rules: Iterable[str]) -> frozenset[str] | None:
        """Rules obeyed by some solution of the relaxation that obeys the given ones; see `obeyed`."""
        self.problem.hold(rules)
        solved = self.solver.relaxation.relax(self.objective.cost * self.objective.scale)
        self.infeasible = solved.outcome is Outcome.INFEASIBLE
        return self._kept(self.problem.polish(solved.x)) if solved.outcome is Outcome.OPTIMAL else None

    def obeyed(self, rules: Iterable[str]) -> frozenset[str] | None:
        """Rules obeyed by some plan that obeys the given ones; None if none was found (see `infeasible`)."""
        self.problem.hold(rules)
        solved = self.solver.solve(self.objective)
        self.infeasible = solved.infeasible
        return None if solved.x is None else self._kept(solved.x)

    def _kept(self, x: Floats) -> frozenset[str]:
        return frozenset(b.rule for b in self.problem.blocks) - self.problem.breached(x)


def _least_breach(
    facts: Facts, others: Sequence[str], rule: str, limits: Limits, stop: StopSignal
) -> tuple[GivingWay | None, bool]:
    """Plan that obeys the other rules and breaks one as little as possible; or that there is none."""
    problem = elastic_problem(_case(facts, others, [rule]))
    objective = problem.objective("breaches")
    solved = LevelSolver(problem.model, limits, stop, problem.polish).solve(objective)
    if solved.x is None:
        return None, solved.infeasible
    value = objective.value(solved.x)
    least = solved.bound is not None and value - solved.bound <= limits.gap * max(1.0, abs(value))
    return GivingWay(rule, moves_of(problem, solved.x), least), False
