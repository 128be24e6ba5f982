"""From the continuous optimum to whole units: the sum stays, no bound breaks, nobody moves by a unit or more.

Floors and caps are whole units, so rounding an amount up or down to a whole unit keeps them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from allocator.errors import InternalError
from allocator.funding.formula import Filled
from allocator.funding.target import Floats


def rounded(split: Filled, total: int) -> list[int]:
    """Round an exact split: the largest remainders are rounded up, ties in the order of the schools."""
    return _raise(list(split.whole), split.rest, total)


def rounded_by_price(
    amounts: Floats, floors: Sequence[int], caps: Sequence[int], total: int, price: Floats
) -> list[int]:
    """Round a split in binary numbers: those who cost the objective least are rounded up.

    Parameters
    ----------
    amounts
        Shape (n,): units; their sum is `total` up to binary precision.
    price
        Shape (n,): what one unit more adds to the objective.
    """
    low, high = np.array(floors, dtype=float), np.array(caps, dtype=float)
    inside = np.clip(amounts, low, high)
    whole = np.floor(inside)
    rest = inside - whole
    order = np.where(rest > 0, -price, -np.inf)
    start = [int(value) for value in whole]
    missing = total - sum(start)
    if 0 <= missing <= int(np.count_nonzero(rest)):
        return _raise(start, order, total)
    return _repaired(start, floors, caps, total, price)


def _raise(whole: list[int], order: Floats, total: int) -> list[int]:
    """Add one unit where `order` is largest until the sum is right."""
    missing = total - sum(whole)
    if not 0 <= missing <= len(whole):
        raise InternalError("funding.sum")
    for i in np.argsort(-order, kind="stable")[:missing]:
        whole[i] += 1
    return whole


def _repaired(
    whole: list[int], floors: Sequence[int], caps: Sequence[int], total: int, price: Floats
) -> list[int]:
    """Make up for binary numbers whose sum is off by more than the remainders.

    Cheapest first, within bounds.
    """
    missing = total - sum(whole)
    step = 1 if missing > 0 else -1
    room = [(caps[i] - x) if step > 0 else (x - floors[i]) for i, x in enumerate(whole)]
    order = np.argsort(price * step, kind="stable")
    left = abs(missing)
    if sum(room) < left:
        raise InternalError("funding.sum")
    while left:
        open_to = [int(i) for i in order if room[i] > 0]
        each = max(1, left // len(open_to))
        for i in open_to:
            taken = min(each, room[i], left)
            whole[i] += step * taken
            room[i] -= taken
            left -= taken
    return whole
