"""How an exact split moves when one number moves: lambda is linear until a school meets or leaves a bound.

On one piece of x_i = middle of (floor_i, lambda w_i + o_i, cap_i) the same schools are at their bounds. Let the
sum, floors and offsets be linear in a parameter theta; then lambda, every amount and every distance from a
bound are linear in theta too, and the piece ends where the first distance becomes 0. Binary numbers find
the few candidates for that end; the end itself is a fraction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from allocator.funding.bounds import Bounds
from allocator.funding.formula import Slopes, sides_at, total_of
from allocator.funding.target import Floats, Ints

NEAR = 1e-6
"""Candidates for the end of a piece: relative distance from the nearest."""

Distance = tuple[Fraction, Fraction]
"""A number that stays 0 or more on the piece: its value, and its change with theta."""


@dataclass(frozen=True)
class Direction:
    """What one unit of theta changes, in units of the grant: the sum, floors and offsets by school."""

    total: Fraction = Fraction(0)
    floors: Mapping[int, Fraction] = field(default_factory=dict)
    offsets: Sequence[Fraction] | None = None


@dataclass(frozen=True)
class Step:
    """Change of lambda with theta, and the values of theta between which it holds (None: without end)."""

    rate: Fraction
    low: Fraction | None
    high: Fraction | None


@dataclass(frozen=True)
class Face:
    """An exact split and who is at a bound.

    Attributes
    ----------
    moving, sides
        Positions of the schools with a slope and room; -1 at the floor, 1 at the cap, 0 between.
    free
        Sum of the slopes of the schools between their bounds.
    capped
        Shape (n,): whether a cap is one; the others are only larger than any amount.
    """

    floors: Sequence[int]
    caps: Sequence[int]
    shape: Slopes
    scale: Fraction
    moving: Ints
    sides: Ints
    free: Fraction
    capped: NDArray[np.bool_]

    @classmethod
    def of(cls, found: Bounds, most: int, shape: Slopes, scale: Fraction) -> Face:
        """Tell who is at a bound; at the end of a piece, the piece on which a little more money lies.

        Parameters
        ----------
        most
            Larger than any amount: what the caps are that only say "the whole grant".
        """
        caps = [c if capped else max(most, c + 1) for c, capped in zip(found.caps, found.capped, strict=True)]
        moving, sides, free = sides_at(found.floors, caps, shape, scale)
        capped = np.array(found.capped, dtype=bool)
        return cls(found.floors, caps, shape, scale, moving, sides, free, capped)

    def at_floor(self) -> list[int]:
        """Positions of the schools whose floor binds."""
        found: list[int] = self.moving[self.sides < 0].tolist()
        return found

    def still(self) -> list[int]:
        """Positions of the schools with a slope and no room."""
        moving = set(self.moving.tolist())
        return [i for i, slope in enumerate(self.shape.slopes) if slope and i not in moving]

    def amount(self, i: int) -> Fraction:
        """Lambda w_i + o_i."""
        return self.scale * self.shape.slopes[i] + self.shape.offset(i)

    def step(self, way: Direction, more: Sequence[Distance] = ()) -> Step | None:
        """Follow a direction; None where every school is at a bound.

        Parameters
        ----------
        more
            Further distances that end the piece.
        """
        if not self.free:
            return None
        pairs = zip(self.moving.tolist(), self.sides.tolist(), strict=True)
        sides = {i: side for i, side in pairs if side <= 0}
        taken = [f for i, f in way.floors.items() if sides.get(i) == -1]
        if way.offsets is not None:
            taken += [way.offsets[i] for i, side in sides.items() if side == 0]
        rate = (way.total - total_of(taken)) / self.free
        ends = [self._end(way, rate, more, sign) for sign in (-1, 1)]
        return Step(rate, *ends)

    def _end(self, way: Direction, rate: Fraction, more: Sequence[Distance], sign: int) -> Fraction | None:
        """First theta in one direction at which a distance becomes 0."""
        found = [-value / change for value, change in more if change * sign < 0]
        for side, low in ((-1, True), (0, True), (0, False), (1, False)):
            places = self.moving[self.sides == side]
            places = places if low else places[self.capped[places]]
            for i in self._nearest(places, way, rate, (side, low), sign):
                value, change = self._distance(i, way, rate, side, low=low)
                if change * sign < 0:
                    found.append(-max(value, Fraction(0)) / change)
        return (max(found) if sign < 0 else min(found)) if found else None

    def _nearest(
        self, places: Ints, way: Direction, rate: Fraction, kind: tuple[int, bool], sign: int
    ) -> list[int]:
        """Schools whose distance from one kind of bound ends first, in binary numbers."""
        if not len(places):
            return []
        side, low = kind
        slopes = np.array([float(self.shape.slopes[i]) for i in places])
        offsets = np.array([float(self.shape.offset(i)) for i in places])
        bound = np.array([float((self.floors if low else self.caps)[i]) for i in places])
        moved = np.array([float(way.floors.get(i, 0)) for i in places.tolist()]) if low else 0.0
        rising = float(rate) * slopes
        if way.offsets is not None:
            rising = rising + np.array([float(way.offsets[i]) for i in places])
        turn = (1 if side == 0 else -1) * (1 if low else -1)
        value = turn * (float(self.scale) * slopes + offsets - bound)
        change = turn * (rising - moved) * sign
        ends: Floats = np.full(len(places), np.inf)
        np.divide(np.maximum(value, 0.0), -change, out=ends, where=change < 0)
        first = float(ends.min())
        if not np.isfinite(first):
            return []
        found: list[int] = places[ends <= first * (1 + NEAR) + NEAR].tolist()
        return found

    def _distance(self, i: int, way: Direction, rate: Fraction, side: int, *, low: bool) -> Distance:
        """Exact distance of one school from the bound that ends its part of the piece."""
        rising = rate * self.shape.slopes[i] + (way.offsets[i] if way.offsets is not None else 0)
        bound, moved = (self.floors[i], way.floors.get(i, Fraction(0))) if low else (self.caps[i], Fraction(0))
        turn = (1 if side == 0 else -1) * (1 if low else -1)
        return turn * (self.amount(i) - bound), turn * (rising - moved)
