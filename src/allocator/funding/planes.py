"""Planes that stand for a CV limit in a linear model, as many as are needed.

With N_s amounts and P_s pupils of a stage, mean = N / P and d_s = (N_s - mean P_s) / sqrt(P_s), the limit
CV <= c is r(N) = |d| - c sqrt(P) mean <= 0. r is convex and of degree 1, so with its slope g at any point
g N <= r(N) <= 0 for every split that keeps the limit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from allocator.funding.target import Floats, StageTarget, Target

NARROW = 1e-7
"""Share of a limit by which a solver's tolerance may exceed it."""


@dataclass(frozen=True)
class Plane:
    """sum(slope * units) <= most, over the schools of a purse."""

    slope: Floats
    most: float


def plane(target: Target, stage: StageTarget, limit: float, units: Floats) -> Plane | None:
    """The plane that touches the limit's cone above a split; None where all sections are alike."""
    amounts = stage.amounts(target.totals(units))
    apart = (amounts - amounts.sum() / stage.everyone * stage.pupils) / np.sqrt(stage.pupils)
    norm = float(np.sqrt(np.sum(apart**2)))
    if not norm > 0:
        return None
    # g_s = d_s / (sqrt(P_s) |d|) - c / sqrt(P), times sqrt(P): slopes are then around 1.
    slope = apart / np.sqrt(stage.pupils) / norm * np.sqrt(stage.everyone) - limit
    each = np.zeros(len(target.asset))
    np.add.at(each, stage.school, slope * stage.share)
    return Plane(each, -float(each @ np.nan_to_num(target.asset)))


def too_wide(target: Target, limits: Sequence[float], units: Floats) -> list[tuple[StageTarget, float]]:
    """Stages whose CV is over its limit by more than a solver's tolerance, with the limit."""
    totals = target.totals(units)
    found = zip(target.stages, limits, strict=True)
    return [(stage, c) for stage, c in found if (stage.cv(totals) or 0.0) > c * (1 + NARROW)]
