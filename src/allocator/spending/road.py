"""The road of a split: district + policy -> purses -> rules of split -> independent check -> decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from allocator.domain.bundled import Part, parts_of
from allocator.domain.choices import Asset, Purpose, SplitRule
from allocator.domain.district import FORMAT_VERSION, District
from allocator.domain.funding import (
    Amount,
    Chosen,
    FewestSchools,
    FundingConflict,
    FundingDecision,
    GrantResult,
    LeastMoney,
    Split,
)
from allocator.domain.measures import INDICATORS, Measures
from allocator.domain.money_records import Grant
from allocator.domain.plan import Judgement, Level, RunInfo, Status
from allocator.domain.policy import Policy, exact
from allocator.domain.records import School
from allocator.domain.run import Limits, Progress, ProgressSink, StopSignal
from allocator.engine import engine_version, reference_date
from allocator.errors import Fault, UsageError
from allocator.funding.target import price_of
from allocator.indicators import measure
from allocator.indicators.bundled import evaluate
from allocator.io.policies import load_policy
from allocator.io.suggest import nearest
from allocator.spending.touching import touching
from allocator.spending.verdict import judged, same_levels, with_exact_levels

ASSET_OF = {
    Purpose.TEACHING_AREA: Asset.TEACHING_AREA_M2,
    Purpose.SPORTS_AREA: Asset.SPORTS_AREA_M2,
    Purpose.EQUIPMENT: Asset.EQUIPMENT_YUAN,
    Purpose.MULTIMEDIA: Asset.MULTIMEDIA_ROOMS,
}
"""What the money of a purpose is spent on."""


def split_funding(  # noqa: PLR0913  each is a choice of its own
    district: District,
    policy: Policy | str | Path = "national-2017",
    grants: Sequence[str] | None = None,
    rule: SplitRule | str | None = None,
    *,
    limits: Limits | None = None,
    progress: ProgressSink | None = None,
    stop: StopSignal | None = None,
    warnings: Sequence[Fault] = (),
    least_money: bool = False,
    fewest_schools: bool = False,
    prices: bool = False,
) -> FundingDecision:
    """Split grants to the last unit.

    Parameters
    ----------
    district
        With the tables `schools` and `grants`, and `received` for guarantees against last year.
    policy
        Id of a shipped profile, path of a YAML file, or a `Policy`.
    grants
        Codes of the grants to split; all where None.
    rule
        Rule of split in place of each grant's own: `formula`, `balance`, `closest`, `leximin`, `projects`.
    limits, progress, stop
        Gap and time; who hears of progress; how to ask for a stop.
    warnings
        Faults of the reading to be recorded with the decision.
    least_money
        Also find the least amount with which every rule and limit holds.
    fewest_schools
        Also find the split that keeps every rule and limit and gives fewest schools other than by the rule.
    prices
        Also find the shadow prices of each grant, and where they hold.

    Returns
    -------
    FundingDecision
        `infeasible` with the conflicts, and without a split, if one grant cannot be split.

    Raises
    ------
    UsageError
        If a grant or rule is unknown, or a unit does not divide its amount.
    InternalError
        If the independent checker rejects the split, or values it otherwise.
    """
    stop = stop or StopSignal(limits or Limits())
    profile = policy if isinstance(policy, Policy) else load_policy(policy)
    wanted = _rule(rule)
    chosen = _chosen(district, grants, wanted)
    district = _ruled(district, chosen)
    month, dated = reference_date(district, profile)
    before = measure(district, profile)
    told = _Told(stop, progress)
    parts = _split_all(
        district,
        profile,
        before,
        chosen,
        told,
        least_money=least_money,
        fewest=fewest_schools,
        prices=prices,
    )
    seconds = {"split": stop.seconds}
    split = parts.split
    check = None if parts.conflicts else _checked(district, profile, parts, chosen)
    after = before if parts.conflicts else measure(spent(district, profile, split), profile)
    seconds["check"] = stop.seconds - seconds["split"]
    return FundingDecision(
        run=RunInfo(
            kind="funding",
            engine=engine_version(),
            format=FORMAT_VERSION,
            policy=profile.id,
            policy_sha256=profile.sha256,
            input_sha256=district.sha256,
            as_of=month,
            seed=stop.limits.seed,
            seconds=seconds,
        ),
        district=district,
        policy=profile,
        status=_status(parts, stop.limits.gap),
        grants=() if parts.conflicts else tuple(parts.results),
        split=split,
        check=check,
        before=before,
        after=after,
        projects=() if parts.conflicts else tuple(parts.projects),
        conflicts=tuple(parts.conflicts),
        least=tuple(parts.least),
        fewest=tuple(parts.fewest),
        warnings=(*warnings, *dated),
        paying=tuple(grant.grant_id for grant in chosen if grant.rule is SplitRule.PROJECTS),
    )


@dataclass(frozen=True)
class _Told:
    """When to stop, and who hears of progress."""

    stop: StopSignal
    progress: ProgressSink | None

    def say(self) -> None:
        if self.progress is not None:
            self.progress(Progress("split", self.stop.seconds))


@dataclass
class _Parts:
    """What became of each grant."""

    results: list[GrantResult] = field(default_factory=list)
    conflicts: list[FundingConflict] = field(default_factory=list)
    amounts: list[Amount] = field(default_factory=list)
    least: list[LeastMoney] = field(default_factory=list)
    fewest: list[FewestSchools] = field(default_factory=list)
    projects: list[Level] = field(default_factory=list)
    works: list[Chosen] = field(default_factory=list)

    @property
    def split(self) -> Split:
        """The plan; empty where a grant cannot be split."""
        return Split() if self.conflicts else Split(tuple(self.amounts), tuple(self.works))


def _split_all(
    district: District,
    policy: Policy,
    before: Measures,
    chosen: Sequence[Grant],
    told: _Told,
    *,
    least_money: bool,
    fewest: bool,
    prices: bool,
) -> _Parts:
    """Split grant by grant in order; a later grant of the same purpose sees what the earlier one bought.

    Projects come last, all together.
    """
    # The solver is loaded when a split is asked for, not before.
    from allocator.funding.bounds import bounds  # noqa: PLC0415  light import
    from allocator.funding.least import least_money as least  # noqa: PLC0415  light import
    from allocator.funding.purse import Facts, purse_of  # noqa: PLC0415  light import
    from allocator.funding.split import amounts_of, split_purse  # noqa: PLC0415  light import

    facts = Facts.of(district, policy, weak_schools(before, policy), bundled_parts(district, policy, chosen))
    parts = _Parts()
    whole = [grant for grant in chosen if grant.rule is not SplitRule.PROJECTS]
    for k, grant in enumerate(whole):
        told.say()
        purse = purse_of(facts, grant)
        found = split_purse(purse, told.stop, told.stop.limits.gap, prices=prices)
        if isinstance(found, FundingConflict):
            parts.conflicts.append(found)
        else:
            rows = amounts_of(purse, found)
            parts.results.append(found)
            parts.amounts += rows
            if any(later.purpose is grant.purpose and grant.purpose in ASSET_OF for later in whole[k + 1 :]):
                facts = replace(facts, district=spent(facts.district, policy, Split(tuple(rows))))
        if least_money:
            parts.least.append(least(purse, bounds(purse), told.stop))
        if fewest:
            parts.fewest.append(touching(purse, told.stop))
    paying = [grant.grant_id for grant in chosen if grant.rule is SplitRule.PROJECTS]
    if paying and not parts.conflicts:
        told.say()
        _choose(district, policy, paying, parts, told.stop)
        if least_money:
            from allocator.funding.projects_least import least_for_projects  # noqa: PLC0415  light import

            parts.least += least_for_projects(district, policy, paying, parts.amounts, told.stop)
    return parts


def _choose(district: District, policy: Policy, paying: Sequence[str], parts: _Parts, stop: StopSignal) -> None:
    """Choose the projects of all grants that pay by projects, on top of what the other grants bought."""
    from allocator.funding.projects import choose_projects  # noqa: PLC0415  light import

    plan = choose_projects(district, policy, paying, stop.limits, parts.amounts, stop)
    if plan.status is Status.INFEASIBLE:
        from allocator.funding.projects_least import projects_conflict  # noqa: PLC0415  light import

        parts.conflicts.append(projects_conflict(district, policy, paying, parts.amounts, stop))
    elif plan.status is Status.UNKNOWN:
        parts.conflicts.append(FundingConflict(", ".join(paying), "projects_time", ()))
    parts.projects += plan.levels
    parts.works += plan.chosen


def _rule(rule: SplitRule | str | None) -> SplitRule | None:
    if rule is None or isinstance(rule, SplitRule):
        return rule
    found = next((known for known in SplitRule if known == rule), None)
    if found is None:
        raise UsageError("funding.unknown_rule", rule=rule, known=", ".join(SplitRule))
    return found


def _chosen(district: District, codes: Sequence[str] | None, rule: SplitRule | None) -> list[Grant]:
    """Grants in the order in which they lie on top of each other: by year (unknown first) and code."""
    at = {grant.grant_id: grant for grant in district.grants}
    if not at:
        raise UsageError("funding.no_grants")
    for code in codes or ():
        if code not in at:
            near = nearest(code, tuple(at))
            raise UsageError("funding.unknown_grant", grant=code, known=near or ", ".join(at))
    found = at.values() if codes is None else [at[code] for code in set(codes)]
    ruled = [g if rule is None else g.model_copy(update={"rule": rule}) for g in found]
    return sorted(ruled, key=lambda g: (g.year is not None, g.year or 0, g.grant_id))


def _ruled(district: District, chosen: Sequence[Grant]) -> District:
    """The district whose grants have the rules that they are split by."""
    at = {grant.grant_id: grant for grant in chosen}
    grants = tuple(at.get(g.grant_id, g) for g in district.grants)
    return district if grants == district.grants else district.model_copy(update={"grants": grants})


def weak_schools(measures: Measures, policy: Policy) -> frozenset[str]:
    """Codes of schools with a section that surely meets too few indicators; unknown ones do not count."""
    most = len(INDICATORS) - policy.indicators.required_met
    return frozenset(
        s.school_id for s in measures.sections if sum(met is False for met in s.met.values()) > most
    )


def bundled_parts(
    district: District, policy: Policy, grants: Sequence[Grant]
) -> Mapping[str, tuple[Part, ...]]:
    """What alliances give their schools, where a grant is split by the bundled evaluation.

    Raises
    ------
    UsageError
        If no alliance has a point, or no school of the grant a part.
    """
    ruled = [grant for grant in grants if grant.rule is SplitRule.BUNDLED]
    if not ruled:
        return {}
    parts = parts_of(evaluate(district, policy), exact(policy.funding.bundled_lead_share))
    for grant in ruled:
        codes = grant.schools or tuple(parts)
        if grant.amount_yuan and not any(part.weight for code in codes for part in parts.get(code, ())):
            raise UsageError("funding.no_alliances", grant=grant.grant_id)
    return parts


def _checked(district: District, policy: Policy, parts: _Parts, chosen: Sequence[Grant]) -> Judgement:
    """Judge the split, and take the worth of its levels from the checker."""
    report = judged(district, policy, parts.split, chosen)
    parts.results = list(with_exact_levels(parts.results, report, chosen))
    same_levels(parts.projects, report)
    return report


def spent(district: District, policy: Policy, split: Split) -> District:
    """Return the district with every amount turned into what it buys, and what its projects add.

    Rooms and areas are bought at the profile's prices, in fractions where the money does not buy whole ones.
    """
    purposes = {grant.grant_id: grant.purpose for grant in district.grants}
    added: dict[str, dict[str, float]] = {}
    for row in split.amounts:
        asset = ASSET_OF.get(purposes[row.grant_id])
        if asset is not None and row.amount_yuan:
            bought = float(row.amount_yuan) / price_of(purposes[row.grant_id], policy)
            school = added.setdefault(row.school_id, {})
            school[asset.value] = school.get(asset.value, 0.0) + bought
    works = {project.project_id: project for project in district.projects} if split.chosen else {}
    for project in (works[row.project_id] for row in split.chosen):
        if project.adds is not None and project.amount is not None:
            school = added.setdefault(project.school_id, {})
            school[project.adds.value] = school.get(project.adds.value, 0.0) + float(project.amount)
    schools = tuple(_richer(school, added.get(school.school_id, {})) for school in district.schools)
    return district.model_copy(update={"schools": schools})


def _richer(school: School, added: dict[str, float]) -> School:
    """Add to the assets that are known; what is unknown stays so."""
    known = {name: getattr(school, name) for name in added}
    update = {name: float(value) + added[name] for name, value in known.items() if value is not None}
    return school.model_copy(update=update) if update else school


def _status(parts: _Parts, gap: float) -> Status:
    if parts.conflicts:
        return Status.INFEASIBLE
    gaps = [level.gap for result in parts.results for level in result.levels]
    gaps += [level.gap for level in parts.projects]
    return Status.OPTIMAL if all(g is not None and g <= gap for g in gaps) else Status.FEASIBLE
