"""What the breaches of elastic rules cost, by the prices of the policy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import fsum

from allocator.domain.plan import RuleAudit, Violation
from allocator.domain.policy import Policy

UNKNOWN = ("moves", "pairs")
"""Units of a breach of R8 or R12 where the distance is not known."""


def priced(violations: Sequence[Violation], policy: Policy) -> tuple[Violation, ...]:
    """Put its price to each breach of an elastic rule."""
    return tuple(replace(v, price=_price(v, policy)) for v in violations)


def _price(violation: Violation, policy: Policy) -> float:
    prices = policy.elastic
    each = float(getattr(prices, violation.rule))
    if violation.rule == "R2":
        # One teacher is one breach, however many months are missing.
        return each
    if violation.unit == "minutes":
        return prices.R8_minutes * violation.amount
    if violation.rule in ("R8", "R12") and violation.unit in UNKNOWN:
        return each * prices.unknown_km
    return each * violation.amount


def total_price(rules: Sequence[RuleAudit]) -> float:
    """Price of all breaches of elastic rules."""
    return fsum(v.price for audit in rules for v in audit.violations if v.price is not None)
