"""The cone program of one grant: amounts within their bounds, and the CV of every stage as one cone.

With amounts N_k = share_k (asset_i + x_i) of a stage's sections, P_k pupils, P all of them and mean mu = sum
N_k / P,
    CV <= c   <=>   | ( (N_k - mu P_k) / sqrt(P_k) )_k |  <=  c mu sqrt(P),
one second-order cone though mu moves with the money. Amounts are scaled by pupils and all rows to around 1.
Only schools with room between floor and cap are columns; the others are constants.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from allocator.funding.bounds import Bounds
from allocator.funding.purse import Purse
from allocator.funding.target import Floats, Ints, StageTarget
from allocator.solving.cones import ConeProgram
from allocator.solving.model import Entries


@dataclass(frozen=True)
class Scaled:
    """A grant in scaled numbers: school `free[j]` gets `step[j] y[j]` units, low <= y <= high.

    Attributes
    ----------
    fixed
        Shape (n,): units of the schools without room; 0 for the others.
    capped
        Shape (columns,): whether the upper bound has to be said.
    size
        Units per pupil that count as 1.
    """

    purse: Purse
    bounds: Bounds
    free: Ints
    step: Floats
    low: Floats
    high: Floats
    capped: Floats
    fixed: Floats
    size: float
    column: Ints = field(repr=False)

    @classmethod
    def of(cls, purse: Purse, bounds: Bounds, size: float | None = None) -> Scaled:
        """Scale a grant; by default its own amount per pupil is 1."""
        floors, caps = np.array(bounds.floors, dtype=float), np.array(bounds.caps, dtype=float)
        free = np.flatnonzero((caps > floors) & (purse.counts > 0))
        size = size or max(purse.per_pupil, 1e-9)
        step = size * purse.counts[free]
        fixed = floors.copy()
        fixed[free] = 0.0
        column = np.full(len(floors), -1, dtype=np.int64)
        column[free] = np.arange(len(free))
        return cls(
            purse,
            bounds,
            free,
            step,
            floors[free] / step,
            caps[free] / step,
            np.array(bounds.capped, dtype=bool)[free],
            fixed,
            size,
            column,
        )

    def units(self, y: Floats) -> Floats:
        """Shape (n,): units of all schools."""
        amounts = self.fixed.copy()
        amounts[self.free] = self.step * np.clip(y, self.low, self.high)
        return amounts

    def scaled(self, units: Floats) -> Floats:
        """Columns of amounts in units."""
        return units[self.free] / self.step


@dataclass(frozen=True)
class StageCone:
    """One stage's rows as affine functions of the columns: r = base + coef y[column], N = sum of amounts.

    Attributes
    ----------
    root
        Shape (k,): square roots of the pupils over the stage's.
    base, coef, column
        Shape (k,): scaled amount / sqrt(pupils): constant, factor, column (-1: none).
    """

    target: StageTarget
    root: Floats
    base: Floats
    coef: Floats
    column: Ints

    @classmethod
    def of(cls, scaled: Scaled, stage: StageTarget) -> StageCone:
        """Scale the amounts so that the mean of the grant's size is 1."""
        everyone = stage.everyone
        root = np.sqrt(stage.pupils / everyone)
        column = scaled.column[stage.school]
        known = scaled.purse.target.asset[stage.school] + scaled.fixed[stage.school]
        scale = scaled.size * everyone * root
        step = np.where(column >= 0, scaled.step[column], 0.0) if len(scaled.step) else np.zeros(len(column))
        return cls(stage, root, stage.share * known / scale, stage.share * step / scale, column)

    def amounts(self, y: Floats) -> Floats:
        """Shape (k,): scaled amounts over the roots."""
        moved = y[self.column] if len(y) else np.zeros(len(self.column))
        return self.base + self.coef * np.where(self.column >= 0, moved, 0.0)

    def mean(self, y: Floats) -> float:
        """Mean amount per pupil, in the grant's size."""
        return float(self.root @ self.amounts(y))

    def apart(self, y: Floats) -> Floats:
        """Shape (k,): the cone's vector; its norm over the mean is the CV."""
        return self.amounts(y) - self.mean(y) * self.root


@dataclass
class Assembly:
    """A program under construction: columns y, then one mean per stage, then those asked for."""

    scaled: Scaled
    cones: tuple[StageCone, ...]
    program: ConeProgram
    means: Ints
    seconds: list[slice] = field(default_factory=list)

    @classmethod
    def of(cls, scaled: Scaled, curve: Floats, slope: Floats, extra: Sequence[float] = ()) -> Assembly:
        """Begin with the objective of the columns; `extra` are the costs of further columns."""
        stages = tuple(StageCone.of(scaled, stage) for stage in scaled.purse.target.stages)
        more = np.concatenate((np.zeros(len(stages)), np.asarray(extra, dtype=float)))
        program = ConeProgram(np.concatenate((curve, np.zeros(len(more)))), np.concatenate((slope, more)))
        means = len(slope) + np.arange(len(stages))
        return cls(scaled, stages, program, means)

    def equalities(self, total: float | None) -> None:
        """Make the sum right (in pupils' shares; None leaves it open) and define the means."""
        entries = Entries()
        columns = np.arange(len(self.scaled.free))
        right = []
        if total is not None:
            size = self.scaled.size * max(1.0, float(self.scaled.purse.counts.sum()))
            entries.add(np.zeros(len(columns), dtype=np.int64), columns, self.scaled.step / size)
            right.append((total - float(self.scaled.fixed.sum())) / size)
        for cone, mean in zip(self.cones, self.means, strict=True):
            row = len(right)
            inside = cone.column >= 0
            entries.add(np.full(inside.sum(), row), cone.column[inside], (cone.root * cone.coef)[inside])
            entries.add(np.array([row]), np.array([mean]), -1.0)
            right.append(-float(cone.root @ cone.base))
        self.program.add("zero", np.array(right), entries)

    def boxes(self) -> slice:
        """Keep the columns within their bounds; returns the rows of the floors."""
        columns = np.arange(len(self.scaled.free))
        capped = np.flatnonzero(self.scaled.capped)
        entries = Entries()
        entries.add(columns, columns, -1.0)
        entries.add(len(columns) + np.arange(len(capped)), capped, 1.0)
        block = self.program.add("plus", np.concatenate((-self.scaled.low, self.scaled.high[capped])), entries)
        return slice(block.start, block.start + len(columns))

    def spread(self, limits: Sequence[float], slack: tuple[int, Sequence[float]] | None = None) -> None:
        """Keep the CV of each stage within its limit; `slack` is a column that widens it, and by how much."""
        for k, (cone, mean) in enumerate(zip(self.cones, self.means, strict=True)):
            inside = np.flatnonzero(cone.column >= 0)
            size = len(cone.column)
            entries = Entries()
            entries.add(np.array([0]), np.array([mean]), -float(limits[k]))
            if slack is not None:
                entries.add(np.array([0]), np.array([slack[0]]), -float(slack[1][k]))
            entries.add(1 + inside, cone.column[inside], -cone.coef[inside])
            entries.add(1 + np.arange(size), np.full(size, mean), cone.root)
            block = self.program.add("second", np.concatenate(([0.0], cone.base)), entries)
            self.seconds.append(block)
