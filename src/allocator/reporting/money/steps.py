"""The steps by which a sheet finds lambda: breakpoints of the schools, sums there, and where to start."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from allocator.reporting.money.ledger import Floats, Ledger

LIVE_SCHOOLS = 500
"""Up to this many schools lambda is worked out in the sheet; its breakpoints take n squared steps."""
NEAR = 1e-6
"""Units by which a sum in binary numbers may be off."""


@dataclass(frozen=True)
class Steps:
    """Breakpoints of one grant, in binary numbers as a calculating program has them."""

    ledger: Ledger

    @property
    def findable(self) -> bool:
        """Whether the sheet works lambda out."""
        ledger = self.ledger
        return ledger.live and len(ledger.shares) <= LIVE_SCHOOLS and any(self.moving)

    @cached_property
    def bounds(self) -> Floats:
        """Floors, caps, slopes and offsets, shape (4, n)."""
        ledger = self.ledger
        rows = (ledger.floors, ledger.caps, ledger.slopes or [], ledger.offsets)
        return np.array([[float(value) for value in row] for row in rows])

    @cached_property
    def moving(self) -> list[bool]:
        """Which schools have a slope and room."""
        slopes, caps = self.ledger.slopes or [], self.ledger.caps
        return [bool(w) and low < cap for w, low, cap in zip(slopes, self.ledger.floors, caps, strict=False)]

    @cached_property
    def points(self) -> Floats:
        """Lambda at which each moving school leaves its floor and reaches its cap, shape (2, m)."""
        floors, caps, slopes, offsets = self.bounds[:, self.moving]
        return np.array([(floors - offsets) / slopes, (caps - offsets) / slopes])

    def sum_at(self, scale: float) -> float:
        """Sum of all amounts at a lambda, in units."""
        floors, caps, slopes, offsets = self.bounds
        return float(np.clip(scale * slopes + offsets, floors, caps).sum())

    @cached_property
    def found(self) -> tuple[float, float, float]:
        """The breakpoint to start from, the sum there, and the slopes of the schools that move from there."""
        reached = ((x, self.sum_at(x)) for x in self.points.ravel().tolist())
        start, upto = max((pair for pair in reached if pair[1] <= self.ledger.units + NEAR), default=(0.0, 0.0))
        low, high = self.points
        slopes = self.bounds[2][self.moving]
        return start, upto, float(slopes[(low <= start) & (high > start)].sum())

    def spread_out(self, side: int) -> list[float | None]:
        """Breakpoints of one side for all schools, None for those that do not move."""
        left = iter(self.points[side].tolist())
        return [next(left) if moves else None for moves in self.moving]
