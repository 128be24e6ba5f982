"""The ties of a plan: every member with its lead, and what that is worth."""

from __future__ import annotations

from collections import defaultdict

from allocator.alliance.network import Network
from allocator.domain.alliance import Alliances
from allocator.domain.choices import AllianceRole
from allocator.domain.worth import Tie


def ties_of(network: Network, plan: Alliances) -> tuple[Tie, ...]:
    """Explain every tie of a plan in the order of its rows; an alliance without exactly one lead has none."""
    leads: defaultdict[str, list[str]] = defaultdict(list)
    for row in plan.memberships:
        if row.role is AllianceRole.LEAD:
            leads[row.alliance_id].append(row.school_id)
    pairs = [
        (row.alliance_id, leads[row.alliance_id][0], row.school_id)
        for row in plan.memberships
        if row.role is AllianceRole.MEMBER and len(leads[row.alliance_id]) == 1
    ]
    worths = network.worths([(lead, member) for _, lead, member in pairs])
    return tuple(Tie(*pair, worth) for pair, worth in zip(pairs, worths, strict=True))
