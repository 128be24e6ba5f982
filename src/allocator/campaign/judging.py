"""What every campaign does with a further plan: check it, measure it, and set it beside the first one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import floor

from allocator import engine
from allocator.checking import check_rotation
from allocator.checking.distance import Distances
from allocator.domain.district import District
from allocator.domain.fields import Month
from allocator.domain.plan import CheckReport, Decision, Level, Moves, Status
from allocator.domain.policy import Policy
from allocator.domain.run import ProgressSink, StopSignal
from allocator.domain.several import End
from allocator.errors import Fault, InternalError
from allocator.indicators import measure, staffing
from allocator.io.policies import load_policy

AGREEMENT = 1e-6
"""Relative difference up to which model and checker agree (rounding of sums)."""


def as_policy(policy: Policy | str) -> Policy:
    """Load a profile by id or path; a `Policy` is taken as it is."""
    return policy if isinstance(policy, Policy) else load_policy(policy)


def as_month(month: Month | str | None) -> Month | None:
    """Read a month; None stays None."""
    return Month.parse(month) if isinstance(month, str) else month


def first_plan(
    district: District,
    policy: Policy | str,
    as_of: Month | str | None,
    stop: StopSignal,
    progress: ProgressSink | None,
    warnings: Sequence[Fault],
) -> Decision:
    """Plan by the profile's own levels, to compare with."""
    return engine.rotate(
        district, as_policy(policy), as_of=as_month(as_of), progress=progress, stop=stop, warnings=warnings
    )


def no_plan(plan: Decision) -> End:
    """Why there is nothing to compare with."""
    return "none" if plan.status is Status.INFEASIBLE else "limit"


def further_plan(first: Decision, moves: Moves, bounds: Mapping[str, float | None]) -> Decision:
    """Check another plan for the district of a decision.

    Parameters
    ----------
    bounds
        Level -> bound that is proven for this plan's own question; levels left out have none.

    Raises
    ------
    InternalError
        If the checker rejects the plan.
    """
    district, policy = first.district, first.policy
    report = check_rotation(district, policy, moves, first.run.as_of)
    if not report.passed:
        raise InternalError("checker_rejects", count=len(report.broken), text=report.broken[0].text("en"))
    levels = tuple(_level(level, report, bounds.get(level.name)) for level in first.levels)
    return replace(
        first,
        status=Status.FEASIBLE,
        levels=levels,
        moves=moves,
        check=report,
        after=measure(district, policy, moves),
        staffing=staffing(district, policy, moves),
    )


def _level(level: Level, report: CheckReport, bound: float | None) -> Level:
    value = report.levels[level.name]
    return replace(level, value=value, final=value, bound=bound, integral=False)


def agree(name: str, model: float, checker: float, unit: float = 1.0) -> None:
    """Stop the run if model and checker count differently.

    Raises
    ------
    InternalError
        If they differ by more than rounding.
    """
    if abs(model - checker) > AGREEMENT * max(abs(checker), unit):
        raise InternalError("checker_disagrees", level=name, model=model, checker=checker)


def kilometres(district: District, moves: Moves) -> float:
    """Sum of the kilometres moved, recounted from the tables; unknown distances count 0."""
    distances = Distances(district)
    return sum(distances.km(m.from_school_id, m.to_school_id) or 0.0 for m in moves)


def allowed(level: Level, loss: float) -> float:
    """Largest value within a relative loss of a level's best, rounded down where the level is whole.

    Never less than what the plan itself has after the slack of later levels. The price of breaches has no loss:
    more rules are not broken for the sake of variety.
    """
    if level.name == "breaches":
        return level.final
    most = level.value + loss * abs(level.value)
    if level.name == "staffing":
        most = floor(most + 1e-9)
    return max(most, level.final)
