"""The bundled evaluation of alliances, from what sharing inside them lifts."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from allocator.domain.alliance import Alliances
from allocator.domain.bundled import Evaluation
from allocator.domain.choices import AllianceRole
from allocator.domain.district import District
from allocator.domain.policy import Policy, exact
from allocator.domain.sharing import AllianceSharing
from allocator.indicators.sharing import share

HUNDREDTH = Decimal("0.01")


def evaluate(district: District, policy: Policy) -> tuple[Evaluation, ...]:
    """Judge every alliance of the table `memberships` that has one lead and a member, ordered by code."""
    sharing = share(district, policy, Alliances("group", district.memberships))
    found = []
    for row in sharing.alliances:
        own = [m for m in district.memberships if m.alliance_id == row.alliance_id]
        leads = [m.school_id for m in own if m.role is not AllianceRole.MEMBER]
        members = tuple(sorted(m.school_id for m in own if m.role is AllianceRole.MEMBER))
        if len(leads) == 1 and members:
            found.append(_evaluation(row, leads[0], members, policy))
    return tuple(found)


def _evaluation(row: AllianceSharing, lead: str, members: tuple[str, ...], policy: Policy) -> Evaluation:
    stock = (row.met_after - row.met_before) / row.known if row.known else 0.0
    before, after = row.gap_before or 0.0, row.gap_after or 0.0
    closed = 1 - after / before if before else 0.0
    heads = (_points(stock), _points(closed), _points(row.radiation or 0.0))
    rules = policy.funding
    weights = [exact(w) for w in (rules.bundled_stock, rules.bundled_gap, rules.bundled_radiation)]
    everything = sum(weights, Fraction(0))
    total = sum((w * Fraction(p) for w, p in zip(weights, heads, strict=True)), Fraction(0))
    points = total / everything if everything else Fraction(0)
    return Evaluation(row.alliance_id, lead, members, *heads, points)


def _points(part: float) -> Decimal:
    """A share as points; nine digits first, so that a binary number stands for the decimal that is meant."""
    nine = Decimal(repr(round(100 * max(part, 0.0), 9)))
    return nine.quantize(HUNDREDTH, ROUND_HALF_UP)
