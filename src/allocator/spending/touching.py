"""The fewest schools that a grant has to touch, judged by the independent checker."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING

from allocator.domain.choices import Purpose
from allocator.domain.funding import Amount, FewestSchools, Split
from allocator.domain.policy import exact
from allocator.domain.run import StopSignal
from allocator.errors import InternalError
from allocator.spending.verdict import judged

if TYPE_CHECKING:
    from allocator.funding.purse import Purse


def touching(purse: Purse, stop: StopSignal) -> FewestSchools:
    """Find the fewest schools of a grant.

    Raises
    ------
    InternalError
        If the checker rejects the split, or finds a CV above its limit.
    """
    from allocator.funding.bounds import bounds  # noqa: PLC0415  light import
    from allocator.funding.fewest import by_rule_alone, fewest_schools  # noqa: PLC0415  light import

    grant, limits = purse.grant, bounds(purse)
    found = fewest_schools(purse, limits, stop, stop.limits.gap)
    if found.units is None:
        return FewestSchools(grant.grant_id, None, found.bound)
    alone = [int(x) for x in by_rule_alone(purse, limits)]
    pairs = list(zip(purse.schools, found.units, alone, strict=True))[: purse.inside]
    rows = tuple(
        Amount(grant.grant_id, school.school_id, purse.yuan(units), _training(purse, units))
        for school, units, _ in pairs
    )
    report = judged(purse.facts.district, purse.policy, Split(rows), (grant,))
    if report.violations:
        first = report.violations[0]
        raise InternalError("checker_rejects", count=len(report.violations), text=first.text("en"))
    touched = tuple(school.school_id for school, units, own in pairs if units != own)
    usual = tuple(purse.yuan(units) for _, _, units in pairs)
    return FewestSchools(grant.grant_id, found.count, found.bound, rows, touched, usual)


def _training(purse: Purse, units: int) -> Decimal:
    """What F7 marks for training, rounded up to whole yuan."""
    if purse.grant.purpose is not Purpose.OPERATING or not purse.policy.active("F7"):
        return Decimal(0)
    amount = purse.yuan(units)
    share = exact(purse.policy.funding.training_share)
    return min(amount, Decimal(ceil(share * Fraction(amount))))
