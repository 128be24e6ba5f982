"""The split x_i = middle of (floor_i, lambda w_i + o_i, cap_i) with the one lambda that makes the sum right.

With o = 0 and w the weights this is the rule `formula`; with other slopes and offsets it is the exact solution of
every separable quadratic split (`closest` and `balance` without a binding limit) and of `leximin`. The sum is a
piecewise linear, never falling function of lambda. A root in binary numbers tells which schools are at a bound; the
exact root on that piece is a fraction, and is taken only if exactly the same schools are at a bound there.

Renormalising in a loop (scale all, clip, scale the rest, clip again ...) is another thing: a school that was
clipped at its cap in an early round stays there though the later scale would put it below.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from allocator.errors import InternalError
from allocator.funding.target import Floats

PASSES = 30
"""Passes of Newton's method before the exact search over all breakpoints; two or three are usual."""


@dataclass(frozen=True)
class Slopes:
    """Shape of the split: lists of n fractions; slopes are 0 or more."""

    slopes: Sequence[Fraction]
    offsets: Sequence[Fraction] | None = None

    def offset(self, i: int) -> Fraction | int:
        """o_i."""
        return 0 if self.offsets is None else self.offsets[i]


@dataclass(frozen=True)
class Filled:
    """An exact split.

    Attributes
    ----------
    whole, rest
        Whole part and exact remainder (in 0..1, as a binary number) of each amount, in units.
    scale
        The one lambda.
    low, high
        Sums between which the same schools stay at their bounds; None where nothing changes any more.
    free
        Sum of the slopes of the schools between their bounds.
    """

    whole: tuple[int, ...]
    rest: Floats
    scale: Fraction
    low: Fraction | None
    high: Fraction | None
    free: Fraction

    @property
    def amounts(self) -> Floats:
        """Amounts in units as binary numbers."""
        return np.array(self.whole, dtype=float) + self.rest


def fill(total: int, floors: Sequence[int], caps: Sequence[int], shape: Slopes) -> Filled | None:
    """Split `total` units exactly; None if no lambda makes the sum right (a slope of 0 takes its own middle).

    Parameters
    ----------
    total
        Units to split.
    floors, caps
        Whole units, floor <= cap.
    shape
        Slopes and offsets.
    """
    scale = Fraction(_binary_root(total, floors, caps, shape)).limit_denominator(10**12)
    for _ in range(PASSES):
        pieces = _Pieces.at(scale, floors, caps, shape, rising=_sum(scale, floors, caps, shape) <= total)
        if not pieces.slope:
            break
        root = (total - pieces.constant) / pieces.slope
        if pieces.holds(root):
            return _filled(root, pieces, floors, caps, shape, total)
        scale = root
    return _searched(total, floors, caps, shape)


def _binary_root(total: int, floors: Sequence[int], caps: Sequence[int], shape: Slopes) -> float:
    """Lambda in binary numbers, from the sorted breakpoints."""
    slope = np.array([float(w) for w in shape.slopes])
    offset = np.zeros(len(slope)) if shape.offsets is None else np.array([float(o) for o in shape.offsets])
    low, high = np.array(floors, dtype=float), np.array(caps, dtype=float)
    moving = (slope > 0) & (high > low)
    if not moving.any():
        return 0.0
    fixed = float(np.clip(offset, low, high)[~moving].sum()) if (~moving).any() else 0.0
    slope, offset, low, high = slope[moving], offset[moving], low[moving], high[moving]
    points = np.concatenate(((low - offset) / slope, (high - offset) / slope))
    order = np.argsort(points)
    points, gains = points[order], np.concatenate((slope, -slope))[order]
    sums = fixed + low.sum() + np.concatenate(([0.0], np.cumsum(np.cumsum(gains)[:-1] * np.diff(points))))
    return float(np.interp(total, np.maximum.accumulate(sums), points))


@dataclass(frozen=True)
class _Pieces:
    """The sum on one piece: `constant + slope x lambda` for lambda within `low`..`high`."""

    constant: Fraction
    slope: Fraction
    low: Fraction | None
    high: Fraction | None

    @classmethod
    def at(
        cls, scale: Fraction, floors: Sequence[int], caps: Sequence[int], shape: Slopes, *, rising: bool
    ) -> _Pieces:
        """Tell which schools are at a bound at `scale`; at a breakpoint, just above it if `rising`, else below."""
        constant, lows, highs = 0, list[Fraction](), list[Fraction]()
        slopes: list[Fraction] = []
        offsets: list[Fraction] = []
        for i, (w, f, c) in enumerate(zip(shape.slopes, floors, caps, strict=True)):
            if not w or f == c:
                o = shape.offset(i)
                offsets.append(Fraction(min(max(o, f), c)))
                continue
            side = _side(scale, w, shape.offset(i), f, c, rising=rising)
            if side < 0:
                constant += f
                highs.append(_point(f, w, shape.offset(i)))
            elif side > 0:
                constant += c
                lows.append(_point(c, w, shape.offset(i)))
            else:
                slopes.append(w)
                offsets.append(Fraction(shape.offset(i)))
                lows.append(_point(f, w, shape.offset(i)))
                highs.append(_point(c, w, shape.offset(i)))
        return cls(
            constant + total_of(offsets), total_of(slopes), max(lows, default=None), min(highs, default=None)
        )

    def holds(self, scale: Fraction) -> bool:
        """Whether lambda lies on this piece."""
        return (self.low is None or self.low <= scale) and (self.high is None or scale <= self.high)

    def sum_at(self, scale: Fraction | None) -> Fraction | None:
        """Sum of the split at an end of the piece."""
        return None if scale is None else self.constant + self.slope * scale


def _point(bound: int, slope: Fraction, offset: Fraction | int) -> Fraction:
    return (bound - offset) / slope


def _side(
    scale: Fraction, slope: Fraction, offset: Fraction | int, floor: int, cap: int, *, rising: bool
) -> int:
    """-1 at the floor, 1 at the cap, 0 between; integers only, so that large fractions cost no reduction."""
    o = Fraction(offset)
    bottom = scale.denominator * slope.denominator * o.denominator
    top = (
        scale.numerator * slope.numerator * o.denominator + o.numerator * scale.denominator * slope.denominator
    )
    above, below = top - floor * bottom, top - cap * bottom
    if above < 0 or (above == 0 and not rising):
        return -1
    return 1 if below > 0 or (below == 0 and rising) else 0


def total_of(values: Sequence[Fraction]) -> Fraction:
    """Sum of fractions: alike denominators first, then by halves, so that the common one grows late."""
    groups: dict[int, int] = {}
    for value in values:
        groups[value.denominator] = groups.get(value.denominator, 0) + value.numerator
    parts = [Fraction(top, bottom) for bottom, top in groups.items()]
    while len(parts) > 1:
        parts = [sum(parts[k : k + 2], Fraction(0)) for k in range(0, len(parts), 2)]
    return parts[0] if parts else Fraction(0)


def _each(
    scale: Fraction, floors: Sequence[int], caps: Sequence[int], shape: Slopes
) -> Iterator[tuple[int, float]]:
    """Whole part and remainder of every amount at `scale`."""
    for i, (w, f, c) in enumerate(zip(shape.slopes, floors, caps, strict=True)):
        o = Fraction(shape.offset(i))
        bottom = scale.denominator * w.denominator * o.denominator
        top = scale.numerator * w.numerator * o.denominator + o.numerator * scale.denominator * w.denominator
        whole, rest = divmod(top, bottom)
        if whole < f:
            yield f, 0.0
        elif whole >= c:
            yield c, 0.0
        else:
            yield whole, rest / bottom


def _sum(scale: Fraction, floors: Sequence[int], caps: Sequence[int], shape: Slopes) -> float:
    """Sum of all amounts at `scale`, to binary precision: it only says from which side to look."""
    return float(sum(whole + rest for whole, rest in _each(scale, floors, caps, shape)))


def _filled(
    scale: Fraction,
    pieces: _Pieces,
    floors: Sequence[int],
    caps: Sequence[int],
    shape: Slopes,
    total: int,
) -> Filled:
    rows = list(_each(scale, floors, caps, shape))
    low, high = pieces.sum_at(pieces.low), pieces.sum_at(pieces.high)
    if not sum(row[0] for row in rows) <= total:
        raise InternalError("funding.sum")
    return Filled(tuple(r[0] for r in rows), np.array([r[1] for r in rows]), scale, low, high, pieces.slope)


def _searched(total: int, floors: Sequence[int], caps: Sequence[int], shape: Slopes) -> Filled | None:
    """Exact bisection over all breakpoints: for splits that lie at a breakpoint or on a flat piece."""
    points = sorted(
        {
            _point(bound, w, shape.offset(i))
            for i, (w, f, c) in enumerate(zip(shape.slopes, floors, caps, strict=True))
            if w and f < c
            for bound in (f, c)
        }
    )
    if not points:
        return _at_point(total, Fraction(0), floors, caps, shape)
    first, last = 0, len(points) - 1
    while first < last:
        middle = (first + last) // 2
        if _exact_sum(points[middle], floors, caps, shape) < total:
            first = middle + 1
        else:
            last = middle
    found = _at_point(total, points[first], floors, caps, shape)
    if found is not None:
        return found
    pieces = _Pieces.at(points[first], floors, caps, shape, rising=False)
    if not pieces.slope:
        return None
    root = (total - pieces.constant) / pieces.slope
    return _filled(root, pieces, floors, caps, shape, total) if pieces.holds(root) else None


def _exact_sum(scale: Fraction, floors: Sequence[int], caps: Sequence[int], shape: Slopes) -> Fraction:
    pieces = _Pieces.at(scale, floors, caps, shape, rising=True)
    return pieces.constant + pieces.slope * scale


def _at_point(
    total: int, scale: Fraction, floors: Sequence[int], caps: Sequence[int], shape: Slopes
) -> Filled | None:
    pieces = _Pieces.at(scale, floors, caps, shape, rising=True)
    if pieces.constant + pieces.slope * scale != total:
        return None
    return _filled(scale, pieces, floors, caps, shape, total)
