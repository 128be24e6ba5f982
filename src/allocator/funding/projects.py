"""Which projects are paid: most section-indicators lifted over their thresholds, then the smallest t, proven.

The second level asks for the least T = t^2 with CV^2 <= T limit^2 everywhere. For a T at hand, the model looks
for the least v with P Q - (1 + T limit^2) N^2 <= v limit^2 N_0^2 in every spread (N_0: without any project).
Where v < 0 there is a choice with a smaller T, which takes its place; and since N >= N_0, no choice has a T
under T + v. Chords that were too generous get a knot where the choice lies.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import floor, sqrt
from pathlib import Path

import pulp

from allocator.domain.district import District
from allocator.domain.funding import Amount, Chosen
from allocator.domain.plan import Level, Status
from allocator.domain.policy import Policy
from allocator.domain.run import Limits, StopSignal
from allocator.funding.projects_data import Projects, Spread, collect_projects, square_root
from allocator.funding.projects_model import Knots, ProjectsModel, base_model
from allocator.solving.highs import Outcome
from allocator.solving.readable import solve_readable

Codes = frozenset[str]
ROUNDS = 3
"""Times that ranges are narrowed before a solve."""
ROUGH = 0.1
"""Gap of a solve over the distance that is left."""
TINY = 1e-9
"""Squared t's closer than this are one."""


@dataclass(frozen=True)
class ProjectPlan:
    """Projects chosen, with value and proven bound of both levels.

    Attributes
    ----------
    status
        `optimal` if both levels are proven up to the gap of the limits, `feasible` if not, `infeasible` if no
        choice obeys the rules, `unknown` if none was found in time.
    levels
        `projects.lifted` (bound from above) and `projects.t` (bound from below).
    """

    status: Status
    chosen: tuple[Chosen, ...]
    levels: tuple[Level, ...]


@dataclass
class _Search:
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


def choose_projects(
    district: District,
    policy: Policy,
    grants: Sequence[str] | None = None,
    limits: Limits | None = None,
    amounts: Sequence[Amount] = (),
    stop: StopSignal | None = None,
) -> ProjectPlan:
    """Choose the projects of all grants that pay by projects.

    Parameters
    ----------
    grants
        Codes of the grants that pay; None for all. Each is the ceiling of its year.
    limits
        Time, gap (relative, of each level) and seed.
    amounts
        What other grants have already been split into.

    Returns
    -------
    ProjectPlan
        Projects by code, each paid by its grant in that grant's year.
    """
    limits = limits or Limits()
    projects = collect_projects(district, policy, grants, amounts)
    search = _Search(projects, policy, limits, stop or StopSignal(limits))
    status, chosen, lifted_bound = _most_lifted(search)
    if chosen is None:
        return ProjectPlan(status, (), ())
    lifted = projects.lifted(chosen)
    chosen, least = _smallest_t(search, chosen, lifted)
    levels = _levels(projects, chosen, lifted, lifted_bound, least)
    proven = all(level.gap is not None and level.gap <= limits.gap for level in levels)
    rows = tuple(
        Chosen(p.project_id, p.school_id, p.grant_id, p.cost_yuan, projects.grants[p.grant_id].year)
        for p in projects.candidates
        if p.project_id in chosen
    )
    return ProjectPlan(Status.OPTIMAL if proven else Status.FEASIBLE, rows, levels)


def lifting_problem(district: District, policy: Policy, grants: Sequence[str] | None = None) -> pulp.LpProblem:
    """Build the PuLP model of the first level, to be read or given to another solver."""
    model = base_model(collect_projects(district, policy, grants))
    model.problem.setObjective(model.lifted)
    return model.problem


def export_mps(district: District, policy: Policy, file: Path, grants: Sequence[str] | None = None) -> None:
    """Write the model of the first level as an MPS file (to be minimised: the number lifted, negated).

    The file is written beside and then renamed.
    """
    beside = file.with_name(f".{file.name}.part")
    lifting_problem(district, policy, grants).writeMPS(str(beside), mpsSense=pulp.LpMinimize, rename=False)
    beside.replace(file)


def _levels(
    projects: Projects, chosen: Codes, lifted: int, bound: int | None, least: float | None
) -> tuple[Level, ...]:
    t, before = (square_root(projects.squared_t(codes)) for codes in (chosen, ()))
    return (
        Level("projects.lifted", "section-indicators", lifted, bound, lifted, 0.0),
        Level(
            "projects.t", "share of the limit", t, None if least is None else sqrt(max(0.0, least)), t, before
        ),
    )


def _most_lifted(search: _Search) -> tuple[Status, Codes | None, int | None]:
    """First level: the choice, and a bound on the number lifted."""
    if any(sum(ceiling.costs.values()) < ceiling.low for ceiling in search.projects.ceilings):
        # A school without projects has no row in the model that could say so.
        return Status.INFEASIBLE, None, None
    while True:
        model = _model(search, search.knots)
        model.problem.setObjective(model.lifted)
        result = solve_readable(model.problem, search.limits, search.stop, gap=0.999)
        if result.outcome is Outcome.INFEASIBLE:
            return Status.INFEASIBLE, None, None
        if result.values is None:
            return Status.UNKNOWN, None, None
        chosen = model.chosen(result.values)
        claimed = round(sum(result.values[y.name] for y in model.lift))
        if _in_order(search, model, chosen, result.values) and search.projects.lifted(chosen) >= claimed:
            return Status.FEASIBLE, chosen, None if result.bound is None else floor(result.bound + 1e-6)
        if search.stop.now:
            return Status.UNKNOWN, None, None


def _smallest_t(search: _Search, chosen: Codes, lifted: int) -> tuple[Codes, float | None]:
    """Second level: a choice with the smallest T = t^2, and a bound on T."""
    projects, bound, rough = search.projects, None, ROUGH
    best = projects.squared_t(chosen)
    while projects.candidates and best > 0 and not search.stop.now:
        if not _narrowed(search, best, lifted):
            return chosen, float(best)
        model = _spread_model(search, best, lifted, search.knots)
        start = model.start(chosen)
        # t within the gap is T within twice the gap. Far from the end, a rough answer is soon a better choice.
        enough = max(TINY, 1.5 * search.limits.gap * float(best))
        gap = max(enough / 4, rough * (float(best) - (bound or 0.0)))
        result = solve_readable(model.problem, search.limits, search.stop, start, gap)
        if result.outcome is Outcome.INFEASIBLE:
            # Worse than the best was not allowed: there is nothing better.
            return chosen, float(best)
        if result.bound is not None:
            bound = max(bound or 0.0, float(best) + min(0.0, result.bound))
        if result.values is None or (bound is not None and float(best) - bound <= enough):
            break
        found = model.chosen(result.values)
        if not _in_order(search, model, found, result.values) or projects.lifted(found) < lifted:
            continue
        value = projects.squared_t(found)
        refined = _add_knots(search, found)
        if value < best:
            chosen, best = found, value
        elif not refined and gap <= enough / 4:
            break
        elif not refined:
            rough = 0.0
    return chosen, float(best) if not projects.candidates or best == 0 else bound


def _in_order(search: _Search, model: ProjectsModel, chosen: Codes, values: Mapping[str, float]) -> bool:
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
    if wide and not _add_knots(search, chosen):
        search.cuts.append((chosen, frozenset(model.take.keys() - chosen), None))
    return len(search.cuts) == before and not wide


def _too_wide(policy: Policy, spread: Spread, chosen: Codes) -> bool:
    most, after = _hard_limit(policy, spread), spread.squared_cv(chosen)
    return most is not None and after is not None and after > most


def _add_knots(search: _Search, chosen: Codes) -> bool:
    """Make the chords exact at a choice; False if they were."""
    added = [search.knots[n].add(spread, chosen) for n, spread in enumerate(search.projects.spreads)]
    return any(added)


def _model(search: _Search, every: Mapping[int, Knots]) -> ProjectsModel:
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


def _narrowed(search: _Search, best: Fraction, lifted: int) -> bool:
    """Narrow the range of each N to what a better choice can have; False if there is no better choice.

    Linear relaxations with one chord for each spread: the narrower the ranges, the closer the chords.
    """
    for _ in range(ROUNDS):
        wide = [number for number, knots in search.knots.items() if knots.wide]
        for number in wide:
            ends = {n: knots.ends for n, knots in search.knots.items()}
            model = _spread_model(search, best, lifted, ends)
            amount = model.amounts[search.projects.spreads[number].name]
            found = []
            for sign in (1, -1):
                model.problem.setObjective(sign * amount)
                result = solve_readable(model.problem, search.limits, search.stop, whole=False)
                if result.outcome is Outcome.INFEASIBLE:
                    return False
                if result.bound is None:
                    return True
                found.append(sign * result.bound)
            search.knots[number].narrow(*found)
    for knots in search.knots.values():
        knots.refine()
    return True


def _spread_model(search: _Search, best: Fraction, lifted: int, every: Mapping[int, Knots]) -> ProjectsModel:
    """Least v with P Q - (1 + T limit^2) N^2 <= v limit^2 N_0^2 in every spread, so many lifted."""
    model = _model(search, every)
    problem = model.problem
    problem += model.lifted >= lifted, "lifted"
    worst = problem.add_variable("worst", -float(best), 0)
    for number, (spread, knots) in enumerate(zip(search.projects.spreads, every.values(), strict=True)):
        square, squares = model.spread(number, knots)
        limit = float(spread.limit**2)
        room = limit * worst
        if knots.at[0] == 0:
            # Without any amount there is no CV, and the row must not speak.
            some = problem.add_variable(f"some_{number}", 0, 1)
            for code in sorted({code for part in spread.parts for code in part.adds}):
                problem += some >= model.take[code], f"some_{number}_{code}"
            room += limit * float(best) * (1 - some)
        problem += squares - (1 + float(best) * limit) * square <= room, f"spread_{number}"
    problem.sense = pulp.LpMinimize
    problem.setObjective(worst + 0)
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
