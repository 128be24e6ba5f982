"""The case to be judged: the tables, the policy, a plan of alliances, and what the rules look at."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from allocator.checking.distance import Distances
from allocator.checking.facts import SectionKey
from allocator.checking.section_values import SectionValues, section_values
from allocator.checking.standing import Standing
from allocator.domain.alliance import Alliances, PairKind
from allocator.domain.alliance_records import Membership
from allocator.domain.choices import AllianceRole, LinkKind, Stage
from allocator.domain.district import District
from allocator.domain.plan import RuleAudit, Verdict, Violation
from allocator.domain.policy import Policy


@dataclass(frozen=True, slots=True)
class Terms:
    """What was asked for beyond the policy.

    Attributes
    ----------
    kind
        Pairs: a strong and a lower school, or schools alike.
    leads
        Schools that may lead; None for all.
    capacities
        Hubs and groups: members a lead may have, where they differ from the policy's.
    same_area
        Chains: both schools lie in one learning district (in one town, where one of the two has none); what is
        unknown does not part them.
    enough_places
        Chains: a third of the junior seats takes the pupils of grade 6; what is unknown does not part them.
    groups, groups_in
        Groups: how many in all, and how many have their lead in a learning district; any where None.
    coverage_share
        Groups: share of the lower schools that are members, at least; None where nothing is asked for.
    districts
        Learning districts: how many; None for any number.
    max_pupil_deviation
        Learning districts: |pupils / (all pupils / number of districts) - 1|, at most; None for no limit.
    max_strong_deviation
        Learning districts: |share of strong sections - that of the county|, at most; None for no limit.
    """

    kind: PairKind = "strong_weak"
    leads: Collection[str] | None = None
    capacities: Mapping[str, int] = field(default_factory=dict)
    same_area: bool = True
    enough_places: bool = True
    groups: int | None = None
    groups_in: Mapping[str, int] = field(default_factory=dict)
    coverage_share: float | None = None
    districts: int | None = None
    max_pupil_deviation: float | None = None
    max_strong_deviation: float | None = None


@dataclass(frozen=True, slots=True)
class Alliance:
    """One alliance: schools by role, in order of code, a school that is given twice standing twice."""

    alliance_id: str
    leads: tuple[str, ...]
    members: tuple[str, ...]
    tag: str | None

    @property
    def schools(self) -> tuple[str, ...]:
        """All its schools, each once."""
        return tuple(dict.fromkeys((*self.leads, *self.members)))


@dataclass(frozen=True, slots=True)
class Tie:
    """One member and its lead."""

    alliance_id: str
    lead: str
    member: str


@dataclass(frozen=True)
class AllianceFacts:
    """A district, a policy and a plan of alliances, with everything derived from them."""

    district: District
    policy: Policy
    plan: Alliances
    previous: tuple[Membership, ...]
    terms: Terms

    def of_plan(self, plan: Alliances) -> AllianceFacts:
        """Put another plan in the place of this one; what the tables alone say is not worked out again."""
        other = replace(self, plan=plan)
        vars(other).update(
            values=self.values, standing=self.standing, distances=self.distances, lower=self.lower
        )
        return other

    @cached_property
    def values(self) -> Mapping[SectionKey, SectionValues]:
        """Indicators of every section."""
        return section_values(self.district, self.policy)

    @cached_property
    def standing(self) -> Standing:
        """Ranks in each stage."""
        return Standing.of(self.district, self.policy, self.values)

    @cached_property
    def distances(self) -> Distances:
        """Distances between schools."""
        return Distances(self.district)

    @cached_property
    def alliances(self) -> tuple[Alliance, ...]:
        """Alliances of the plan in order of their codes; schools that do not exist are kept."""
        return group_rows(self.plan.memberships, self.plan.tags)

    @cached_property
    def ties(self) -> tuple[Tie, ...]:
        """Members and their leads, in alliances with one lead; only schools that exist."""
        return ties(self.alliances, self.district)

    @cached_property
    def parts(self) -> Mapping[str, frozenset[str]]:
        """Schools -> alliances they have a part in."""
        found: defaultdict[str, set[str]] = defaultdict(set)
        for row in self.plan.memberships:
            found[row.school_id].add(row.alliance_id)
        return {school: frozenset(codes) for school, codes in found.items()}

    @cached_property
    def tags_of(self) -> Mapping[str, frozenset[str | None]]:
        """Schools -> tags of the hubs they have a part in; empty for the other forms."""
        if self.plan.form != "hub":
            return {}
        tag = {alliance.alliance_id: alliance.tag for alliance in self.alliances}
        return {school: frozenset(tag[code] for code in codes) for school, codes in self.parts.items()}

    @cached_property
    def lower(self) -> frozenset[str]:
        """Schools that are lower in at least one of their stages."""
        return frozenset(s.school_id for s in self.district.schools if self.standing.lower_somewhere(s))

    @cached_property
    def covered(self) -> frozenset[str]:
        """Lower schools that are members."""
        return self.lower & {tie.member for tie in self.ties}

    @cached_property
    def together(self) -> frozenset[tuple[str, str]]:
        """Pairs of schools that must be together, the smaller code first."""
        return self._linked(LinkKind.TOGETHER)

    @cached_property
    def apart(self) -> frozenset[tuple[str, str]]:
        """Pairs of schools that must be apart, the smaller code first."""
        return self._linked(LinkKind.APART)

    def _linked(self, kind: LinkKind) -> frozenset[tuple[str, str]]:
        rows = (sorted((k.school_a, k.school_b)) for k in self.district.links if k.link is kind)
        return frozenset((a, b) for a, b in rows if a != b)

    @cached_property
    def wishes(self) -> Mapping[tuple[str, str], float]:
        """Weight of the wishes about each pair of schools, the smaller code first; a blank weight is 1."""
        weights: dict[tuple[str, str], float] = {}
        for row in self.district.links:
            if row.link is LinkKind.WISH:
                a, b = sorted((row.school_a, row.school_b))
                weights[a, b] = weights.get((a, b), 0.0) + (1.0 if row.weight is None else row.weight)
        return weights

    def shared_stages(self, a: str, b: str) -> tuple[Stage, ...]:
        """Stages that both schools have."""
        schools = self.district.school_by_id
        return tuple(stage for stage in schools[a].stages if stage in schools[b].stages)


def group_rows(rows: Sequence[Membership], tags: Mapping[str, str]) -> tuple[Alliance, ...]:
    """Put the rows of each alliance together."""
    found: defaultdict[str, list[Membership]] = defaultdict(list)
    for row in rows:
        found[row.alliance_id].append(row)
    return tuple(
        Alliance(
            code,
            tuple(sorted(r.school_id for r in found[code] if r.role is AllianceRole.LEAD)),
            tuple(sorted(r.school_id for r in found[code] if r.role is AllianceRole.MEMBER)),
            tags.get(code),
        )
        for code in sorted(found)
    )


def ties(alliances: Sequence[Alliance], district: District) -> tuple[Tie, ...]:
    """Find members and their leads; an alliance without one known lead has none."""
    known = district.school_by_id
    return tuple(
        Tie(alliance.alliance_id, alliance.leads[0], member)
        for alliance in alliances
        if len(alliance.leads) == 1 and alliance.leads[0] in known
        for member in dict.fromkeys(alliance.members)
        if member in known and member != alliance.leads[0]
    )


def audit(
    facts: AllianceFacts,
    rule: str,
    violations: Sequence[Violation],
    required: Mapping[str, float],
    achieved: Mapping[str, float],
) -> RuleAudit:
    """Put a rule's verdict together; a rule that is off has no violations, whatever was found."""
    if facts.policy.gives_way(rule):
        price = facts.policy.alliance.change_price
        relaxed = tuple(replace(v, price=price * v.amount) for v in violations)
        return RuleAudit(rule, "relaxed" if violations else "met", required, achieved, relaxed)
    if not facts.policy.active(rule):
        return RuleAudit(rule, "off", required, achieved)
    verdict: Verdict = "broken" if violations else "met"
    return RuleAudit(rule, verdict, required, achieved, tuple(violations))
