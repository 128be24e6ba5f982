"""Learning districts of many towns: plans found by search, put together anew; bounds proven apart."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from allocator.alliance.division_bounds import least_borders, least_deviation, least_metres
from allocator.alliance.edges import METRES
from allocator.alliance.model import Level
from allocator.alliance.partition import Division, Partition
from allocator.alliance.regions import Fairness, Regions
from allocator.alliance.towns import Bond, Towns, candidates
from allocator.domain.allied import AllianceRequest
from allocator.domain.run import Limits, Progress, ProgressSink, StopSignal
from allocator.solving.model import Ints

MOST_SETS = 10_000
"""Sets that plans are put together from, at most."""
GAP = 0.01
"""Relative gap at which the choice among these sets is left: its bounds say nothing of other sets."""


def divide_many(
    towns: Towns,
    request: AllianceRequest,
    beyond: float,
    limits: Limits,
    stop: StopSignal,
    progress: ProgressSink | None = None,
    bond: Bond | None = None,
) -> Division:
    """Draw the districts asked for where there are too many sets of towns to go through.

    Districts are grown and moved about (`regions`); the sets met on the way are put together anew by the
    integer program of all levels (`partition`); so are, once more, those that the proof of the fewest borders
    brings.

    Parameters
    ----------
    beyond
        Deviation of pupils of which it is proven that no plan keeps to it; 0 where nothing is.
    """
    count = request.districts or 1
    wanted = Fairness(count, request.max_pupil_deviation, request.max_strong_deviation, bond)
    _tell("search", stop, progress)
    regions = Regions(towns, wanted, limits.seed, stop.part(4))
    regions.search()
    if not regions.plans:
        return Division(None, too_many=True)
    pool, plan = _pool(towns, request, regions)
    division = _put_together(towns, request, pool, plan, limits, stop.part(3), progress)
    kept = _kept(wanted, division)
    _tell("bounds", stop, progress)
    bounded = least_borders(towns, kept, pool, limits, stop.part(2))
    more = [s for s in bounded.sets if regions.pieces(s) == 1 and s not in pool]
    if more and division.districts is not None:
        pool, plan = [*pool, *more], list(division.districts)
        division = _put_together(towns, request, pool, plan, limits, stop, progress)
    proven = {
        "pupils": max(beyond, least_deviation(towns, count)),
        "strong": 0.0,
        "cut": float(max(count - len(towns.parts), bounded.borders or 0)),
        "distance": (least_metres(towns, kept, limits, stop) or 0) / METRES,
    }
    levels = tuple(replace(level, bound=min(proven[level.name], level.value)) for level in division.levels)
    return replace(division, levels=levels, too_many=True)


def _tell(stage: str, stop: StopSignal, progress: ProgressSink | None) -> None:
    if progress is not None:
        progress(Progress(f"groups.stage_{stage}", stop.seconds))


def _pool(towns: Towns, request: AllianceRequest, regions: Regions) -> tuple[list[int], list[int]]:
    """Sets to put plans together from, with those of the best plan found, and that plan."""
    count, names = request.districts or 1, ("pupils", "strong", "borders", "metres")
    free = {
        "pupils": request.max_pupil_deviation is None,
        "strong": request.max_strong_deviation is None,
        "borders": True,
        "metres": True,
    }

    def worth(plan: list[int]) -> tuple[float, ...]:
        own = candidates(towns, count, np.inf, plan)
        largest = (own.pupils.max(), own.strong.max(), own.borders.sum(), own.metres.sum())
        return tuple(float(v) for name, v in zip(names, largest, strict=True) if free[name])

    best = min(regions.plans, key=worth)
    most = float(candidates(towns, count, np.inf, best).pupils.max())
    sets = sorted(regions.met)
    own = candidates(towns, count, np.inf, sets)
    order = np.lexsort((own.metres, own.borders, own.pupils if free["pupils"] else own.borders))
    near = [sets[k] for k in order.tolist() if own.pupils[k] <= most or not free["pupils"]]
    return sorted({*near[:MOST_SETS], *best}), best


def _put_together(
    towns: Towns,
    request: AllianceRequest,
    pool: list[int],
    plan: list[int],
    limits: Limits,
    stop: StopSignal,
    progress: ProgressSink | None,
) -> Division:
    """The best plan made of the sets of a pool, beginning with one that is known."""
    count = request.districts or 1
    number = {members: k for k, members in enumerate(pool)}
    possible = candidates(towns, count, np.inf, pool)
    start: Ints = np.array(sorted(number[s] for s in plan), dtype=np.int64)
    return Partition(towns, possible, count, limits, stop, progress, GAP).solve(request, start)


def _kept(wanted: Fairness, division: Division) -> Fairness:
    """Deviations that the later levels keep to: what was asked for, or what was reached."""
    reached: dict[str, Level] = {level.name: level for level in division.levels}
    pupils, strong = (reached[name].value if name in reached else None for name in ("pupils", "strong"))
    return replace(
        wanted,
        pupils=wanted.pupils if pupils is None else pupils,
        strong=wanted.strong if strong is None else strong,
    )
