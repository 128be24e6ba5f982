"""The choice of projects as a PuLP model: every variable and row has a name that can be read in its MPS file.

CV^2 = P Q / N^2 - 1. A project is taken or not, so Q is linear in the packages of projects that a school may
get: exactly, without a cone. N^2 is bounded from above by the chords between `knots`: the model allows a little
more than the rule, is exact at the knots, and gets another knot where that matters.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import combinations, pairwise
from math import ceil, sqrt

import pulp

from allocator.funding.projects_data import Lift, Part, Projects, Spread

MOST_KNOTS = 33
"""Knots of a spread to begin with, at most."""
ERROR = 1e-4
"""What a chord may allow too much at first, over N_0^2."""
SLACK = 1e-6
"""Tolerance of a solver, over N_0."""
LARGEST = 8
"""Projects of one school and asset that are looked at in packages; more only in pairs."""


@dataclass
class Knots:
    """Where N^2 is exact, in units of the smallest N (see `unit`); ascending."""

    unit: Fraction
    at: list[Fraction] = field(default_factory=list)

    @classmethod
    def of(cls, spread: Spread, most: Fraction) -> Knots:
        """From the least N to the most."""
        least = spread.rest + sum((p.has for p in spread.parts), Fraction(0))
        unit = least or min((a for p in spread.parts for a in p.adds.values()), default=Fraction(1))
        low, high = least / unit, max(most, least) / unit
        return cls(unit, [low, high])

    @property
    def wide(self) -> bool:
        """Whether one chord from end to end would allow too much."""
        return float(self.at[-1] - self.at[0]) > 2 * sqrt(ERROR)

    @property
    def ends(self) -> Knots:
        """Only the first and the last."""
        return Knots(self.unit, [self.at[0], self.at[-1]])

    def narrow(self, low: float, high: float) -> None:
        """Forget what lies outside, a little more being kept for a solver's tolerance."""
        first, last = (Fraction(low - SLACK), Fraction(high + SLACK))
        first, last = max(first, self.at[0]), min(last, self.at[-1])
        if first < last:
            self.at = [first, *(k for k in self.at if first < k < last), last]

    def refine(self) -> None:
        """Put knots evenly between the ends, so close that no chord allows too much."""
        low, high = self.at[0], self.at[-1]
        pieces = min(MOST_KNOTS - 1, max(1, ceil(float(high - low) / (2 * sqrt(ERROR)))))
        self.at = sorted({*self.at, *(low + (high - low) * k / pieces for k in range(pieces + 1))})

    def add(self, amount: Fraction) -> bool:
        """Add a knot at an amount N; False if it is one already."""
        value = amount / self.unit
        if not self.at[0] < value < self.at[-1]:
            return False
        spot = bisect_left(self.at, value)
        if spot < len(self.at) and self.at[spot] == value:
            return False
        self.at.insert(spot, value)
        return True


@dataclass
class ProjectsModel:
    """A PuLP problem with the variables that later levels need.

    Attributes
    ----------
    take
        1 if a project is chosen, by code.
    lift
        1 if a section-indicator is lifted, in the order of `Projects.lifts`.
    """

    projects: Projects
    problem: pulp.LpProblem
    take: Mapping[str, pulp.LpVariable]
    lift: list[pulp.LpVariable]
    packages: dict[tuple[str, ...], list[tuple[frozenset[str], pulp.LpVariable]]] = field(default_factory=dict)
    amounts: dict[str, pulp.LpAffineExpression] = field(default_factory=dict)
    both: dict[tuple[str, str], pulp.LpVariable] = field(default_factory=dict)
    spreads: dict[int, tuple[pulp.LpVariable, pulp.LpAffineExpression]] = field(default_factory=dict)

    def spread(self, number: int, knots: Knots) -> tuple[pulp.LpVariable, pulp.LpAffineExpression]:
        """N^2 (bounded by chords) and P Q of one spread, added to the problem when first asked for."""
        if number not in self.spreads:
            self.spreads[number] = add_spread(self, self.projects.spreads[number], knots)
        return self.spreads[number]

    def chosen(self, values: Mapping[str, float]) -> frozenset[str]:
        """Projects chosen in a solution."""
        return frozenset(code for code, x in self.take.items() if values.get(x.name, 0.0) > 0.5)

    def start(self, chosen: frozenset[str]) -> dict[str, float]:
        """Values of takes and lifts for some projects."""
        values = {x.name: float(code in chosen) for code, x in self.take.items()}
        lifts = zip(self.projects.lifts, self.lift, strict=True)
        return values | {y.name: float(lift.reached(chosen)) for lift, y in lifts}

    @property
    def lifted(self) -> pulp.LpAffineExpression:
        """Number of section-indicators lifted."""
        return pulp.lpSum(self.lift)


def binary(problem: pulp.LpProblem, name: str) -> pulp.LpVariable:
    """Add a variable that is 0 or 1."""
    return problem.add_variable(name, 0, 1, cat=pulp.LpBinary)


def base_model(projects: Projects, name: str = "projects") -> ProjectsModel:
    """Projects, ceilings, requires and excludes (F1, F4, F5, F8), and what is lifted."""
    problem = pulp.LpProblem(name, pulp.LpMaximize)
    take = {p.project_id: binary(problem, f"take_{p.project_id}") for p in projects.candidates}
    for ceiling in projects.ceilings:
        _add_ceiling(problem, take, ceiling.name, ceiling.costs, ceiling.low, ceiling.high)
    for project, needed in projects.requires:
        problem += take[project] <= take[needed], f"{project}_requires_{needed}"
    for one, other in projects.excludes:
        problem += take[one] + take[other] <= 1, f"{one}_excludes_{other}"
    model = ProjectsModel(projects, problem, take, [])
    model.lift += [_add_lift(model, lift) for lift in projects.lifts]
    return model


def _add_ceiling(
    problem: pulp.LpProblem,
    take: Mapping[str, pulp.LpVariable],
    name: str,
    costs: Mapping[str, Fraction],
    low: Fraction,
    high: Fraction,
) -> None:
    cost = pulp.lpSum(float(c) * take[code] for code, c in costs.items())
    if costs:
        problem += cost <= float(high), f"ceiling_{name}"
    if low:
        problem += cost >= float(low), f"floor_{name}"


def _add_lift(model: ProjectsModel, lift: Lift) -> pulp.LpVariable:
    """Lifted only if the projects taken add what is needed."""
    name = f"{lift.school_id}_{lift.stage.value}_{lift.asset.value}"
    lifted = binary(model.problem, f"lift_{name}")
    codes = tuple(sorted(lift.adds))
    if 1 < len(codes) <= LARGEST:
        enough = pulp.lpSum(x for chosen, x in _packages(model, codes) if lift.reached(chosen))
    else:
        # No project counts for more than what is needed.
        share = {code: float(min(Fraction(1), amount / lift.need)) for code, amount in lift.adds.items()}
        enough = pulp.lpSum(share[code] * model.take[code] for code in codes)
    model.problem += lifted <= enough, f"enough_{name}"
    return lifted


def _packages(model: ProjectsModel, codes: tuple[str, ...]) -> list[tuple[frozenset[str], pulp.LpVariable]]:
    """Every set of one school's projects that may be chosen together, with the part of it that is chosen.

    Parts are 0 or 1 wherever the choices are; between, no relaxation of a school is tighter.
    """
    if codes not in model.packages:
        allowed = [s for n in range(len(codes) + 1) for s in map(frozenset, combinations(codes, n))]
        allowed = [s for s in allowed if _together(model.projects, s, codes)]
        name = f"{codes[0]}_{len(codes)}"
        rows = [
            (chosen, model.problem.add_variable(f"package_{name}_{number}", 0))
            for number, chosen in enumerate(allowed)
        ]
        model.problem += pulp.lpSum(x for _, x in rows) == 1, f"one_package_{name}"
        for code in codes:
            inside = pulp.lpSum(x for chosen, x in rows if code in chosen)
            model.problem += inside == model.take[code], f"in_package_{name}_{code}"
        model.packages[codes] = rows
    return model.packages[codes]


def _together(projects: Projects, chosen: frozenset[str], codes: tuple[str, ...]) -> bool:
    """Whether requires and excludes among the projects of one school let a set be chosen."""
    missing = any(a in chosen and b in codes and b not in chosen for a, b in projects.requires)
    return not missing and not any(a in chosen and b in chosen for a, b in projects.excludes)


def add_spread(
    model: ProjectsModel, spread: Spread, knots: Knots
) -> tuple[pulp.LpVariable, pulp.LpAffineExpression]:
    """Add N^2 (bounded by chords) and P Q of one spread, both in squared units of the knots.

    Returns
    -------
    square, squares
        A variable at most the chord of N^2 at N, and the expression P Q.
    """
    name, unit = spread.name, knots.unit
    amount = float(spread.rest / unit) + pulp.lpSum(
        [float(part.has / unit) for part in spread.parts]
        + [float(a / unit) * model.take[code] for part in spread.parts for code, a in part.adds.items()]
    )
    model.amounts[name] = amount
    square = model.problem.add_variable(f"square_{name}", 0, float(knots.at[-1] ** 2))
    _add_chords(model.problem, name, amount, square, knots.at)
    scale = spread.pupils / unit**2
    squares = float(scale * spread.rest_squares) + pulp.lpSum(
        term for part in spread.parts for term in _square_of(model, part, scale)
    )
    return square, squares


def _add_chords(
    problem: pulp.LpProblem,
    name: str,
    amount: pulp.LpAffineExpression,
    square: pulp.LpVariable,
    at: list[Fraction],
) -> None:
    """Bound `square` by the chord over the interval between two knots in which the amount lies."""
    if len(set(at)) == 1:
        problem += square <= float(at[0] ** 2), f"chord_{name}"
        return
    inside = [binary(problem, f"piece_{name}_{k}") for k in range(len(at) - 1)]
    along = [problem.add_variable(f"along_{name}_{k}", 0) for k in range(len(at) - 1)]
    problem += pulp.lpSum(inside) == 1, f"one_piece_{name}"
    for k, (a, b) in enumerate(pairwise(at)):
        problem += along[k] <= float(b - a) * inside[k], f"within_{name}_{k}"
    starts = pulp.lpSum(float(a) * x for a, x in zip(at, inside, strict=False))
    problem += amount == starts + pulp.lpSum(along), f"amount_{name}"
    chords = [float(a * a) * inside[k] + float(a + b) * along[k] for k, (a, b) in enumerate(pairwise(at))]
    problem += square <= pulp.lpSum(chords), f"chord_{name}"


def _square_of(model: ProjectsModel, part: Part, scale: Fraction) -> list[pulp.LpAffineExpression | float]:
    """(has + sum of adds)^2 / pupils, written out in choices and products of two choices."""
    factor = scale / part.pupils
    codes = tuple(sorted(part.adds))
    if 1 < len(codes) <= LARGEST:
        return [float(factor * part.after(chosen) ** 2) * x for chosen, x in _packages(model, codes)]
    terms: list[pulp.LpAffineExpression | float] = [float(factor * part.has**2)]
    terms += [float(factor * (2 * part.has * a + a * a)) * model.take[code] for code, a in part.adds.items()]
    for one, other in combinations(codes, 2):
        if (one, other) not in model.projects.excludes:
            terms.append(float(2 * factor * part.adds[one] * part.adds[other]) * _both(model, one, other))
    return terms


def _both(model: ProjectsModel, one: str, other: str) -> pulp.LpVariable:
    """At least the product of two choices; a model that wants it small makes it the product."""
    if (one, other) not in model.both:
        product = model.problem.add_variable(f"both_{one}_{other}", 0)
        model.problem += product >= model.take[one] + model.take[other] - 1, f"both_{one}_{other}"
        model.both[one, other] = product
    return model.both[one, other]
