"""The least money of grants that pay by projects, with which every rule and limit holds, F6 included."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pulp

from allocator.domain.choices import SplitRule
from allocator.domain.district import District
from allocator.domain.funding import Amount, FundingConflict, LeastMoney, Relaxation
from allocator.domain.money_records import Grant
from allocator.domain.policy import Mode, Policy
from allocator.domain.run import StopSignal
from allocator.funding.projects_data import Projects, collect_projects
from allocator.funding.projects_model import ProjectsModel
from allocator.funding.projects_search import Codes, Search, in_order, model_of
from allocator.solving.highs import Outcome
from allocator.solving.readable import solve_readable

CLOSE = 1e-5
"""What a chord may allow too much at first, over N_0^2."""
SAFE = 1e-7
"""Part of all costs that a solver's tolerance may be worth."""


def least_for_projects(
    district: District, policy: Policy, grants: Sequence[str], amounts: Sequence[Amount], stop: StopSignal
) -> tuple[LeastMoney, ...]:
    """Find the cheapest choices of projects that obey every rule, whatever the grants have.

    Grants of one purpose raise the same indicators, and others can be tied by their projects: these are asked
    together, for one sum.

    Parameters
    ----------
    grants
        Codes of the grants that pay.
    amounts
        What other grants have already been split into.
    """
    opened = district.model_copy(update={"grants": tuple(_opened(district, g) for g in district.grants)})
    if policy.rules.F6 != Mode.OFF:
        policy = policy.model_copy(update={"rules": policy.rules.model_copy(update={"F6": Mode.HARD})})
    return tuple(
        _least(Search(collect_projects(opened, policy, codes, amounts), policy, stop.limits, stop))
        for codes in _together(district, grants)
    )


def projects_conflict(
    district: District, policy: Policy, grants: Sequence[str], amounts: Sequence[Amount], stop: StopSignal
) -> FundingConflict:
    """Say that no choice of projects obeys the rules and, of a single grant, which amount would be enough.

    The arguments are those of `least_for_projects`, but here F6 is held only where it binds.
    """
    rules = ("F1", "F4", "F5", "F6", "F8")
    conflict = FundingConflict(", ".join(grants), "projects", rules, params={"rules": ", ".join(rules)})
    if len(grants) > 1:
        return conflict
    if not policy.active("F6"):
        policy = policy.model_copy(update={"rules": policy.rules.model_copy(update={"F6": Mode.OFF})})
    least = least_for_projects(district, policy, grants, amounts, stop)[0].least_yuan
    has = next(g.amount_yuan for g in district.grants if g.grant_id == grants[0])
    if least is None or least <= has:
        return conflict
    return replace(conflict, missing_yuan=least - has, relaxations=(Relaxation("amount_yuan", least),))


def _opened(district: District, grant: Grant) -> Grant:
    """A grant that can pay all its projects."""
    if grant.rule is not SplitRule.PROJECTS:
        return grant
    own = (p.cost_yuan for p in district.projects if p.grant_id == grant.grant_id)
    return grant.model_copy(update={"amount_yuan": max(grant.amount_yuan, sum(own, Decimal(0)))})


def _together(district: District, grants: Sequence[str]) -> list[list[str]]:
    """Grants in groups that nothing connects: neither purpose nor ties between projects."""
    purposes = {g.grant_id: g.purpose for g in district.grants}
    payer = {p.project_id: p.grant_id for p in district.projects}
    pairs = [(a, b) for a in grants for b in grants if purposes[a] is purposes[b]]
    for project in district.projects:
        pairs += [(project.grant_id, payer[c]) for c in (*project.requires, *project.excludes) if c in payer]
    groups = {code: {code} for code in grants}
    for one, other in pairs:
        if one in groups and other in groups and groups[one] is not groups[other]:
            groups[one] |= groups[other]
            groups.update(dict.fromkeys(groups[one], groups[one]))
    return [sorted(groups[code]) for code in sorted(grants) if code == min(groups[code])]


def _least(search: Search) -> LeastMoney:
    projects = search.projects
    codes = tuple(sorted(projects.grants))
    floors = _yuan(ceiling.low for ceiling in projects.ceilings)
    least, bound = None, None
    if all(sum(ceiling.costs.values()) >= ceiling.low for ceiling in projects.ceilings):
        chosen, bound = _cheapest(search)
        least = None if chosen is None else _yuan(_cost(projects, chosen))
    return LeastMoney(", ".join(codes), floors, least, bound, codes)


def _yuan(parts: Iterable[Fraction]) -> Decimal:
    whole = sum(parts, Fraction(0))
    return Decimal(whole.numerator) / Decimal(whole.denominator)


def _cost(projects: Projects, chosen: Codes) -> list[Fraction]:
    return [Fraction(p.cost_yuan) for p in projects.candidates if p.project_id in chosen]


def _cheapest(search: Search) -> tuple[Codes | None, float | None]:
    """The cheapest choice, and a bound on its cost in yuan; chords that were too generous get a knot.

    Both None where no choice obeys the rules.
    """
    bound: float | None = None
    whole = sum((p.cost_yuan for p in search.projects.candidates), Decimal(0))
    unit = float(whole or 1) / 1000
    gap: float | None = None
    while not search.stop.now:
        model = _cost_model(search, unit)
        if gap is None:
            relaxed = solve_readable(model.problem, search.limits, search.stop, whole=False)
            gap = search.limits.gap * (relaxed.bound or 0.0) / 2
        result = solve_readable(model.problem, search.limits, search.stop, gap=gap)
        if result.outcome is Outcome.INFEASIBLE:
            return None, None
        if result.bound is not None:
            bound = max(bound or 0.0, (result.bound - 1000 * SAFE) * unit)
        if result.values is None:
            break
        chosen = model.chosen(result.values)
        if in_order(search, model, chosen, result.values):
            return chosen, bound
    return None, bound


def _cost_model(search: Search, unit: float) -> ProjectsModel:
    """Least cost under every rule, in `unit` yuan."""
    knots = {number: own.inside(*own.ends, CLOSE) for number, own in search.knots.items()}
    model = model_of(search, knots)
    model.problem.sense = pulp.LpMinimize
    cost = [float(p.cost_yuan) / unit * model.take[p.project_id] for p in search.projects.candidates]
    model.problem.setObjective(pulp.lpSum(cost))
    return model
