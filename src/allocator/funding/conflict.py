"""Why a grant cannot be split, by how much, and the cheapest ways out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import ROUND_CEILING, Decimal
from fractions import Fraction

from allocator.domain.funding import FundingConflict, Relaxation
from allocator.funding.bounds import Bounds, Terms, bounds
from allocator.funding.purse import Purse

SHARES = 10_000
"""A share of last year's amount is looked for to one in so many."""
CENTS = 100


def conflict_of(purse: Purse, found: Bounds) -> FundingConflict | None:
    """The conflict between floors, caps and amount, if there is one."""
    if found.crossed:
        return _crossed(purse, found)
    least, most = sum(found.floors), sum(found.caps)
    if least > purse.units:
        return _too_little(purse, found, least)
    if most < purse.units:
        return _too_much(purse, most)
    return None


def _crossed(purse: Purse, found: Bounds) -> FundingConflict:
    """Schools whose cap is below the floor."""
    at = found.crossed
    rules = tuple(sorted({found.rules[i] for i in at} | {"F4"}))
    needed = [Fraction(found.floors[i]) * purse.unit / purse.pupils[i] for i in at if purse.pupils[i]]
    ways = [Relaxation("cap_per_pupil_yuan", _cents(max(needed)))] if needed else []
    return FundingConflict(
        purse.grant.grant_id,
        "crossed",
        rules,
        schools=tuple(purse.schools[i].school_id for i in at),
        relaxations=(*ways, *(Relaxation(rule, None) for rule in rules)),
        params={"count": len(at), "rules": ", ".join(rules)},
    )


def _too_little(purse: Purse, found: Bounds, least: int) -> FundingConflict:
    """Floors above the amount: more money, or the largest share or floor that still fits."""
    rules = tuple(sorted(set(found.rules) - {""}))
    terms = Terms.of(purse.grant, purse.policy)
    ways = [Relaxation("amount_yuan", purse.yuan(least))]
    if "F5" in rules:
        share = _largest(
            int(terms.hold_harmless * SHARES),
            lambda k: _fits(purse, replace(terms, hold_harmless=Fraction(k, SHARES))),
        )
        ways += [] if share is None else [Relaxation("hold_harmless", Decimal(share) / SHARES)]
    if "F4" in rules:
        floor = _largest(
            int(terms.floor_per_pupil * CENTS),
            lambda k: _fits(purse, replace(terms, floor_per_pupil=Fraction(k, CENTS))),
        )
        ways += [] if floor is None else [Relaxation("floor_per_pupil_yuan", Decimal(floor) / CENTS)]
    if "F3" in rules and _fits(purse, replace(terms, operating=False)):
        ways.append(Relaxation("F3", None))
    missing = purse.yuan(least - purse.units)
    return FundingConflict(
        purse.grant.grant_id,
        "floors",
        ("F1", *rules),
        missing,
        relaxations=tuple(ways),
        params={"rules": ", ".join(rules), "needed": purse.yuan(least), "amount": purse.grant.amount_yuan},
    )


def _too_much(purse: Purse, most: int) -> FundingConflict:
    """Caps below the amount: less money, or the smallest cap that takes it all."""
    everyone = sum(purse.pupils)
    ways = [Relaxation("amount_yuan", purse.yuan(most))]
    terms = Terms.of(purse.grant, purse.policy)
    if terms.cap_per_pupil is not None and everyone:
        first = int(terms.cap_per_pupil * CENTS)
        last = int((Fraction(purse.units) * purse.unit / everyone + purse.unit * len(purse.pupils) + 1) * CENTS)
        last = max(first, last)
        spare = _largest(
            last - first,
            lambda k: _takes(purse, replace(terms, cap_per_pupil=Fraction(last - k, CENTS))),
        )
        ways += [] if spare is None else [Relaxation("cap_per_pupil_yuan", Decimal(last - spare) / CENTS)]
    return FundingConflict(
        purse.grant.grant_id,
        "caps",
        ("F1", "F4") if terms.cap_per_pupil is not None else ("F1",),
        purse.yuan(most - purse.units),
        relaxations=tuple(ways),
        params={"most": purse.yuan(most), "amount": purse.grant.amount_yuan},
    )


def _fits(purse: Purse, terms: Terms) -> bool:
    return sum(bounds(purse, terms).floors) <= purse.units


def _takes(purse: Purse, terms: Terms) -> bool:
    return sum(bounds(purse, terms).caps) >= purse.units


def _largest(most: int, enough: Callable[[int], bool]) -> int | None:
    """Largest whole number up to `most` that is enough, where smaller ones are too; None if 0 is not."""
    if not enough(0):
        return None
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if enough(middle):
            low = middle
        else:
            high = middle - 1
    return low


def _cents(value: Fraction) -> Decimal:
    """Yuan rounded up to the cent."""
    return (Decimal(value.numerator) / Decimal(value.denominator)).quantize(Decimal("0.01"), ROUND_CEILING)
