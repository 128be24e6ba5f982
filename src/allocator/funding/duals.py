"""Duals of a grant's cone program, scaled back to units and limits."""

from __future__ import annotations

import numpy as np

from allocator.funding.answer import Duals
from allocator.funding.cone import Assembly
from allocator.funding.target import Floats


def duals_of(assembly: Assembly, duals: Floats, parts: tuple[slice, Floats], y: Floats, factor: float) -> Duals:
    """Duals of a program's rows: `parts` are the rows of the floors and each cone's weight."""
    boxes, weights = parts
    scaled = assembly.scaled
    floors = np.zeros(len(scaled.fixed))
    floors[scaled.free] = factor * duals[boxes] / scaled.step
    means = [cone.mean(y) for cone in assembly.cones]
    return Duals(
        total=-factor * float(duals[0]) / (scaled.size * max(1.0, float(scaled.purse.counts.sum()))),
        limits=tuple(float(-factor * w * mean) for w, mean in zip(weights, means, strict=True)),
        floors=floors,
    )
