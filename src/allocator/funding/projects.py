"""Which projects are paid: most section-indicators lifted over their thresholds, then the least t, proven."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, sqrt
from pathlib import Path

import pulp

from allocator.domain.district import District
from allocator.domain.funding import Amount, Chosen
from allocator.domain.plan import Level, Status
from allocator.domain.policy import Policy
from allocator.domain.run import Limits, StopSignal
from allocator.funding.projects_data import Projects, collect_projects, square_root
from allocator.funding.projects_model import base_model
from allocator.funding.projects_search import Codes, Search, in_order, model_of
from allocator.funding.projects_spread import smallest_t
from allocator.solving.highs import Outcome
from allocator.solving.readable import solve_readable


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
    search = Search(projects, policy, limits, stop or StopSignal(limits))
    status, chosen, lifted_bound = _most_lifted(search)
    if chosen is None:
        return ProjectPlan(status, (), ())
    lifted = projects.lifted(chosen)
    chosen, least = smallest_t(search, chosen, lifted)
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


def _most_lifted(search: Search) -> tuple[Status, Codes | None, int | None]:
    """First level: the choice, and a bound on the number lifted."""
    if any(sum(ceiling.costs.values()) < ceiling.low for ceiling in search.projects.ceilings):
        # A school without projects has no row in the model that could say so.
        return Status.INFEASIBLE, None, None
    while True:
        model = model_of(search, search.knots)
        model.problem.setObjective(model.lifted)
        result = solve_readable(model.problem, search.limits, search.stop, gap=0.999)
        if result.outcome is Outcome.INFEASIBLE:
            return Status.INFEASIBLE, None, None
        if result.values is None:
            return Status.UNKNOWN, None, None
        chosen = model.chosen(result.values)
        claimed = round(sum(result.values[y.name] for y in model.lift))
        if in_order(search, model, chosen, result.values) and search.projects.lifted(chosen) >= claimed:
            return Status.FEASIBLE, chosen, None if result.bound is None else floor(result.bound + 1e-6)
        if search.stop.now:
            return Status.UNKNOWN, None, None
