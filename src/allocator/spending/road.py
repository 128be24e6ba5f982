"""The road of a split: district + policy -> purses -> rules of split -> independent check -> decision."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from allocator.domain.choices import Asset, Purpose, SplitRule
from allocator.domain.district import FORMAT_VERSION, District
from allocator.domain.funding import (
    Amount,
    FundingConflict,
    FundingDecision,
    GrantResult,
    LeastMoney,
    Split,
)
from allocator.domain.measures import INDICATORS, Measures
from allocator.domain.plan import Judgement, RunInfo, Status
from allocator.domain.policy import Policy
from allocator.domain.records import Grant, School
from allocator.domain.run import Limits, Progress, ProgressSink, StopSignal
from allocator.engine import engine_version, reference_date
from allocator.errors import Fault, InternalError, UsageError
from allocator.funding.target import price_of
from allocator.indicators import measure
from allocator.io.policies import load_policy
from allocator.io.suggest import nearest

Checker = Callable[[District, Policy, Split, tuple[str, ...]], Judgement]
CHECKER: Checker | None = None
"""The independent checker: district, policy, plan, codes of the grants that were split."""

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
) -> FundingDecision:
    """Split grants to the last unit.

    Parameters
    ----------
    district
        With the tables `schools` and `grants`, and `received` for guarantees against last year.
    policy
        Id of a shipped profile, path of a YAML file, or a `Policy`.
    grants
        Codes of the grants to split; all but those of projects where None.
    rule
        Rule of split in place of each grant's own: `formula`, `balance`, `closest`, `leximin`.
    limits, progress, stop
        Gap and time; who hears of progress; how to ask for a stop.
    warnings
        Faults of the reading to be recorded with the decision.
    least_money
        Also find the least amount with which every rule and limit holds.

    Returns
    -------
    FundingDecision
        `infeasible` with the conflicts, and without a split, if one grant cannot be split.

    Raises
    ------
    UsageError
        If a grant or rule is unknown, or a unit does not divide its amount.
    """
    stop = stop or StopSignal(limits or Limits())
    profile = policy if isinstance(policy, Policy) else load_policy(policy)
    wanted = _rule(rule)
    chosen = _chosen(district, grants, wanted)
    month, dated = reference_date(district, profile)
    before = measure(district, profile)
    told = _Told(stop, progress)
    parts = _split_all(district, profile, before, chosen, wanted, told, least_money=least_money)
    seconds = {"split": stop.seconds}
    split = parts.split
    check = None if parts.conflicts else _checked(district, profile, split, chosen)
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
        conflicts=tuple(parts.conflicts),
        least=tuple(parts.least),
        warnings=(*warnings, *dated),
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

    @property
    def split(self) -> Split:
        """The plan; empty where a grant cannot be split."""
        return Split() if self.conflicts else Split(tuple(self.amounts))


def _split_all(
    district: District,
    policy: Policy,
    before: Measures,
    chosen: Sequence[Grant],
    rule: SplitRule | None,
    told: _Told,
    *,
    least_money: bool,
) -> _Parts:
    """Split grant by grant in order; a later grant of the same purpose sees what the earlier one bought."""
    # The solver is loaded when a split is asked for, not before.
    from allocator.funding.bounds import bounds  # noqa: PLC0415
    from allocator.funding.least import least_money as least  # noqa: PLC0415
    from allocator.funding.purse import Facts, purse_of  # noqa: PLC0415
    from allocator.funding.split import amounts_of, split_purse  # noqa: PLC0415

    facts = Facts.of(district, policy, weak_schools(before, policy))
    parts = _Parts()
    for k, grant in enumerate(chosen):
        told.say()
        purse = purse_of(facts, grant, rule)
        found = split_purse(purse, told.stop, told.stop.limits.gap)
        if isinstance(found, FundingConflict):
            parts.conflicts.append(found)
        else:
            rows = amounts_of(purse, found)
            parts.results.append(found)
            parts.amounts += rows
            if any(later.purpose is grant.purpose and grant.purpose in ASSET_OF for later in chosen[k + 1 :]):
                facts = replace(facts, district=spent(facts.district, policy, Split(tuple(rows))))
        if least_money:
            parts.least.append(least(purse, bounds(purse), told.stop))
    return parts


def _rule(rule: SplitRule | str | None) -> SplitRule | None:
    if rule is None or isinstance(rule, SplitRule):
        return rule
    found = next((known for known in SplitRule if known == rule), None)
    if found is None:
        raise UsageError("funding.unknown_rule", rule=rule, known=", ".join(SplitRule))
    return found


def _chosen(district: District, codes: Sequence[str] | None, rule: SplitRule | None) -> list[Grant]:
    """Grants in order of their codes; projects are left out where none are named."""
    at = {grant.grant_id: grant for grant in district.grants}
    if codes is None:
        split = [g for g in at.values() if rule is not None or g.rule is not SplitRule.PROJECTS]
        if not split:
            raise UsageError("funding.no_grants")
        return sorted(split, key=lambda g: g.grant_id)
    for code in codes:
        if code not in at:
            near = nearest(code, tuple(at))
            raise UsageError("funding.unknown_grant", grant=code, known=near or ", ".join(at))
    return [at[code] for code in sorted(set(codes))]


def weak_schools(measures: Measures, policy: Policy) -> frozenset[str]:
    """Codes of schools with a section that surely meets too few indicators; unknown ones do not count."""
    most = len(INDICATORS) - policy.indicators.required_met
    return frozenset(
        s.school_id for s in measures.sections if sum(met is False for met in s.met.values()) > most
    )


def _checked(district: District, policy: Policy, split: Split, chosen: Sequence[Grant]) -> Judgement | None:
    if CHECKER is None:
        return None
    report = CHECKER(district, policy, split, tuple(grant.grant_id for grant in chosen))
    if not report.passed:
        raise InternalError("checker_rejects", count=len(report.broken), text=report.broken[0].text("en"))
    return report


def spent(district: District, policy: Policy, split: Split) -> District:
    """Return the district with every amount turned into what it buys; projects are not among them.

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
    return Status.OPTIMAL if all(g is not None and g <= gap for g in gaps) else Status.FEASIBLE
