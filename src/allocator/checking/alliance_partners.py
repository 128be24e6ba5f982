"""Rules about partners: strength (A3), distance (A4), shared stage (A5), links (A6)."""

from __future__ import annotations

from collections.abc import Iterator

from allocator.checking.alliance_facts import AllianceFacts, Tie, audit
from allocator.domain.plan import RuleAudit, Violation

SHARING_FORMS = ("pair", "group")
"""Forms that join schools of one stage, so that A3 and A5 say something of them."""


def a3_strength(facts: AllianceFacts) -> RuleAudit:
    """A3: in one stage that both have, the lead is strong and the member lower (pairs alike: the same)."""
    found = []
    for tie in facts.ties if facts.plan.form in SHARING_FORMS else ():
        gap = rank_gap(facts, tie.lead, tie.member)
        if gap:
            params = {"alliance": tie.alliance_id, "lead": tie.lead, "member": tie.member}
            key = "A3_alike" if _alike(facts) else "A3_weak"
            found.append(Violation("A3", f"{tie.lead};{tie.member}", gap, "ranks", key, params))
    required = {"percent": 100 * facts.policy.alliance.strong_share}
    return audit(facts, "A3", found, required, {"ties": len(facts.ties), "broken": len(found)})


def rank_gap(facts: AllianceFacts, lead: str, member: str) -> int | None:
    """Places by which two schools miss A3, in the shared stage where it is least; None if they share none."""
    stages = facts.shared_stages(lead, member)
    gaps = []
    for stage in stages:
        places = facts.standing.places[stage]
        first, second = facts.standing.ranks[lead, stage], facts.standing.ranks[member, stage]
        gaps.append(_apart(first, second, places) if _alike(facts) else _reversed(first, second, places))
    return min(gaps, default=None)


def _alike(facts: AllianceFacts) -> bool:
    return facts.plan.form == "pair" and facts.terms.kind == "same_level"


def _reversed(lead: int, member: int, places: int) -> int:
    """Places the lead is below the strong ones, and the member above the lower ones."""
    return max(0, lead - places) + max(0, places + 1 - member)


def _apart(one: int, other: int, places: int) -> int:
    """Places that one of two schools is from being strong or lower like the other."""
    high, low = min(one, other), max(one, other)
    return 0 if (high <= places) == (low <= places) else min(low - places, places + 1 - high)


def a4_distance(facts: AllianceFacts) -> RuleAudit:
    """A4: from lead to member at most so many kilometres; an unknown distance is not allowed."""
    limit = facts.policy.alliance.max_km
    known = [km for km in (facts.distances.km(t.lead, t.member) for t in facts.ties) if km is not None]
    found = [v for tie in facts.ties for v in _distance_breach(facts, tie, limit)]
    achieved = {
        "farthest": max(known, default=0.0),
        "unknown": len(facts.ties) - len(known),
        "broken": len(found),
    }
    return audit(facts, "A4", found, {"km": limit}, achieved)


def _distance_breach(facts: AllianceFacts, tie: Tie, limit: float) -> Iterator[Violation]:
    km = facts.distances.km(tie.lead, tie.member)
    params: dict[str, object] = {"alliance": tie.alliance_id, "lead": tie.lead, "member": tie.member}
    if km is None:
        yield Violation("A4", f"{tie.lead};{tie.member}", 1, "pairs", "A4_unknown", params)
    elif km > limit:
        params |= {"km": km, "limit": limit}
        yield Violation("A4", f"{tie.lead};{tie.member}", round(km - limit, 3), "km", "A4_far", params)


def a5_stage(facts: AllianceFacts) -> RuleAudit:
    """A5: a member of a pair or group shares a stage with its lead."""
    found = [
        Violation("A5", tie.member, 1, "schools", "A5_none",
                  {"alliance": tie.alliance_id, "lead": tie.lead, "member": tie.member})
        for tie in facts.ties
        if facts.plan.form in SHARING_FORMS and not facts.shared_stages(tie.lead, tie.member)
    ]  # fmt: skip
    return audit(facts, "A5", found, {"least": 1}, {"ties": len(facts.ties), "broken": len(found)})


def a6_links(facts: AllianceFacts) -> RuleAudit:
    """A6: schools linked to be together have an alliance in common, those linked to be apart have none."""
    found = [
        *(_link_breach("A6_together", *pair) for pair in sorted(facts.together) if not _joined(facts, *pair)),
        *(_link_breach("A6_apart", *pair) for pair in sorted(facts.apart) if _joined(facts, *pair)),
    ]
    links = len(facts.together) + len(facts.apart)
    return audit(facts, "A6", found, {"links": links}, {"kept": links - len(found), "broken": len(found)})


def _joined(facts: AllianceFacts, one: str, other: str) -> bool:
    return not facts.parts.get(one, frozenset()).isdisjoint(facts.parts.get(other, frozenset()))


def _link_breach(key: str, one: str, other: str) -> Violation:
    return Violation("A6", f"{one};{other}", 1, "links", key, {"one": one, "other": other})
