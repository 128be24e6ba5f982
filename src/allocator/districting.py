"""The road of a plan of learning districts: district + policy -> towns -> division -> AllianceDecision."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from allocator import engine
from allocator.checking import Terms, check_alliances
from allocator.domain.alliance import Alliances
from allocator.domain.allied import AllianceDecision, AllianceRequest, Outside
from allocator.domain.district import FORMAT_VERSION, District
from allocator.domain.plan import LEVEL_UNITS, Judgement, Level, RunInfo, Status
from allocator.domain.policy import Policy
from allocator.domain.run import Limits, ProgressSink, StopSignal
from allocator.errors import Fault, InternalError
from allocator.indicators import measure

if TYPE_CHECKING:
    from allocator.alliance.model import Level as Solved
    from allocator.alliance.partition import Division
    from allocator.alliance.towns import Towns

PREFIX = "D"
"""First letter of the codes of learning districts."""
AGREEMENT = 1e-6
"""Difference up to which model and checker agree on a level (rounding of sums)."""


def form_districts(
    district: District,
    policy: Policy,
    request: AllianceRequest,
    stop: StopSignal,
    progress: ProgressSink | None,
    warnings: Sequence[Fault],
) -> AllianceDecision:
    """Draw learning districts, and let the checker judge them.

    Raises
    ------
    InternalError
        If the checker rejects the plan, or finds it worth something else.
    """
    # The model is loaded when a plan is asked for, not before.
    from allocator.alliance.districts import divide, problems  # noqa: PLC0415  light import
    from allocator.alliance.schools import collect  # noqa: PLC0415  light import
    from allocator.alliance.towns import collect_towns  # noqa: PLC0415  light import

    towns = collect_towns(district, collect(district, policy, measure(district, policy)))
    seconds = {"build": stop.seconds}
    division = divide(towns, request, stop.limits, stop, progress)
    seconds["solve"] = stop.seconds - seconds["build"]
    plan = _plan(towns, division)
    check = None if plan is None else _judged(district, policy, request, plan)
    drawn = any(school.learning_district for school in district.schools)
    levels = () if check is None else _levels(division, check, drawn=drawn)
    return AllianceDecision(
        run=run_info(district, policy, stop, seconds),
        district=district,
        policy=policy,
        request=request,
        status=status_of(levels, stop.limits, found=plan is not None, infeasible=division.infeasible),
        levels=levels,
        plan=plan,
        check=check,
        outside=() if plan is None else _outside(district),
        problems=tuple(problems(towns, request, stop.limits, stop)) if division.infeasible else (),
        warnings=(*warnings, *_warnings(division)),
    )


def _plan(towns: Towns, division: Division) -> Alliances | None:
    if division.districts is None:
        return None
    width = len(str(len(division.districts)))
    codes = {
        name: f"{PREFIX}{number:0{width}d}"
        for number, members in enumerate(division.districts, start=1)
        for name in towns.members(members)
    }
    return Alliances("district", districts=dict(sorted(codes.items())))


def _judged(district: District, policy: Policy, request: AllianceRequest, plan: Alliances) -> Judgement:
    terms = Terms(
        districts=request.districts,
        max_pupil_deviation=request.max_pupil_deviation,
        max_strong_deviation=request.max_strong_deviation,
    )
    check = check_alliances(district, policy, plan, terms=terms)
    if not check.passed:
        raise InternalError("checker_rejects", count=len(check.broken), text=check.broken[0].text("en"))
    return check


def _levels(division: Division, check: Judgement, *, drawn: bool) -> tuple[Level, ...]:
    """Levels as they were solved; the plan's own value is the checker's, and must be no worse.

    `drawn` says whether the county has learning districts now, which a level can be compared with.
    """
    for level in division.levels:
        if check.levels[level.name] > level.value + AGREEMENT * max(1.0, level.value):
            raise InternalError(
                "checker_disagrees", level=level.name, model=level.value, checker=check.levels[level.name]
            )
    return levels_of(division.levels, check, compared=drawn)


def levels_of(solved: Sequence[Solved], check: Judgement, *, compared: bool = True) -> tuple[Level, ...]:
    """Levels as they were solved, with the checker's word on the plan and on what was before it."""
    return tuple(
        Level(
            name=level.name,
            unit=LEVEL_UNITS[level.name],
            value=level.value,
            bound=level.bound,
            final=check.levels[level.name],
            before=check.levels_before[level.name] if compared else None,
            seconds=level.seconds,
        )
        for level in solved
    )


def status_of(levels: Sequence[Level], limits: Limits, *, found: bool, infeasible: bool) -> Status:
    """What is known of a result."""
    if not found:
        return Status.INFEASIBLE if infeasible else Status.UNKNOWN
    gaps = [level.gap for level in levels]
    return Status.OPTIMAL if all(g is not None and g <= limits.gap for g in gaps) else Status.FEASIBLE


def _outside(district: District) -> tuple[Outside, ...]:
    """Schools whose town is unknown, or not in the table."""
    known = {town.town for town in district.towns}
    return tuple(Outside(s.school_id, "no_town") for s in district.schools if s.town not in known)


def _warnings(division: Division) -> list[Fault]:
    if not division.too_many:
        return []
    return [Fault("groups.searched" if division.districts else "groups.too_many_sets", "warning")]


def run_info(district: District, policy: Policy, stop: StopSignal, seconds: dict[str, float]) -> RunInfo:
    """Describe a run that forms alliances."""
    month, _ = engine.reference_date(district, policy)
    return RunInfo(
        kind="alliance",
        engine=engine.engine_version(),
        format=FORMAT_VERSION,
        policy=policy.id,
        policy_sha256=policy.sha256,
        input_sha256=district.sha256,
        as_of=month,
        seed=stop.limits.seed,
        seconds=seconds,
    )
