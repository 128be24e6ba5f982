"""The choice of projects as a PuLP model: every variable and row has a name that can be read in its MPS file.

CV^2 = P Q / N^2 - 1. A project is taken or not, so Q is linear in the packages of projects that a school may
get: exactly, without a cone. A school with too many packages has the tangents of its part of Q instead. N^2 is
bounded from above by the chords between `knots`. So the model allows a little more than the rule, is exact at
knots and tangents, and gets another of them where that matters.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from math import ceil, sqrt

import pulp

from allocator.funding.projects_data import Lift, Part, Projects, Spread

MOST_KNOTS = 33
"""Knots of a spread to begin with, at most."""
TANGENTS = 33
"""Tangents of a section's part of Q to begin with, where its packages are too many."""


@dataclass
class Knots:
    """Where the model of a spread is exact.

    Attributes
    ----------
    unit
        The smallest N; `at` is in this unit.
    at
        Amounts N where N^2 is exact, ascending.
    tangents
        By the codes of a section with too many packages: its amounts where its part of Q is exact.
    """

    unit: Fraction
    at: list[Fraction] = field(default_factory=list)
    tangents: dict[tuple[str, ...], list[Fraction]] = field(default_factory=dict)

    @classmethod
    def of(cls, projects: Projects, spread: Spread, most: Fraction) -> Knots:
        """From the least N to the most; tangents evenly from nothing to everything."""
        least = spread.rest + sum((p.has for p in spread.parts), Fraction(0))
        unit = least or min((a for p in spread.parts for a in p.adds.values()), default=Fraction(1))
        low, high = least / unit, max(most, least) / unit
        many = [part for part in spread.parts if projects.packages[part.codes] is None]
        return cls(unit, [low, high], {part.codes: _evenly(part) for part in many})

    @property
    def ends(self) -> tuple[float, float]:
        """The first and the last."""
        return float(self.at[0]), float(self.at[-1])

    def inside(self, low: float, high: float, error: float | None) -> Knots:
        """Knots from one end to another, so close that no chord allows more than `error` too much.

        There are no more than `MOST_KNOTS`, but for those that were added; None leaves one chord.
        """
        first, last = Fraction(low), Fraction(high)
        if error is None:
            return Knots(self.unit, [first, last], self.tangents)
        pieces = min(MOST_KNOTS - 1, max(1, ceil((high - low) / (2 * sqrt(error)))))
        even = {first + (last - first) * k / pieces for k in range(pieces + 1)}
        return Knots(self.unit, sorted({*even, *(k for k in self.at if first < k < last)}), self.tangents)

    def add(self, spread: Spread, chosen: frozenset[str]) -> bool:
        """Make the model exact at a choice; False if it was."""
        many = [part for part in spread.parts if part.codes in self.tangents]
        missed = [part for part in many if part.after(chosen) not in self.tangents[part.codes]]
        for part in missed:
            self.tangents[part.codes].append(part.after(chosen))
        return self._add_knot(spread.amount(chosen)) or bool(missed)

    def _add_knot(self, amount: Fraction) -> bool:
        """Add a knot at an amount N; False if it is one already."""
        value = amount / self.unit
        if not self.at[0] < value < self.at[-1]:
            return False
        spot = bisect_left(self.at, value)
        if spot < len(self.at) and self.at[spot] == value:
            return False
        self.at.insert(spot, value)
        return True


def _evenly(part: Part) -> list[Fraction]:
    """Amounts of a section from nothing chosen to everything."""
    total = sum(part.adds.values(), Fraction(0))
    return [part.has + total * k / (TANGENTS - 1) for k in range(TANGENTS)]


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
    spreads: dict[int, tuple[pulp.LpVariable, pulp.LpVariable]] = field(default_factory=dict)

    def spread(self, number: int, knots: Knots) -> tuple[pulp.LpVariable, pulp.LpVariable]:
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
    names = projects.names
    take = {p.project_id: binary(problem, f"take_{names[p.project_id]}") for p in projects.candidates}
    for ceiling in projects.ceilings:
        _add_ceiling(problem, take, names[ceiling.name], ceiling.costs, ceiling.low, ceiling.high)
    for project, needed in projects.requires:
        problem += take[project] <= take[needed], f"{names[project]}_requires_{names[needed]}"
    for one, other in projects.excludes:
        problem += take[one] + take[other] <= 1, f"{names[one]}_excludes_{names[other]}"
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
    name = f"{model.projects.names[lift.school_id]}_{lift.stage.value}_{lift.asset.value}"
    lifted = binary(model.problem, f"lift_{name}")
    codes = tuple(sorted(lift.adds))
    packages = _packages(model, codes)
    if packages is not None:
        enough = pulp.lpSum(x for chosen, x in packages if lift.reached(chosen))
    else:
        # No project counts for more than what is needed.
        share = {code: float(min(Fraction(1), amount / lift.need)) for code, amount in lift.adds.items()}
        enough = pulp.lpSum(share[code] * model.take[code] for code in codes)
    model.problem += lifted <= enough, f"enough_{name}"
    return lifted


def _packages(
    model: ProjectsModel, codes: tuple[str, ...]
) -> list[tuple[frozenset[str], pulp.LpVariable]] | None:
    """Every package of one school's projects, with the part of it that is chosen; None if they are too many.

    Parts are 0 or 1 wherever the choices are; between, no relaxation of a school is tighter.
    """
    allowed = model.projects.packages[codes]
    if allowed is None:
        return None
    if codes not in model.packages:
        names = model.projects.names
        name = f"{names[codes[0]]}_{len(codes)}"
        rows = [
            (chosen, model.problem.add_variable(f"package_{name}_{number}", 0))
            for number, chosen in enumerate(allowed)
        ]
        model.problem += pulp.lpSum(x for _, x in rows) == 1, f"one_package_{name}"
        for code in codes:
            inside = pulp.lpSum(x for chosen, x in rows if code in chosen)
            model.problem += inside == model.take[code], f"in_package_{name}_{names[code]}"
        model.packages[codes] = rows
    return model.packages[codes]


def add_spread(model: ProjectsModel, spread: Spread, knots: Knots) -> tuple[pulp.LpVariable, pulp.LpVariable]:
    """Add N (`amount_...`), N^2 (`square_...`) and P Q (`squares_...`) of one spread, in units of the knots.

    Returns
    -------
    square, squares
        A variable at most the chord of N^2 at N, and one that is P Q.
    """
    name, unit, problem = spread.name, knots.unit, model.problem
    low, high = knots.ends
    amount = problem.add_variable(f"amount_{name}", low, high)
    problem += (
        amount
        == float(spread.rest / unit)
        + pulp.lpSum(
            [float(part.has / unit) for part in spread.parts]
            + [float(a / unit) * model.take[code] for part in spread.parts for code, a in part.adds.items()]
        ),
        f"amount_{name}",
    )
    square = problem.add_variable(f"square_{name}", 0, high**2)
    _add_chords(problem, name, amount, square, knots.at)
    squares, scale = problem.add_variable(f"squares_{name}", 0), spread.pupils / unit**2
    own = [float(spread.pupils) / part.pupils * _square_of(model, spread, part, knots) for part in spread.parts]
    problem += squares == float(scale * spread.rest_squares) + pulp.lpSum(own), f"squares_{name}"
    return square, squares


def _add_chords(
    problem: pulp.LpProblem,
    name: str,
    amount: pulp.LpVariable,
    square: pulp.LpVariable,
    at: list[Fraction],
) -> None:
    """Bound `square` by the chord over the interval between two knots in which the amount lies."""
    if len(at) <= 2:
        low, high = float(at[0]), float(at[-1])
        problem += square <= (low + high) * amount - low * high, f"chord_{name}"
        return
    inside = [binary(problem, f"piece_{name}_{k}") for k in range(len(at) - 1)]
    along = [problem.add_variable(f"along_{name}_{k}", 0) for k in range(len(at) - 1)]
    problem += pulp.lpSum(inside) == 1, f"one_piece_{name}"
    for k, (a, b) in enumerate(pairwise(at)):
        problem += along[k] <= float(b - a) * inside[k], f"within_{name}_{k}"
    starts = pulp.lpSum(float(a) * x for a, x in zip(at, inside, strict=False))
    problem += amount == starts + pulp.lpSum(along), f"along_{name}"
    chords = [float(a * a) * inside[k] + float(a + b) * along[k] for k, (a, b) in enumerate(pairwise(at))]
    problem += square <= pulp.lpSum(chords), f"chord_{name}"


def _square_of(model: ProjectsModel, spread: Spread, part: Part, knots: Knots) -> pulp.LpAffineExpression:
    """Square of a section's amount, in squared units of the knots: by its packages, or over its tangents."""
    packages, unit = _packages(model, part.codes), knots.unit
    if packages is not None:
        return pulp.lpSum(float((part.after(chosen) / unit) ** 2) * x for chosen, x in packages)
    name = f"{spread.name}_{model.projects.names[part.codes[0]]}_{len(part.codes)}"
    square = model.problem.add_variable(f"part_{name}", 0)
    amount = float(part.has / unit) + pulp.lpSum(float(a / unit) * model.take[c] for c, a in part.adds.items())
    for number, at in enumerate(knots.tangents[part.codes]):
        touch = float(at / unit)
        model.problem += square >= 2 * touch * amount - touch**2, f"tangent_{name}_{number}"
    return square + 0
