"""What is known of one choice of projects: rows found on the way, knots, and the clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

import pulp

from allocator.domain.policy import Policy
from allocator.domain.run import Limits, StopSignal
from allocator.funding.projects_data import Projects, Spread
from allocator.funding.projects_model import Knots, ProjectsModel, base_model

Codes = frozenset[str]


@dataclass
class Search:
    """What is known of one choice: rows found on the way, knots, and the clock."""

    projects: Projects
    policy: Policy
    limits: Limits
    stop: StopSignal
    knots: dict[int, Knots] = field(default_factory=dict)
    cuts: list[tuple[Codes, Codes, int | None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        for number, spread in enumerate(self.projects.spreads):
            self.knots[number] = Knots.of(self.projects, spread, _most(self.projects, spread))


def in_order(search: Search, model: ProjectsModel, chosen: Codes, values: Mapping[str, float]) -> bool:
    """Whether a choice obeys the rules in exact numbers; if not, add rows for what a tolerance let pass."""
    before = len(search.cuts)
    for ceiling in search.projects.ceilings:
        if not ceiling.holds(chosen):
            cost = sum(c for code, c in ceiling.costs.items() if code in chosen)
            inside, outside = ceiling.costs.keys() & chosen, ceiling.costs.keys() - chosen
            over = cost > ceiling.high
            search.cuts.append((frozenset(inside if over else ()), frozenset(() if over else outside), None))
    for number, (lift, lifted) in enumerate(zip(search.projects.lifts, model.lift, strict=True)):
        if values[lifted.name] > 0.5 and not lift.reached(chosen):
            search.cuts.append((frozenset(), frozenset(lift.adds.keys() - chosen), number))
    wide = [s for s in search.projects.spreads if _too_wide(search.policy, s, chosen)]
    if wide and not add_knots(search, chosen):
        search.cuts.append((chosen, frozenset(model.take.keys() - chosen), None))
    return len(search.cuts) == before and not wide


def _too_wide(policy: Policy, spread: Spread, chosen: Codes) -> bool:
    most, after = _hard_limit(policy, spread), spread.squared_cv(chosen)
    return most is not None and after is not None and after > most


def add_knots(search: Search, chosen: Codes) -> bool:
    """Make the chords exact at a choice; False if they were."""
    added = [search.knots[n].add(spread, chosen) for n, spread in enumerate(search.projects.spreads)]
    return any(added)


def model_of(search: Search, every: Mapping[int, Knots]) -> ProjectsModel:
    """The base model, F6 where it binds, and the rows that were found to be needed."""
    model = base_model(search.projects)
    for number, spread in enumerate(search.projects.spreads):
        most = _hard_limit(search.policy, spread)
        if most is not None:
            square, squares = model.spread(number, every[number])
            model.problem += squares <= float(1 + most) * square, f"balance_{number}"
    for number, (inside, outside, lift) in enumerate(search.cuts):
        change = pulp.lpSum(model.take[c] for c in outside)
        stay = pulp.lpSum(1 - model.take[c] for c in inside)
        if lift is None:
            model.problem += stay + change >= 1, f"cut_{number}"
        else:
            model.problem += model.lift[lift] <= change, f"cut_{number}"
    return model


def _most(projects: Projects, spread: Spread) -> Fraction:
    """Most that N can be within the ceilings of the grants: by the best value for money, fractions allowed."""
    adds: dict[str, Fraction] = {}
    for part in spread.parts:
        for code, amount in part.adds.items():
            adds[code] = adds.get(code, Fraction(0)) + amount
    most = spread.rest + sum((part.has for part in spread.parts), Fraction(0))
    for grant in projects.grants:
        ceiling = next(c for c in projects.ceilings if c.name == grant)
        own = [(adds[code], cost) for code, cost in ceiling.costs.items() if code in adds]
        most += _fill(own, ceiling.high)
    return most


def _fill(own: list[tuple[Fraction, Fraction]], money: Fraction) -> Fraction:
    added = Fraction(0)
    for amount, cost in sorted(own, key=lambda pair: pair[1] / pair[0]):
        part = Fraction(1) if not cost else min(Fraction(1), money / cost)
        added, money = added + part * amount, money - part * cost
    return added


def _hard_limit(policy: Policy, spread: Spread) -> Fraction | None:
    """Largest CV^2 where F6 binds: the squared limit, and what it is before; None where the rule gives way."""
    if not policy.active("F6"):
        return None
    limit = spread.limit**2
    before = spread.squared_cv(frozenset())
    return limit if before is None else min(limit, before)
