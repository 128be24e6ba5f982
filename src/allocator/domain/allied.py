"""What forming alliances was asked for, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from allocator.domain.alliance import Alliances, Form, PairKind
from allocator.domain.district import District
from allocator.domain.plan import Judgement, Level, RunInfo, Status, Violation
from allocator.domain.policy import ALLIANCE_RULES, Policy
from allocator.domain.sharing import Sharing
from allocator.domain.worth import Tie
from allocator.errors import Fault
from allocator.text import DEFAULT_LANG, Lang, say


@dataclass(frozen=True, slots=True)
class AllianceRequest:
    """What to form.

    Attributes
    ----------
    kind
        Pairs: of a strong and a lower school, or of schools alike.
    leads
        Codes of the schools that may lead; None for all that the rules allow.
    tags
        Hubs: the tags to form hubs for; None for all.
    capacities
        Hubs and groups: members that a lead may have (of hubs, for a tag), by its code, where that differs from
        the profile's.
    stable
        Pairs and chains: no two schools may both gain by leaving their partners for each other.
    groups
        Groups: how many; None for any number.
    groups_in
        Groups: learning district -> how many have their lead there.
    coverage_share
        Groups: share of the lower schools that must be members, such as 0.85; None where nothing is asked for.
    districts
        Learning districts: how many.
    max_pupil_deviation, max_strong_deviation
        Learning districts: the largest deviations from an equal share of pupils and of strong schools, such as
        0.1; None to make them as small as possible before anything else.
    """

    form: Form
    kind: PairKind = "strong_weak"
    leads: tuple[str, ...] | None = None
    tags: tuple[str, ...] | None = None
    capacities: Mapping[str, int] = field(default_factory=dict)
    stable: bool = False
    groups: int | None = None
    groups_in: Mapping[str, int] = field(default_factory=dict)
    districts: int | None = None
    max_pupil_deviation: float | None = None
    max_strong_deviation: float | None = None
    coverage_share: float | None = None


def rule_names(rules: Sequence[str], lang: Lang) -> str:
    """What stands against two schools, in words: rules by id and name, and what forming asks besides."""
    parts = (
        say("alliance.rule", lang, rule=rule, name=say(f"rules.{rule}_name", lang))
        if rule in ALLIANCE_RULES
        else say(f"alliance.against_{rule}", lang)
        for rule in rules
    )
    return say("common.enumeration", lang).join(parts)


@dataclass(frozen=True, slots=True)
class Outside:
    """A school in no alliance, and why: entry `outside_<reason>` of the catalogue `alliance`."""

    school_id: str
    reason: str
    params: Mapping[str, object] = field(default_factory=dict)

    def text(self, lang: Lang = DEFAULT_LANG) -> str:
        """Sentence for the user."""
        return say(f"alliance.outside_{self.reason}", lang, **self.params)


@dataclass(frozen=True, slots=True)
class BlockingPair:
    """Two schools that would both gain, and what each has now; None for a school without a partner.

    `benefit` and `km` are of their own edge, `lead_benefit` and `member_benefit` of those with their partners.
    """

    lead: str
    member: str
    benefit: float
    km: float | None
    lead_partner: str | None
    lead_benefit: float | None
    member_partner: str | None
    member_benefit: float | None


@dataclass(frozen=True, slots=True)
class PartnerChange:
    """Two schools of the last period that are not together any more, and why.

    Attributes
    ----------
    barred
        Rules against their staying together; empty if they could.
    cost
        What keeping them together would have cost, re-solved: loss of each level in its own unit, in their
        order, positive where keeping is worse. None if it was not worked out (barred, or no time left).
    possible
        False if it is proven that no plan keeps them together, although no rule about the two forbids it.
    """

    alliance_id: str
    lead: str
    member: str
    lead_now: tuple[str, ...]
    member_now: tuple[str, ...]
    barred: tuple[str, ...] = ()
    cost: Mapping[str, float] | None = None
    possible: bool = True


@dataclass(frozen=True)
class AllianceDecision:
    """A plan of alliances with everything a report needs; without a plan if none was found.

    Attributes
    ----------
    status
        What is known of the result.
    levels
        Objective levels in order, with value, bound and gap.
    plan
        The alliances; None if there is no plan.
    check
        The independent checker's judgement; None if there is no plan or nothing judged it.
    outside
        Schools in no alliance, each with the reason.
    blocking
        Pairs and chains: schools that would both gain by leaving their partners for each other.
    changes
        Renewal: pairs of the last period that were parted.
    stable_price
        Where stability was asked for: loss of each level against the plan without it, in the level's own unit.
    problems
        Where no plan is possible: why.
    warnings
        Faults of the input, and what was asked for and is not there.
    ties
        Every member with its lead, and what that is worth number by number.
    sharing
        What the alliances would lift by sharing; None if there is no plan.
    """

    run: RunInfo
    district: District
    policy: Policy
    request: AllianceRequest
    status: Status
    levels: tuple[Level, ...]
    plan: Alliances | None
    check: Judgement | None = None
    outside: tuple[Outside, ...] = ()
    blocking: tuple[BlockingPair, ...] = ()
    changes: tuple[PartnerChange, ...] = ()
    stable_price: Mapping[str, float] | None = None
    problems: tuple[Fault, ...] = ()
    warnings: tuple[Fault, ...] = ()
    ties: tuple[Tie, ...] = ()
    sharing: Sharing | None = None

    @property
    def violations(self) -> tuple[Violation, ...]:
        """Breaches found by the checker, those of elastic rules included."""
        return () if self.check is None else self.check.violations
