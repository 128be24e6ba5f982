"""One grant from its bounds to whole units: conflict, or the answer of its rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import numpy as np

from allocator.domain.choices import Purpose, SplitRule
from allocator.domain.funding import (
    Amount,
    FundingConflict,
    GrantResult,
    Relaxation,
    SchoolShare,
)
from allocator.domain.policy import exact
from allocator.domain.run import StopSignal
from allocator.funding.answer import Answer
from allocator.funding.balance import balance
from allocator.funding.bounds import Bounds, bounds
from allocator.funding.closest import closest
from allocator.funding.conflict import conflict_of
from allocator.funding.evening import f6_limits
from allocator.funding.least import least_money
from allocator.funding.nearest import within
from allocator.funding.pricing import grant_prices
from allocator.funding.purse import Purse
from allocator.funding.spread import LeastSpread
from allocator.funding.weighing import formula, leximin


def split_purse(
    purse: Purse, stop: StopSignal, gap: float, *, prices: bool = False
) -> GrantResult | FundingConflict:
    """Split one grant by its rule.

    Parameters
    ----------
    prices
        Also find the shadow prices and where they hold.

    Returns
    -------
    GrantResult
        Whole units within floors and caps that add up to the grant.
    FundingConflict
        If no split obeys the rules that bind.
    """
    found = bounds(purse)
    conflict = conflict_of(purse, found)
    if conflict is not None:
        return conflict
    answer = _answer(purse, found, stop, gap)
    if isinstance(answer, LeastSpread):
        return _spread_conflict(purse, found, answer, stop, gap)
    if not _keeps_f6(purse, answer.units):
        return _spread_conflict(purse, found, None, stop, gap)
    return GrantResult(
        purse.grant.grant_id,
        purse.rule,
        answer.levels,
        grant_prices(purse, found, stop, gap) if prices else (),
        _shares(purse, found, answer),
        answer.scale,
    )


def _answer(purse: Purse, found: Bounds, stop: StopSignal, gap: float) -> Answer | LeastSpread:
    if purse.rule in (SplitRule.FORMULA, SplitRule.BUNDLED):
        return formula(purse, found)
    if purse.rule is SplitRule.LEXIMIN:
        return leximin(purse, found)
    if purse.rule is SplitRule.CLOSEST:
        return closest(purse, found, stop, gap)
    return balance(purse, found, stop, gap)


def _spread_conflict(
    purse: Purse, found: Bounds, least: LeastSpread | None, stop: StopSignal, gap: float
) -> FundingConflict:
    """F6 binds and does not hold: another rule of split, or what money would do."""
    other = least or balance(purse, found, stop, gap)
    if not isinstance(other, LeastSpread):
        ways = [Relaxation("rule", None)] if _keeps_f6(purse, other.units) else []
        return _without_f6(purse, "spread_rule", ways, {"rule": purse.rule})
    money, amount = least_money(purse, found, stop).least_yuan, purse.grant.amount_yuan
    spread = {"spread": f"{other.value:.4f}"}
    ways = [Relaxation("amount_yuan", money)] if money else []
    if money is None:
        return _without_f6(purse, "spread_ever", ways, spread)
    if money > amount:
        return replace(_without_f6(purse, "spread", ways, spread), missing_yuan=money - amount)
    return _without_f6(purse, "spread_money", ways, {**spread, "least": money})


def _without_f6(
    purse: Purse, key: str, ways: Sequence[Relaxation], params: Mapping[str, object]
) -> FundingConflict:
    """Some ways out, and F6 switched off as the last."""
    every = (*ways, Relaxation("F6", None))
    return FundingConflict(purse.grant.grant_id, key, ("F1", "F6"), relaxations=every, params=params)


def _keeps_f6(purse: Purse, units: Sequence[int]) -> bool:
    limits = f6_limits(purse) if purse.policy.active("F6") else None
    return limits is None or within(purse, np.array(units, dtype=float), limits)


def _shares(purse: Purse, found: Bounds, answer: Answer) -> tuple[SchoolShare, ...]:
    exact_yuan = (answer.continuous * float(purse.unit)).tolist()
    unit = purse.grant.unit_yuan
    return tuple(
        SchoolShare(
            school_id=purse.schools[i].school_id,
            amount_yuan=answer.units[i] * unit,
            exact_yuan=exact_yuan[i],
            floor_yuan=found.floors[i] * unit,
            floor_rule=found.rules[i],
            cap_yuan=found.caps[i] * unit if found.capped[i] else None,
            weight=purse.weights[i],
            last_yuan=purse.last[i],
        )
        for i in range(purse.inside)
    )


def amounts_of(purse: Purse, result: GrantResult) -> list[Amount]:
    """Rows of the plan; operating money with the part that F7 marks for training, rounded up to whole yuan."""
    marked = purse.grant.purpose is Purpose.OPERATING and purse.policy.active("F7")
    share = exact(purse.policy.funding.training_share) if marked else exact(0)
    zero = purse.grant.amount_yuan * 0
    rows = []
    for school in result.schools:
        training = min(school.amount_yuan, zero + _marked(share, school.amount_yuan)) if share else zero
        rows.append(Amount(result.grant_id, school.school_id, school.amount_yuan, training))
    return rows


def _marked(share: Fraction, amount: Decimal) -> int:
    """Least whole yuan that are the share of an amount."""
    top, bottom = amount.as_integer_ratio()
    return -(-top * share.numerator // (bottom * share.denominator))
