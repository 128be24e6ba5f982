"""The road of the joint question: district + policy -> joint model -> both checkers -> decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

import numpy as np

from allocator import engine
from allocator.campaign.judging import as_month, as_policy
from allocator.checking import check_funding, check_rotation
from allocator.checking.reaching import check_standard
from allocator.diagnosis import diagnose
from allocator.domain.district import FORMAT_VERSION, District
from allocator.domain.fields import Month
from allocator.domain.funding import Amount, Split
from allocator.domain.plan import GAP_UNITS, CheckReport, Judgement, Level, Moves, RunInfo, Status
from allocator.domain.policy import Mode, Policy, exact
from allocator.domain.reaching import Covered, StandardReport
from allocator.domain.run import Limits, Progress, ProgressSink, StopSignal
from allocator.errors import Fault, InternalError, UsageError
from allocator.indicators import derive_posts, measure
from allocator.reaching.model import extend
from allocator.reaching.needs import Needs, needs_of
from allocator.reaching.purses import monies, purchase, total
from allocator.reaching.solve import Reached, ReachSolver
from allocator.reaching.writing import WrittenReach
from allocator.rotation.facts import facts
from allocator.rotation.problem import build
from allocator.solving.model import Ints
from allocator.spending.road import spent

LEVEL_UNITS = {"missing": "teachers", "excess": "CV^2", "cost": "yuan"}
AGREEMENT = 1e-6
"""Relative difference up to which model and checker agree on a level (rounding of sums)."""


def reach_standard(
    district: District,
    policy: Policy | str = "national-2017",
    *,
    as_of: Month | str | None = None,
    limits: Limits | None = None,
    progress: ProgressSink | None = None,
    stop: StopSignal | None = None,
    warnings: Sequence[Fault] = (),
) -> WrittenReach:
    """Find the cheapest mix of moves and money with which every section and the county pass.

    Moves obey every rule of rotation of the profile (elastic ones bind here) and cost `funding.move_yuan` each;
    money buys areas, equipment and rooms at the profile's prices. Afterwards each section has reached enough of
    its seven thresholds, the remaining ones to the part asked for, and the CV of every indicator is within its
    limit. Where the teachers of the county are too few or too uneven for that, the plan lacks as few as can
    be.

    Parameters
    ----------
    district
        With the tables `schools` and `teachers`.
    policy
        Id of a shipped profile, path of a YAML file, or a `Policy`.
    as_of
        Reference month of the rotation.
    limits, progress, stop, warnings
        As for `plan_rotation`.

    Raises
    ------
    UsageError
        If the district has no teachers.
    InternalError
        If an independent checker rejects the plan or values it otherwise.
    """
    if not district.teachers:
        raise UsageError("reach.no_teachers")
    profile = as_policy(policy)
    profile = _binding(profile)
    stop = stop or StopSignal(limits or Limits())
    month, dated = engine.reference_date(district, profile, as_month(as_of))
    staffed = district.model_copy(update={"posts": derive_posts(district, profile)})
    needs = needs_of(staffed, profile)
    found = _solve(staffed, profile, month, needs, stop, progress)
    seconds = {"solve": stop.seconds}
    conflict = diagnose(staffed, profile, month, stop, progress) if found.infeasible else None
    bought = _bought(staffed, found.amounts)
    split = _split(staffed, found.amounts)
    before = measure(district, profile)
    planned = found.moves is not None
    moves = found.moves or Moves()
    rotation, money, standard = (
        _checked(bought, profile, moves, split, month) if planned else (None, None, None)
    )
    seconds["check"] = stop.seconds - seconds["solve"]
    levels = () if standard is None else _levels(found.levels, standard, _unmoved(staffed, profile))
    return WrittenReach(
        run=RunInfo(
            kind="reach",
            engine=engine.engine_version(),
            format=FORMAT_VERSION,
            policy=profile.id,
            policy_sha256=profile.sha256,
            input_sha256=district.sha256,
            as_of=month,
            seed=stop.limits.seed,
            seconds=seconds,
        ),
        district=bought,
        policy=profile,
        status=_status(levels, stop.limits.gap, infeasible=found.infeasible),
        levels=levels,
        moves=moves,
        split=split,
        money_yuan=sum((row.amount_yuan for row in split.amounts), start=Decimal(0)),
        moves_yuan=_decimal(profile, len(moves)),
        rotation_check=rotation,
        money_check=money,
        standard=standard,
        before=before,
        after=measure(spent(bought, profile, split), profile, moves) if planned else before,
        linked=tuple(staffed.sections[n] for n in np.flatnonzero(needs.linked)),
        apart=found.apart,
        covered=_covered(district, found.amounts) if planned and district.grants else (),
        conflict=conflict,
        warnings=(*warnings, *dated),
    )


def _binding(policy: Policy) -> Policy:
    """The profile whose elastic rules of rotation bind: nothing gives way in this question."""
    hard = dict.fromkeys(policy.elastic_rules, Mode.HARD)
    return policy.model_copy(update={"rules": policy.rules.model_copy(update=hard)}) if hard else policy


def _decimal(policy: Policy, moves: int) -> Decimal:
    price = exact(policy.funding.move_yuan)
    return Decimal(price.numerator) * moves / Decimal(price.denominator)


def _solve(
    district: District,
    policy: Policy,
    month: Month,
    needs: Needs,
    stop: StopSignal,
    progress: ProgressSink | None,
) -> Reached:
    """Build the joint model and solve it."""
    if progress is not None:
        progress(Progress("build", stop.seconds))
    problem = build(facts(district, policy, month))
    size = problem.model.rows, problem.model.columns
    purses = monies(district, policy)
    joint = extend(problem, needs, purses, policy.funding.move_yuan)
    return ReachSolver(joint, purses, stop.limits, stop, progress).solve(*size)


def _bought(district: District, amounts: Sequence[Ints]) -> District:
    """The district whose only grants are the purchases."""
    sums = [sum(int(x) for x in each) for each in amounts]
    grants = tuple(purchase(k, Decimal(amount)) for k, amount in enumerate(sums) if amount)
    return district.model_copy(update={"grants": grants, "received": (), "projects": ()})


def _covered(district: District, amounts: Sequence[Ints]) -> tuple[Covered, ...]:
    """Money of the plan beside the grants of the same purpose, whatever their year and rule."""
    found = []
    for k, each in enumerate(amounts):
        need = purchase(k, Decimal(total([each])))
        own = [grant.amount_yuan for grant in district.grants if grant.purpose is need.purpose]
        granted = sum(own, start=Decimal(0))
        found.append(Covered(need.grant_id, need.purpose, len(own), granted, need.amount_yuan))
    return tuple(found)


def _split(district: District, amounts: Sequence[Ints]) -> Split:
    """Rows of the plan, by indicator and school; schools that get nothing have none."""
    rows = [
        Amount(purchase(k, Decimal(0)).grant_id, school.school_id, Decimal(int(yuan)))
        for k, each in enumerate(amounts)
        for school, yuan in zip(district.schools, each, strict=True)
        if yuan
    ]
    return Split(tuple(sorted(rows, key=lambda row: (row.grant_id, row.school_id))))


def _checked(
    district: District, policy: Policy, moves: Moves, split: Split, month: Month
) -> tuple[CheckReport, Judgement, StandardReport]:
    """Let the checkers judge rules of rotation, rules of money, and the standard."""
    rotation = check_rotation(district, policy, moves, month)
    money = check_funding(district, policy, split)
    for report in (rotation, money):
        if not report.passed:
            raise InternalError("checker_rejects", count=len(report.broken), text=report.broken[0].text("en"))
    return rotation, money, check_standard(district, policy, moves, split)


def _unmoved(district: District, policy: Policy) -> StandardReport:
    return check_standard(district.model_copy(update={"grants": ()}), policy, (), Split())


def _levels(
    found: Mapping[str, tuple[float, float | None]], standard: StandardReport, before: StandardReport
) -> tuple[Level, ...]:
    """Levels with the checker's values.

    Raises
    ------
    InternalError
        If model and checker disagree.
    """
    levels = []
    for name, (value, bound) in found.items():
        checker = standard.levels[name]
        # A plan whose teachers are not proven fewest may lack fewer than the model thinks: never more.
        apart = abs(value - checker) if name == "cost" else checker - value
        if apart > AGREEMENT * max(abs(checker), GAP_UNITS[name]):
            raise InternalError("checker_disagrees", level=name, model=value, checker=checker)
        unit = LEVEL_UNITS[name]
        levels.append(Level(name, unit, checker, bound, checker, before.levels[name]))
    return tuple(levels)


def _status(levels: Sequence[Level], gap: float, *, infeasible: bool) -> Status:
    if infeasible:
        return Status.INFEASIBLE
    if not levels:
        return Status.UNKNOWN
    gaps = [level.gap for level in levels]
    return Status.OPTIMAL if all(g is not None and g <= gap for g in gaps) else Status.FEASIBLE
