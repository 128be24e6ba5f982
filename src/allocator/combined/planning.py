"""Form alliances, rotate inside them, rotate freely, compare."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from allocator import engine
from allocator.alliances import form_alliances
from allocator.campaign.judging import as_month, as_policy
from allocator.checking import eligibility
from allocator.combined.writing import WrittenCombinedPlan
from allocator.domain.alliance import Form, PairKind
from allocator.domain.combined import Reach
from allocator.domain.district import District
from allocator.domain.fields import Month
from allocator.domain.plan import Move
from allocator.domain.policy import Mode, Policy
from allocator.domain.records import Lock
from allocator.domain.run import Limits, Progress, ProgressSink, StopSignal
from allocator.errors import Fault, UsageError
from allocator.io.approved import approved_plan
from allocator.io.locks import add_locks

WITHIN = "within"
"""Folder of the rotation inside the alliances."""
RUNS = 3
"""Alliances, rotation inside them, free rotation: each gets an equal part of the time that is left."""


def plan_district(  # noqa: PLR0913  each is one thing that a caller may say, by name
    district: District,
    policy: Policy | str = "national-2017",
    *,
    form: Form = "pair",
    kind: PairKind = "strong_weak",
    leads: Sequence[str] | None = None,
    tags: Sequence[str] | None = None,
    capacities: Mapping[str, int] | None = None,
    stable: bool = False,
    locks: Sequence[Lock | str] = (),
    approved: str | Path | Iterable[Move] | None = None,
    repair: bool = False,
    as_of: Month | str | None = None,
    limits: Limits | None = None,
    progress: ProgressSink | None = None,
    stop: StopSignal | None = None,
    warnings: Sequence[Fault] = (),
) -> WrittenCombinedPlan:
    """Form alliances, plan a rotation inside them, and say what that costs against a free one.

    The rotation keeps to the alliances just formed (rule R13); those that the table `memberships` had before
    only matter for their renewal. The free plan obeys every rule but has the whole county for its scope. Each
    part is judged by the independent checker.

    Parameters
    ----------
    form, kind, leads, tags, capacities, stable
        What to form: as for `form_alliances`.
    locks
        Decisions of the rotation fixed beforehand, as for `plan_rotation`; they bind both rotations.
    approved
        A rotation to replan from, as for `plan_rotation`, or the folder of an earlier combined plan, which
        stands for its rotation inside the alliances. Both rotations change as little of it as they can.
    repair
        If no plan obeys all rules, plan the rotations so that some give way, as `plan_rotation` does.
    as_of
        Reference month of the rotation.
    limits, progress, stop, warnings
        As for `plan_rotation`; the time is shared among the three runs.

    Raises
    ------
    UsageError
        If the district has no teachers, or what is asked for does not go with the form.
    InputError
        If the locks or the approved plan have faults.
    """
    if not district.teachers:
        raise UsageError("combined.no_teachers")
    profile = as_policy(policy)
    stop = stop or StopSignal(limits or Limits())
    locked = add_locks(district, locks)
    earlier = None if approved is None else approved_plan(_rotation(approved), district)
    alliances = form_alliances(
        district,
        profile,
        form=form,
        kind=kind,
        leads=leads,
        tags=tags,
        capacities=capacities,
        stable=stable,
        progress=progress,
        stop=stop.part(RUNS),
        warnings=warnings,
    )
    if alliances.plan is None:
        return WrittenCombinedPlan(alliances)
    bound = locked.district
    allied = bound.model_copy(update={"memberships": alliances.plan.memberships})
    month, dated = engine.reference_date(district, profile, as_month(as_of))
    within, free = (
        engine.rotate(
            town,
            _scoped(profile, scope),
            as_of=month,
            repair=repair,
            stop=stop.part(left),
            progress=_announced(progress, scope, stop),
            warnings=(*warnings, *locked.warnings, *dated),
            approved=earlier,
        )
        for town, scope, left in ((allied, "alliance", RUNS - 1), (bound, "county", RUNS - 2))
    )
    added = bound.locks[len(district.locks) :]
    within = replace(within, memberships=alliances.plan.memberships, locks=added)
    free = replace(free, locks=added)
    return WrittenCombinedPlan(alliances, within, free, _reach(allied, profile, month))


def _rotation(approved: str | Path | Iterable[Move]) -> str | Path | Iterable[Move]:
    """The rotation to replan from: of an earlier combined plan the one inside its alliances."""
    if isinstance(approved, (str, Path)) and (Path(approved) / WITHIN / "moves.csv").is_file():
        return Path(approved) / WITHIN
    return approved


def _scoped(policy: Policy, scope: str) -> Policy:
    """Return the profile with another scope; R13 is in force unless the profile lets it give way."""
    rules = policy.rules if policy.gives_way("R13") else policy.rules.model_copy(update={"R13": Mode.HARD})
    rotation = policy.rotation.model_copy(update={"scope": scope})
    return policy.model_copy(update={"rotation": rotation, "rules": rules})


def _announced(progress: ProgressSink | None, scope: str, stop: StopSignal) -> ProgressSink | None:
    """Say which of the rotations begins, and let its clock go on from here."""
    if progress is None:
        return None
    began = stop.seconds
    progress(Progress(f"combined.stage_{scope}", began))
    return lambda event: progress(replace(event, seconds=event.seconds + began))


def _reach(allied: District, policy: Policy, as_of: Month) -> Reach:
    """Count whom the alliances leave free to move."""
    schools: defaultdict[str, list[str]] = defaultdict(list)
    for row in allied.memberships:
        schools[row.alliance_id].append(row.school_id)
    near: dict[str, set[str]] = {}
    for together in schools.values():
        for school in together:
            near[school] = near.get(school, set()) | {s for s in together if s != school}
    reasons = eligibility(allied, policy, as_of)
    eligible = [t for t in allied.teachers if not reasons[t.teacher_id]]
    stages = {s.school_id: s.stages for s in allied.schools}
    inside = sum(any(t.stage in stages[s] for s in near.get(t.school_id, ())) for t in eligible)
    return Reach(len(allied.schools), len(near), len(eligible), inside)
