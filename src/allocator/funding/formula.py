"""The split x_i = middle of (floor_i, lambda w_i + o_i, cap_i) with the one lambda that makes the sum right.

With o = 0 and w the weights this is the rule `formula`; with other slopes and offsets it is the exact
solution of every separable quadratic split (`closest` and `balance` without a binding limit) and of
`leximin`. The sum is a piecewise linear, never falling function of lambda. A root in binary numbers tells
which schools are at a bound; the exact root on that piece is a fraction, and is taken only if exactly the
same schools are at a bound there.

Renormalising in a loop (scale all, clip, scale the rest, clip again ...) is another thing: a school that was
clipped at its cap in an early round stays there though the later scale would put it below.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor

import numpy as np

from allocator.errors import InternalError
from allocator.funding.target import Floats, Ints

PASSES = 30
"""Passes of Newton's method before the exact search over all breakpoints; two or three are usual."""
CLEAR = 1e-9
"""Relative distance from a bound from which binary numbers tell the side."""


@dataclass(frozen=True)
class Slopes:
    """Shape of the split: lists of n fractions or whole numbers; slopes are 0 or more."""

    slopes: Sequence[Fraction | int]
    offsets: Sequence[Fraction | int] | None = None

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
    """

    whole: tuple[int, ...]
    rest: Floats
    scale: Fraction

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
    vessel = _Vessel.of(floors, caps, shape)
    scale = Fraction(vessel.root(total)).limit_denominator(10**12)
    for _ in range(PASSES):
        piece = vessel.piece(scale, rising=vessel.sum_near(scale) <= total)
        if not piece.slope:
            break
        root = (total - piece.constant) / piece.slope
        if vessel.holds(piece, root):
            return vessel.filled(root, piece, total)
        scale = root
    return _searched(total, vessel)


def sides_at(
    floors: Sequence[int], caps: Sequence[int], shape: Slopes, scale: Fraction
) -> tuple[Ints, Ints, Fraction]:
    """Who is at a bound at one lambda; at a breakpoint as just above it.

    Returns
    -------
    tuple
        Positions of the schools with a slope and room; -1 (floor), 0, 1 (cap) for each; sum of the free slopes.
    """
    vessel = _Vessel.of(floors, caps, shape)
    piece = vessel.piece(scale, rising=True)
    return vessel.moving, piece.sides, piece.slope


@dataclass(frozen=True)
class _Piece:
    """The sum on one piece: `constant + slope x lambda`; `sides` says who is at a floor (-1) or a cap (1)."""

    constant: Fraction
    slope: Fraction
    sides: Ints

    def sum_at(self, scale: Fraction) -> Fraction:
        return self.constant + self.slope * scale


@dataclass(frozen=True)
class _Vessel:
    """The split as exact numbers, and as binary ones that tell most schools apart from their bounds.

    `moving` are the positions of schools with a slope and room, `still` the amounts of the others; the arrays
    are parallel to `moving`.
    """

    floors: Sequence[int]
    caps: Sequence[int]
    shape: Slopes
    moving: Ints
    still: dict[int, Fraction]
    fixed: Fraction
    slope: Floats
    offset: Floats
    low: Floats
    high: Floats

    @classmethod
    def of(cls, floors: Sequence[int], caps: Sequence[int], shape: Slopes) -> _Vessel:
        """Collect the numbers once."""
        moving = [i for i, w in enumerate(shape.slopes) if w and floors[i] < caps[i]]
        apart = set(moving)
        still = {
            i: Fraction(min(max(shape.offset(i), floors[i]), caps[i]))
            for i in range(len(floors))
            if i not in apart
        }
        return cls(
            floors,
            caps,
            shape,
            np.array(moving, dtype=np.int64),
            still,
            total_of(list(still.values())),
            np.array([float(shape.slopes[i]) for i in moving]),
            np.array([float(shape.offset(i)) for i in moving]),
            np.array([float(floors[i]) for i in moving]),
            np.array([float(caps[i]) for i in moving]),
        )

    def root(self, total: int) -> float:
        """Lambda in binary numbers, from the sorted breakpoints."""
        if not len(self.moving):
            return 0.0
        points = np.concatenate(self._points())
        order = np.argsort(points)
        points, gains = points[order], np.concatenate((self.slope, -self.slope))[order]
        steps = np.cumsum(np.cumsum(gains)[:-1] * np.diff(points))
        sums = float(self.fixed) + self.low.sum() + np.concatenate(([0.0], steps))
        return float(np.interp(total, np.maximum.accumulate(sums), points))

    def _points(self) -> tuple[Floats, Floats]:
        """Lambda at which each moving school leaves its floor and reaches its cap."""
        return (self.low - self.offset) / self.slope, (self.high - self.offset) / self.slope

    def sum_near(self, scale: Fraction) -> float:
        """Sum at `scale` to binary precision: it only says from which side to look."""
        values = np.clip(float(scale) * self.slope + self.offset, self.low, self.high)
        return float(self.fixed) + float(values.sum())

    def piece(self, scale: Fraction, *, rising: bool) -> _Piece:
        """The piece that `scale` lies on; at a breakpoint the one just above it if `rising`, else below."""
        sides = self._sides(scale, rising=rising)
        bound = sum(self.floors[i] for i in self.moving[sides < 0].tolist())
        bound += sum(self.caps[i] for i in self.moving[sides > 0].tolist())
        free = self.moving[sides == 0].tolist()
        offsets = total_of([self.shape.offset(i) for i in free]) if self.shape.offsets is not None else 0
        return _Piece(self.fixed + bound + offsets, total_of([self.shape.slopes[i] for i in free]), sides)

    def _sides(self, scale: Fraction, *, rising: bool) -> Ints:
        """Sides of all moving schools: binary numbers where they are clear, exact ones where they are not."""
        value = float(scale) * self.slope + self.offset
        sides = np.where(value < self.low, -1, np.where(value > self.high, 1, 0))
        for j in self._unclear(value):
            above, below = self._apart(scale, int(self.moving[j]))
            at_floor = above < 0 or (above == 0 and not rising)
            sides[j] = -1 if at_floor else int(below > 0 or (below == 0 and rising))
        return sides

    def _unclear(self, value: Floats) -> list[int]:
        near = CLEAR * (np.abs(value) + np.abs(self.offset) + 1)
        close = (np.abs(value - self.low) <= near) | (np.abs(value - self.high) <= near)
        found: list[int] = np.flatnonzero(close).tolist()
        return found

    def _apart(self, scale: Fraction, i: int) -> tuple[int, int]:
        """Exact signs of the distance above the floor and above the cap."""
        top, bottom = self._amount(scale, i)
        return top - self.floors[i] * bottom, top - self.caps[i] * bottom

    def _amount(self, scale: Fraction, i: int) -> tuple[int, int]:
        """Lambda w_i + o_i as numerator and denominator; not reduced, for the numbers may be long."""
        w, o = self.shape.slopes[i], self.shape.offset(i)
        top = scale.numerator * w.numerator * o.denominator + o.numerator * scale.denominator * w.denominator
        return top, scale.denominator * w.denominator * o.denominator

    def holds(self, piece: _Piece, scale: Fraction) -> bool:
        """Whether the same schools are at their bounds at `scale`, ends of the piece included."""
        value = float(scale) * self.slope + self.offset
        clear = np.where(value < self.low, -1, np.where(value > self.high, 1, 0)) == piece.sides
        unclear = self._unclear(value)
        clear[unclear] = True
        return bool(clear.all()) and all(
            self._fits(scale, int(self.moving[j]), int(piece.sides[j])) for j in unclear
        )

    def _fits(self, scale: Fraction, i: int, side: int) -> bool:
        above, below = self._apart(scale, i)
        return above <= 0 if side < 0 else below >= 0 if side > 0 else above >= 0 >= below

    def filled(self, scale: Fraction, piece: _Piece, total: int) -> Filled:
        """Every amount at `scale`."""
        whole, rest = [0] * len(self.floors), np.zeros(len(self.floors))
        for i, amount in self.still.items():
            whole[i] = floor(amount)
            rest[i] = float(amount - whole[i])
        for i, side in zip(self.moving.tolist(), piece.sides.tolist(), strict=True):
            top, bottom = self._amount(scale, i) if not side else (0, 1)
            whole[i], left = divmod(top, bottom) if not side else (self._bound(i, side), 0)
            rest[i] = left / bottom
        if sum(whole) > total:
            raise InternalError("funding.sum")
        return Filled(tuple(whole), rest, scale)

    def _bound(self, i: int, side: int) -> int:
        return self.floors[i] if side < 0 else self.caps[i]

    def points(self) -> list[Fraction]:
        """All breakpoints, exact, in order."""
        found = {
            Fraction(bound - self.shape.offset(i)) / self.shape.slopes[i]
            for i in self.moving.tolist()
            for bound in (self.floors[i], self.caps[i])
        }
        return sorted(found) or [Fraction(0)]


def total_of(values: Sequence[Fraction | int]) -> Fraction:
    """Sum of fractions: alike denominators first, then by halves, so that the common one grows late."""
    groups: dict[int, int] = {}
    for value in values:
        groups[value.denominator] = groups.get(value.denominator, 0) + value.numerator
    parts = [Fraction(top, bottom) for bottom, top in groups.items()]
    while len(parts) > 1:
        parts = [sum(parts[k : k + 2], Fraction(0)) for k in range(0, len(parts), 2)]
    return parts[0] if parts else Fraction(0)


def _searched(total: int, vessel: _Vessel) -> Filled | None:
    """Exact bisection over all breakpoints: for splits that lie at a breakpoint or on a flat piece."""
    points = vessel.points()
    first, last = 0, len(points) - 1
    while first < last:
        middle = (first + last) // 2
        if vessel.piece(points[middle], rising=True).sum_at(points[middle]) < total:
            first = middle + 1
        else:
            last = middle
    scale = points[first]
    piece = vessel.piece(scale, rising=True)
    if piece.sum_at(scale) == total:
        return vessel.filled(scale, piece, total)
    piece = vessel.piece(scale, rising=False)
    if not piece.slope:
        return None
    scale = (total - piece.constant) / piece.slope
    return vessel.filled(scale, piece, total) if vessel.holds(piece, scale) else None
