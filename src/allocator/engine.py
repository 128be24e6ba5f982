"""The road of every plan: district + policy -> model -> solver -> independent check -> Decision.

Nothing leaves here that the checker has not passed. If it judges a plan otherwise than the model does, the
run stops with `InternalError`.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from allocator.checking import check_rotation, explain_changes
from allocator.domain.change import Replan
from allocator.domain.district import FORMAT_VERSION, District
from allocator.domain.fields import Month
from allocator.domain.plan import (
    GAP_UNITS,
    LEVEL_UNITS,
    CheckReport,
    Decision,
    Level,
    Move,
    Moves,
    RunInfo,
    Status,
)
from allocator.domain.policy import Policy
from allocator.domain.run import Limits, Progress, ProgressSink, StopSignal
from allocator.errors import Fault, InternalError
from allocator.indicators import derive_posts, measure, staffing

if TYPE_CHECKING:
    from allocator.rotation.demands import Demand
    from allocator.rotation.solve import Outcome

AGREEMENT = 1e-6
"""Relative difference up to which model and checker agree on a level (rounding of sums)."""

FAR_MONTHS = 36
"""A reference date further than this from the data is most likely a slip."""


def engine_version() -> str:
    """Version of the installed package."""
    try:
        return version("allocator")
    except PackageNotFoundError:
        return "0"


def reference_date(
    district: District, policy: Policy, as_of: Month | None = None
) -> tuple[Month, tuple[Fault, ...]]:
    """The month as of which tenure and age count: the command's, the profile's, August of the district's year.

    Without any of these it is August of the present year, and a warning says so; so does one where it lies more
    than three years from the data.
    """
    known = as_of or policy.as_of or district.as_of
    if known is not None:
        return known, _far(district, known)
    month = Month.of(datetime.datetime.now(tz=datetime.UTC).year, 8)
    warning = Fault("year_unknown", "warning", table="district", params={"as_of": str(month)})
    return month, (warning,)


def _far(district: District, as_of: Month) -> tuple[Fault, ...]:
    """Warn where a reference date lies years from the district's year, else from the newest arrival."""
    dated = district.as_of or max((t.since for t in district.teachers if t.since is not None), default=None)
    if dated is None or abs(as_of - dated) <= FAR_MONTHS:
        return ()
    params = {"as_of": str(as_of), "dated": str(dated), "years": FAR_MONTHS // 12}
    return (Fault("as_of_far", "warning", table="district", params=params),)


def rotate(  # noqa: PLR0913  each is a choice of its own
    district: District,
    policy: Policy,
    *,
    as_of: Month | None = None,
    limits: Limits | None = None,
    progress: ProgressSink | None = None,
    stop: StopSignal | None = None,
    warnings: Sequence[Fault] = (),
    approved: Moves | None = None,
    repair: bool = False,
    demands: Sequence[Demand] = (),
) -> Decision:
    """Plan a rotation and check it.

    Parameters
    ----------
    district
        A validated district.
    policy
        The profile.
    as_of
        Reference date; see `reference_date`.
    limits, progress, stop
        When to stop, who hears of progress, and how to ask for a stop.
    warnings
        Faults of the reading to be recorded with the decision.
    approved
        A plan to replan from: as few of its decisions as possible change before anything else is optimised.
    repair
        If no plan obeys all rules, return the cheapest plan in which rules give way at their prices; the
        rules that the profile calls untouchable do not. The decision's policy then says which were elastic.
    demands
        Least numbers of certain teachers who must move, beyond the rules.

    Returns
    -------
    Decision
        Status `optimal` if every level's gap is within the limit, `feasible` with a plan but a wider gap,
        `infeasible` if it is proven (twice) that no plan obeys the rules, `unknown` if the limit came first.
        If no plan obeys all rules, repaired or not, `conflict` says why.

    Raises
    ------
    InternalError
        If the checker contradicts the model.
    """
    # Solver and model are loaded when a plan is asked for, not before.
    from allocator.diagnosis import diagnose  # noqa: PLC0415  light import
    from allocator.rotation.facts import facts  # noqa: PLC0415  light import
    from allocator.rotation.solve import solve  # noqa: PLC0415  light import

    stop = stop or StopSignal(limits or Limits())
    limits = stop.limits
    month, dated = reference_date(district, policy, as_of)
    staffed = district.model_copy(update={"posts": derive_posts(district, policy)})
    case = replace(facts(staffed, policy, month, approved), demands=tuple(demands))
    outcome = solve(case, limits, stop, progress)
    seconds = dict(outcome.seconds)
    conflict = None
    if outcome.infeasible:
        began = stop.seconds
        conflict = diagnose(staffed, policy, month, stop, progress)
        seconds["conflict"] = stop.seconds - began
        if repair:
            policy = policy.relaxed()
            case = replace(facts(staffed, policy, month, approved), demands=case.demands)
            outcome = solve(case, limits, stop, progress)
            seconds |= outcome.seconds
    began = stop.seconds
    if progress is not None:
        progress(Progress("check", stop.seconds))
    report, levels = judge(district, policy, month, outcome, approved)
    seconds["check"] = stop.seconds - began
    moves = outcome.moves or Moves()
    return Decision(
        run=_run_info(district, policy, month, limits, seconds),
        district=staffed,
        policy=policy,
        status=status_of(outcome, levels, limits),
        levels=levels,
        moves=moves,
        check=report,
        before=measure(district, policy),
        after=measure(district, policy, moves),
        staffing=staffing(district, policy, moves),
        warnings=(*warnings, *dated),
        replan=_replan(district, policy, month, outcome, approved),
        conflict=conflict,
    )


def judge(
    district: District, policy: Policy, month: Month, outcome: Outcome, approved: Moves | None = None
) -> tuple[CheckReport | None, tuple[Level, ...]]:
    """Check the plan of every level, and take all values from the checker."""
    if outcome.moves is None:
        return None, ()
    reports: dict[Moves, CheckReport] = {}
    for level in outcome.levels:
        if level.moves not in reports:
            reports[level.moves] = _checked(district, policy, level.moves, month, approved)
        _compare(level.name, level.value, reports[level.moves].levels[level.name])
    final = reports[outcome.moves]
    levels = tuple(
        Level(
            name=level.name,
            unit=LEVEL_UNITS[level.name],
            value=reports[level.moves].levels[level.name],
            bound=level.bound,
            final=final.levels[level.name],
            before=final.levels_before[level.name],
            integral=level.integral,
            seconds=level.seconds,
        )
        for level in outcome.levels
    )
    return final, levels


def _checked(
    district: District, policy: Policy, moves: Sequence[Move], month: Month, approved: Moves | None
) -> CheckReport:
    report = check_rotation(district, policy, moves, month, approved)
    if not report.passed:
        raise InternalError("checker_rejects", count=len(report.broken), text=report.broken[0].text("en"))
    return report


def _replan(
    district: District, policy: Policy, month: Month, outcome: Outcome, approved: Moves | None = None
) -> Replan | None:
    """What became of the approved plan; None if there was none, or no plan was found."""
    if approved is None or outcome.moves is None:
        return None
    return Replan(approved, explain_changes(district, policy, approved, outcome.moves, month))


def _compare(name: str, model: float, checker: float) -> None:
    if abs(model - checker) > AGREEMENT * max(abs(checker), GAP_UNITS[name]):
        raise InternalError("checker_disagrees", level=name, model=model, checker=checker)


def status_of(outcome: Outcome, levels: Sequence[Level], limits: Limits) -> Status:
    """What is known of a run: see `rotate`."""
    if outcome.moves is None:
        return Status.INFEASIBLE if outcome.infeasible else Status.UNKNOWN
    gaps = [level.gap for level in levels]
    return Status.OPTIMAL if all(g is not None and g <= limits.gap for g in gaps) else Status.FEASIBLE


def _run_info(
    district: District, policy: Policy, month: Month, limits: Limits, seconds: dict[str, float]
) -> RunInfo:
    return RunInfo(
        kind="rotation",
        engine=engine_version(),
        format=FORMAT_VERSION,
        policy=policy.id,
        policy_sha256=policy.sha256,
        input_sha256=district.sha256,
        as_of=month,
        seed=limits.seed,
        seconds=seconds,
        peak_mib=_peak_mib(),
    )


def _peak_mib() -> float | None:
    """Largest memory of this process so far, MiB; None where the system does not say.

    Linux says it of this process alone; what `getrusage` says is inherited from the process that started it.
    """
    with suppress(OSError, ValueError):
        for line in Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    try:
        import resource  # noqa: PLC0415  not on every system
    except ImportError:
        return None
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
