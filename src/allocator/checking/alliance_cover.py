"""Rules about the whole county: coverage (A7) and renewal (A8)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from math import ceil, floor

from allocator.checking.alliance_facts import Alliance, AllianceFacts, Tie, audit, group_rows, ties
from allocator.checking.alliance_form import may_chain, size_limits
from allocator.checking.alliance_partners import SHARING_FORMS, rank_gap
from allocator.checking.nearby import Sieve
from allocator.domain.plan import RuleAudit, Violation
from allocator.domain.policy import exact

PLAN = "plan"


def a7_coverage(facts: AllianceFacts) -> RuleAudit:
    """A7: no lower school is left outside that could be added and nobody else touched.

    That is necessary for the largest coverage, not sufficient; what is found is a proof that the coverage is
    not the largest. How near it is to the largest is said by the bound of the level. A share of the lower
    schools that was asked for binds besides, even where the rule is off.
    """
    found = [
        Violation("A7", school, 1, "schools", "A7_left", {"school": school, "lead": lead})
        for school, lead in _could_join(facts)
    ]
    achieved = {"covered": len(facts.covered), "left": len(found)}
    judged = audit(facts, "A7", found, {"lower": len(facts.lower)}, achieved)
    few = tuple(_too_few(facts))
    return replace(judged, verdict="broken", violations=(*few, *judged.violations)) if few else judged


def _too_few(facts: AllianceFacts) -> Iterator[Violation]:
    """Fewer lower schools inside than the share that was asked for."""
    share, covered, lower = facts.terms.coverage_share, len(facts.covered), len(facts.lower)
    least = 0 if share is None else ceil(exact(share) * lower)
    if covered < least:
        params: dict[str, object] = {"covered": covered, "lower": lower, "least": least}
        yield Violation("A7", PLAN, least - covered, "schools", "A7_share", params)


def _could_join(facts: AllianceFacts) -> Iterator[tuple[str, str]]:
    """Lower schools outside that could join at the same time, each with a lead; taken in order of code."""
    bound = {s for pair in facts.together for s in pair}
    outside = [s for s in sorted(facts.lower - facts.covered) if s not in bound]
    if facts.plan.form in ("pair", "chain"):
        return _new_pairs(facts, outside, bound)
    return _new_members(facts, outside)


def _new_pairs(facts: AllianceFacts, outside: Sequence[str], bound: set[str]) -> Iterator[tuple[str, str]]:
    known = facts.district.school_by_id
    leads = known if facts.terms.leads is None else facts.terms.leads
    free = [s for s in sorted(leads) if s in known and s not in bound and s not in facts.parts]
    sieve, taken = _sieve(facts, free), set[str]()
    for school in outside:
        if school in facts.parts or school in taken:
            continue
        near = (s for s in sieve.near(school) if s not in taken)
        lead = next((s for s in near if may_tie(facts, s, school)), None)
        if lead is not None:
            taken |= {school, lead}
            yield school, lead


def _new_members(facts: AllianceFacts, outside: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Schools that existing groups or hubs have room for."""
    known, led = facts.district.school_by_id, defaultdict[str, list[Alliance]](list)
    for alliance in facts.alliances:
        if len(alliance.leads) == 1 and alliance.leads[0] in known:
            led[alliance.leads[0]].append(alliance)
    inside = {a.alliance_id: list(a.schools) for a in facts.alliances}
    room = {a.alliance_id: size_limits(facts, a)[1] - len(set(a.members)) for a in facts.alliances}
    sieve = _sieve(facts, sorted(led))
    for school in outside:
        if facts.plan.form == "group" and school in facts.parts:
            continue
        near = (alliance for lead in sieve.near(school) for alliance in led[lead])
        joined = next(
            (a for a in near if room[a.alliance_id] > 0 and _may_join(facts, a, school, inside[a.alliance_id])),
            None,
        )
        if joined is not None:
            inside[joined.alliance_id].append(school)
            room[joined.alliance_id] -= 1
            yield school, joined.leads[0]


def _may_join(facts: AllianceFacts, alliance: Alliance, school: str, inside: Sequence[str]) -> bool:
    if school in inside or alliance.tag in facts.tags_of.get(school, ()) or _leads(facts, alliance, school):
        return False
    return may_tie(facts, alliance.leads[0], school) and not _apart(facts, school, inside)


def _leads(facts: AllianceFacts, alliance: Alliance, school: str) -> bool:
    """Whether a school may lead hubs of the same tag itself, and so is not asked to join this one."""
    may = facts.terms.leads is None or school in facts.terms.leads
    return may and alliance.tag in facts.district.school_by_id[school].tags


def _sieve(facts: AllianceFacts, schools: Sequence[str]) -> Sieve:
    limit = facts.policy.alliance.max_km if facts.policy.active("A4") else None
    return Sieve(facts.district, schools, limit)


def may_tie(facts: AllianceFacts, lead: str, member: str) -> bool:
    """Whether a lead and a member obey the rules in force about two schools: A2 (chains), A3-A6."""
    active, form = facts.policy.active, facts.plan.form
    if lead == member or (active("A6") and _apart(facts, member, [lead])):
        return False
    if form in SHARING_FORMS:
        gap = rank_gap(facts, lead, member)
        if (active("A5") and gap is None) or (active("A3") and gap):
            return False
    if form == "chain" and not may_chain(facts, lead, member):
        return False
    km = facts.distances.km(lead, member)
    return not active("A4") or (km is not None and km <= facts.policy.alliance.max_km)


def _apart(facts: AllianceFacts, school: str, others: Sequence[str]) -> bool:
    return any((min(school, other), max(school, other)) in facts.apart for other in others)


def a8_renewal(facts: AllianceFacts) -> RuleAudit:
    """A8: of the schools in the alliances before, at most a share changes partner, rounded down."""
    changed, base = changed_schools(facts), len(_partners(_previous_ties(facts)))
    share = exact(facts.policy.alliance.max_change_share)
    limit = floor(share * base)
    found = []
    if len(changed) > limit:
        params: dict[str, object] = {"changed": len(changed), "limit": limit, "base": base}
        found.append(Violation("A8", PLAN, len(changed) - limit, "schools", "A8_many", params))
    required = {"limit": limit, "base": base, "percent": float(100 * share)}
    return audit(facts, "A8", found, required, {"changed": len(changed), "kept": base - len(changed)})


def changed_schools(facts: AllianceFacts) -> tuple[str, ...]:
    """List the schools that change partner.

    A member does if it is no longer together with its lead, a lead if it is no longer together with any of
    its members. Who of the two leads, and who joins besides, does not matter.
    """
    now = {(t.lead, t.member) for t in facts.ties} | {(t.member, t.lead) for t in facts.ties}
    before = _previous_ties(facts)
    lost = {t.member for t in before if (t.lead, t.member) not in now}
    kept = {t.lead for t in before if (t.lead, t.member) in now}
    return tuple(sorted(lost | {t.lead for t in before if t.lead not in kept}))


def _previous_ties(facts: AllianceFacts) -> tuple[Tie, ...]:
    return ties(group_rows(facts.previous, {}), facts.district)


def _partners(before: Sequence[Tie]) -> Mapping[str, set[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for tie in before:
        found[tie.lead].add(tie.member)
        found[tie.member].add(tie.lead)
    return found
