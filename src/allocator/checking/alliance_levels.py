"""The objective levels of alliances recomputed: coverage, benefit, evenness of groups, distance."""

from __future__ import annotations

from collections.abc import Mapping
from math import fsum

from allocator.checking.alliance_facts import AllianceFacts
from allocator.checking.standing import points
from allocator.domain.measures import INDICATORS


def levels(facts: AllianceFacts) -> Mapping[str, float]:
    """Recompute the levels of a plan.

    Returns
    -------
    Mapping
        `coverage` in schools, `benefit` (no unit), for groups `evenness` in points, `distance` in km.
    """
    even = {"evenness": _evenness(facts)} if facts.plan.form == "group" else {}
    return {
        "coverage": len(facts.covered),
        "benefit": fsum(tie_benefit(facts, tie.lead, tie.member) for tie in facts.ties),
        **even,
        "distance": fsum(facts.distances.km(tie.lead, tie.member) or 0.0 for tie in facts.ties),
    }


def tie_benefit(facts: AllianceFacts, lead: str, member: str) -> float:
    """Benefit of one member: complementarity, shared tags, wishes about the two schools."""
    a, b = sorted((lead, member))
    wish = facts.wishes.get((a, b), 0.0)
    return complementarity(facts, lead, member) + _tags(facts, lead, member) + wish


def complementarity(facts: AllianceFacts, lead: str, member: str) -> float:
    """Sum over shared stages and I1-I7 of min(surplus of the lead, deficit of the member)."""
    return fsum(
        min(facts.values[lead, stage].surplus(i), facts.values[member, stage].deficit(i))
        for stage in facts.shared_stages(lead, member)
        for i in INDICATORS
    )


def _tags(facts: AllianceFacts, lead: str, member: str) -> float:
    schools, rules = facts.district.school_by_id, facts.policy.alliance
    shared = len(set(schools[lead].tags) & set(schools[member].tags))
    return rules.tag_weight * min(rules.max_tags, shared)


def _evenness(facts: AllianceFacts) -> float:
    """Largest minus smallest mean quality of a group, its lead included; 0 for fewer than two groups."""
    means = []
    for alliance in facts.alliances:
        schools = [facts.district.school_by_id[s] for s in alliance.schools if s in facts.district.school_by_id]
        known = [p for p in (points(s, facts.values) for s in schools) if p is not None]
        if known:
            means.append(fsum(known) / len(known))
    return max(means) - min(means) if means else 0.0
