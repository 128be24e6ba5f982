"""The path from the split nearest to an aim to the one of smallest spread, and what its points are worth.

Along it a split minimises theta x distance + the worst CV over its limit, and theta falls. With one
second-order cone a stage s,

    |z_s|^2 <= k_s mu_s^2,   z_s = base_s + coef_s y,   mu_s = root_s z_s,   k_s = 1 + (t limit_s)^2,

the optimality conditions give every school's amount by itself once the multipliers w_s, v_s = w_s k_s mu_s and
lambda are known:

    y = (theta d a - sum_s w_s coef_s base_s + sum_s v_s root_s coef_s + lambda e)
        / (theta d + sum_s w_s coef_s^2),   cut to its bounds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from allocator.funding.cone import Scaled, StageCone
from allocator.funding.target import Floats

HALVINGS = 60
"""Of the range of a multiplier; the path begins there, so this need not be exact."""


@dataclass(frozen=True)
class Point:
    """A point of the path.

    Attributes
    ----------
    y
        Shape (columns,).
    t
        Worst CV over its limit.
    theta, money
        Weight of the distance; lambda, the multiplier of the sum.
    weights, turns
        Shape (stages,): w and v; 0 for a stage whose CV is below t times its limit.
    """

    y: Floats
    t: float
    theta: float
    money: float
    weights: Floats
    turns: Floats

    @property
    def active(self) -> list[int]:
        """Stages that are at t."""
        found: list[int] = np.flatnonzero(self.weights).tolist()
        return found


@dataclass(frozen=True)
class Slope:
    """The numbers of the path, stages in rows, columns as in `Scaled`.

    Attributes
    ----------
    aims, heavy, part
        Shape (columns,): a, d and e.
    total
        What `part y` comes to.
    limits, rest, least
        Shape (stages,): limit, |base|^2 and root base.
    curve, linear, mean
        Shape (stages, columns): coef^2, coef base, root coef.
    """

    aims: Floats
    heavy: Floats
    part: Floats
    total: float
    low: Floats
    high: Floats
    limits: Floats
    rest: Floats
    least: Floats
    curve: Floats
    linear: Floats
    mean: Floats

    @classmethod
    def of(cls, scaled: Scaled, cones: Sequence[StageCone], limits: Sequence[float], aims: Floats) -> Slope:
        """Collect the numbers; a school has at most one section of a stage."""
        curve, linear, mean = (np.zeros((len(cones), len(scaled.free))) for _ in range(3))
        for s, cone in enumerate(cones):
            inside = cone.column >= 0
            at, base, coef, root = (x[inside] for x in (cone.column, cone.base, cone.coef, cone.root))
            curve[s, at], linear[s, at], mean[s, at] = coef**2, coef * base, root * coef
        counts = scaled.purse.counts
        size = scaled.size * max(1.0, float(counts.sum()))
        own = counts[scaled.free]
        return cls(
            aims=scaled.scaled(aims),
            heavy=2 * own / own.sum(),
            part=scaled.step / size,
            total=(float(scaled.purse.units) - float(scaled.fixed.sum())) / size,
            low=scaled.low,
            high=scaled.high,
            limits=np.array(limits, dtype=float),
            rest=np.array([cone.base @ cone.base for cone in cones]),
            least=np.array([cone.root @ cone.base for cone in cones]),
            curve=curve,
            linear=linear,
            mean=mean,
        )

    def squares(self, y: Floats) -> Floats:
        """Shape (stages,): |z|^2."""
        return self.rest + self.curve @ y**2 + 2 * (self.linear @ y)

    def means(self, y: Floats) -> Floats:
        """Shape (stages,): mu."""
        return self.least + self.mean @ y

    def ratios(self, y: Floats) -> Floats:
        """Shape (stages,): CV over limit."""
        with np.errstate(divide="ignore", invalid="ignore"):
            squared = self.squares(y) / self.means(y) ** 2 - 1
            found: Floats = np.sqrt(np.maximum(squared, 0.0)) / self.limits
        return found

    def widest(self, t: float) -> Floats:
        """Shape (stages,): k."""
        found: Floats = 1 + (t * self.limits) ** 2
        return found

    def split(self, p: Point) -> Floats:
        """Shape (columns,): the amounts that the multipliers of a point give."""
        top = p.theta * self.heavy * self.aims - p.weights @ self.linear + p.turns @ self.mean
        bottom = p.theta * self.heavy + p.weights @ self.curve
        found: Floats = np.clip((top + p.money * self.part) / bottom, self.low, self.high)
        return found

    def nearest(self) -> Floats:
        """Shape (columns,): the split nearest to the aims within bounds and sum alone."""
        pace = self.part / self.heavy

        def columns(level: float) -> Floats:
            found: Floats = np.clip(self.aims + level * pace, self.low, self.high)
            return found

        ends = np.concatenate(((self.low - self.aims) / pace, (self.high - self.aims) / pace))
        first, last = float(ends.min(initial=0.0)), float(ends.max(initial=0.0))
        for _ in range(HALVINGS):
            middle = (first + last) / 2
            first, last = (middle, last) if self.part @ columns(middle) < self.total else (first, middle)
        return columns(last)

    def pull(self, y: Floats, weights: Floats, turns: Floats) -> Floats:
        """Shape (columns,): what the cones ask of each column."""
        found: Floats = weights @ (self.curve * y + self.linear) - turns @ self.mean
        return found
