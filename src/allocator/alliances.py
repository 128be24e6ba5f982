"""The road of every plan of alliances: district + policy -> network -> choice -> plan -> AllianceDecision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import fsum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from allocator.checking import Terms, check_alliances
from allocator.districting import form_districts, levels_of, run_info, status_of
from allocator.domain import allied
from allocator.domain.alliance import Alliances, Form, PairKind
from allocator.domain.alliance_requests import as_names, check_form, check_request
from allocator.domain.allied import AllianceRequest
from allocator.domain.district import District
from allocator.domain.plan import GAP_UNITS, Judgement, Level, Status
from allocator.domain.policy import Policy
from allocator.domain.run import Limits, Progress, ProgressSink, StopSignal
from allocator.errors import Fault, InternalError, UsageError
from allocator.indicators import measure, share
from allocator.io.policies import load_policy
from allocator.text import DEFAULT_LANG, Lang

if TYPE_CHECKING:
    from allocator.alliance.forming import Case
    from allocator.alliance.model import Choice
    from allocator.alliance.network import Network

AGREEMENT = 1e-6
"""Relative difference up to which model and checker agree on a level (rounding of sums)."""

__all__ = ["AllianceDecision", "alliance_network", "form_alliances"]


class AllianceDecision(allied.AllianceDecision):
    """A plan of alliances that can write itself as a folder of tables."""

    def write(self, folder: str | Path, *, lang: Lang = DEFAULT_LANG) -> Path:
        """Write `result.json`, `memberships.csv`, `outside.csv`, `alliance.xlsx` and `report.html`.

        Files of an earlier result are replaced when all new ones are complete.

        Raises
        ------
        UsageError
            If the folder cannot be written.
        """
        from allocator.io.alliances import write_alliances  # noqa: PLC0415  importing allocator stays light
        from allocator.reporting.allied import write_alliance_report  # noqa: PLC0415  as above

        target = Path(folder)
        try:
            target.mkdir(parents=True, exist_ok=True)
            with TemporaryDirectory(dir=target, prefix=".", suffix=".part") as folder_beside:
                beside = Path(folder_beside)
                files = (
                    *write_alliances(self, beside, lang=lang),
                    *write_alliance_report(self, beside, lang=lang),
                )
                for file in files:
                    file.replace(target / file.name)
        except OSError as fault:
            raise UsageError("unwritable", path=str(target), reason=fault.strerror or "") from fault
        return target


def form_alliances(  # noqa: PLR0913  each is one thing that a caller may say, by name
    district: District,
    policy: Policy | str | Path = "national-2017",
    *,
    form: Form = "pair",
    kind: PairKind = "strong_weak",
    leads: Sequence[str] | None = None,
    tags: Sequence[str] | None = None,
    capacities: Mapping[str, int] | None = None,
    stable: bool = False,
    groups: int | None = None,
    groups_in: Mapping[str, int] | None = None,
    coverage_share: float | None = None,
    districts: int | None = None,
    max_pupil_deviation: float | None = None,
    max_strong_deviation: float | None = None,
    limits: Limits | None = None,
    progress: ProgressSink | None = None,
    stop: StopSignal | None = None,
    warnings: Sequence[Fault] = (),
) -> AllianceDecision:
    """Form alliances of one form, and prove it: coverage first, then benefit, then distance.

    Where the district has alliances of this form already, rule A8 limits how many schools change partner.

    Parameters
    ----------
    district
        From `read_district`.
    policy
        Id of a shipped profile, path of a YAML file, or a `Policy`.
    form
        `"pair"`, `"group"`, `"hub"`, `"chain"` or `"district"` (learning districts).
    kind
        Pairs: `"strong_weak"`, or `"same_level"` for schools alike.
    leads
        Codes of the schools that may lead; all that the rules allow by default.
    tags
        Hubs: the tags to form hubs for; all by default.
    capacities
        Hubs (for a tag) and groups: members that a lead may have, by its code; the profile's number by default.
    stable
        Pairs and chains: forbid blocking pairs; `decision.stable_price` says what that costs.
    groups, groups_in
        Groups: how many in all, and how many have their lead in a learning district; any number by default.
    coverage_share
        Groups: share of the lower schools that must be members, such as 0.85.
    districts
        Learning districts: how many; must be given.
    max_pupil_deviation, max_strong_deviation
        Learning districts: largest deviations from an equal share, such as 0.1; without a limit a deviation is
        made as small as possible before anything else.
    limits, progress, stop
        When to stop, who hears of progress, and how to ask for a stop.
    warnings
        Faults of the reading to be recorded with the decision.

    Raises
    ------
    UsageError
        If a lead is no school of the district, or what is asked for does not go with the form.
    """
    profile = policy if isinstance(policy, Policy) else load_policy(policy)
    stop = stop or StopSignal(limits or Limits())
    request = AllianceRequest(
        form,
        kind,
        as_names(leads),
        as_names(tags),
        dict(capacities or {}),
        stable,
        groups,
        dict(groups_in or {}),
        districts,
        max_pupil_deviation,
        max_strong_deviation,
        coverage_share,
    )
    check_request(district, request)
    if form == "district":
        return AllianceDecision(**vars(form_districts(district, profile, request, stop, progress, warnings)))
    return _form(district, profile, request, stop, progress, warnings)


def alliance_network(
    district: District,
    policy: Policy | str | Path = "national-2017",
    *,
    form: Form = "pair",
    kind: PairKind = "strong_weak",
) -> Network:
    """Return the network of possible alliances: its graph, the worth of an edge, why one is missing.

    >>> alliance_network(district).graph()  # doctest: +SKIP
    """
    profile = policy if isinstance(policy, Policy) else load_policy(policy)
    check_form(form, kind)
    if form == "district":
        raise UsageError("groups.no_network")
    stop = StopSignal(Limits())
    return _case(district, profile, AllianceRequest(form, kind), stop).network


def _case(district: District, policy: Policy, request: AllianceRequest, stop: StopSignal) -> Case:
    # The model is loaded when a plan is asked for, not before.
    from allocator.alliance.eligibility import Terms  # noqa: PLC0415  light import
    from allocator.alliance.forming import case_of  # noqa: PLC0415  light import
    from allocator.alliance.links import collect_links  # noqa: PLC0415  light import
    from allocator.alliance.schools import collect  # noqa: PLC0415  light import

    schools = collect(district, policy, measure(district, policy))
    terms = Terms(schools, policy, collect_links(district, policy, schools))
    return case_of(district, terms, request, stop.limits, stop)


def _form(
    district: District,
    policy: Policy,
    request: AllianceRequest,
    stop: StopSignal,
    progress: ProgressSink | None,
    warnings: Sequence[Fault],
) -> AllianceDecision:
    """Build, solve, write down."""
    from allocator.alliance.forming import bound_schools, decide  # noqa: PLC0415  as above
    from allocator.alliance.outside import outside  # noqa: PLC0415  light import
    from allocator.alliance.plan import plan_of  # noqa: PLC0415  light import
    from allocator.alliance.problems import problems  # noqa: PLC0415  light import
    from allocator.alliance.remarks import remarks  # noqa: PLC0415  light import
    from allocator.alliance.renewal import losses, partings  # noqa: PLC0415  light import
    from allocator.alliance.stability import blocking  # noqa: PLC0415  light import
    from allocator.alliance.ties import ties_of  # noqa: PLC0415  light import

    if progress is not None:
        progress(Progress("alliance.stage_build", stop.seconds))
    case = _case(district, policy, request, stop)
    seconds = {"build": stop.seconds}
    choice = decide(case, progress=progress)
    seconds["solve"] = stop.seconds - seconds["build"]
    chosen = choice.chosen
    plan = None if chosen is None else plan_of(case, chosen, district.info.year)
    check = None if plan is None else _judged(district, policy, request, plan)
    levels = _levels(case, choice, check)
    free = decide(case, stable=False) if request.stable and chosen is not None else None
    status = status_of(levels, stop.limits, found=chosen is not None, infeasible=choice.infeasible)
    decision = AllianceDecision(
        run=run_info(district, policy, stop, seconds),
        district=district,
        policy=policy,
        request=request,
        status=status,
        levels=levels,
        plan=plan,
        check=check,
        outside=() if chosen is None else outside(case, chosen, proven=status is Status.OPTIMAL),
        blocking=(
            blocking(case.network.edges, chosen, case.schools.ids, bound_schools(case))
            if chosen is not None and case.one_each
            else ()
        ),
        changes=partings(case, choice),
        stable_price=None if free is None or free.chosen is None else losses(free, choice),
        problems=problems(case) if choice.infeasible else (),
        warnings=(*warnings, *remarks(case.network, request)),
        ties=() if plan is None else ties_of(case.network, plan),
        sharing=None if plan is None else share(district, policy, plan),
    )
    seconds["explain"] = stop.seconds - fsum(seconds.values())
    return decision


def _judged(district: District, policy: Policy, request: AllianceRequest, plan: Alliances) -> Judgement:
    """Let the independent checker judge a plan; one that it rejects does not leave the engine."""
    terms = Terms(
        kind=request.kind,
        leads=request.leads,
        capacities=request.capacities,
        groups=request.groups,
        groups_in=request.groups_in,
        coverage_share=request.coverage_share,
    )
    check = check_alliances(district, policy, plan, terms=terms)
    if not check.passed:
        raise InternalError("checker_rejects", count=len(check.broken), text=check.broken[0].text("en"))
    return check


def _levels(case: Case, choice: Choice, check: Judgement | None) -> tuple[Level, ...]:
    """Levels as they were solved; what the plan is worth, and what the last period's was, says the checker.

    Raises
    ------
    InternalError
        If the plan is worth something else by the checker than by the model.
    """
    if check is None or choice.chosen is None:
        return ()
    from allocator.alliance.forming import plan_values  # noqa: PLC0415  as above

    model = plan_values(case, choice.chosen)
    for name, judged in check.levels.items():
        value = model[name]
        # The model rounds the benefit of each member to the millionth.
        rounding = AGREEMENT * len(choice.chosen) if name == "benefit" else 0.0
        if abs(value - judged) > rounding + AGREEMENT * max(abs(judged), GAP_UNITS[name]):
            raise InternalError("checker_disagrees", level=name, model=value, checker=judged)
    return levels_of(choice.levels, check)
