"""Learning districts: towns put together into contiguous districts, as a choice among all that are possible.

Every contiguous set of towns is a column, and each town is in one set chosen. What a set is worth on its own is
then a plain number, and the relaxation is tight. Sets too far off in pupils are not even made.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from allocator.alliance.many_towns import divide_many
from allocator.alliance.partition import ROUNDING, Division, Partition
from allocator.alliance.towns import Bond, Towns, candidates, contiguous_sets
from allocator.domain.alliance_words import enumerated
from allocator.domain.allied import AllianceRequest
from allocator.domain.run import Limits, ProgressSink, StopSignal
from allocator.errors import Fault

STEPS = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, np.inf)
"""Deviations of pupils that are tried one after another where none is given: few sets first."""
MOST_SETS = 200_000, 3_000_000
"""Sets of towns that are worked out, at most, and gone through on the way to them."""


def divide(
    towns: Towns,
    request: AllianceRequest,
    limits: Limits,
    stop: StopSignal,
    progress: ProgressSink | None = None,
    bond: Bond | None = None,
) -> Division:
    """Draw the districts asked for.

    Deviations without a limit are made as small as possible first, pupils before strong sections; then the
    borders between neighbours, then the distances to the centres.

    Parameters
    ----------
    bond
        Two towns that must be, or must not be, in one district.
    """
    count = request.districts or 1
    if any(obstacles(towns, count, request.max_pupil_deviation)):
        return Division(None, infeasible=True)
    mean = float(towns.pupils.sum()) / count
    steps = STEPS if request.max_pupil_deviation is None else (request.max_pupil_deviation,)
    beyond, last = 0.0, None
    for step in steps:
        if stop.now:
            return Division(None)
        most = mean * (1 + step) * (1 + ROUNDING) if mean else np.inf
        least = mean * (1 - step) * (1 - ROUNDING) if step < 1 else 0.0
        sets = contiguous_sets(towns, (least, most), len(towns) - count + 1, MOST_SETS)
        if sets is None:
            proven = beyond if last is not None and last.confirmed() else 0.0
            return divide_many(towns, request, proven, limits, stop, progress, bond)
        if bond is not None:
            sets = [towns_of_set for towns_of_set in sets if bond.held(towns_of_set)]
        possible = candidates(towns, count, step, sets)
        last = Partition(towns, possible, count, limits, stop, progress)
        found = last.solve(request)
        if not found.infeasible:
            return found
        beyond = step
    return Division(None, infeasible=last is not None and last.confirmed())


def problems(towns: Towns, request: AllianceRequest, limits: Limits, stop: StopSignal) -> Iterator[Fault]:
    """Say why no districts are possible: what stands in the way by itself, or the limits that do."""
    count = request.districts or 1
    found = [*obstacles(towns, count, request.max_pupil_deviation)]
    yield from found
    if found:
        return
    pupils, strong = request.max_pupil_deviation, request.max_strong_deviation
    params = {"count": count, "pupils": 100 * (pupils or 0.0), "strong": 100 * (strong or 0.0)}
    if strong is not None and pupils is not None:
        free = divide(towns, replace(request, max_strong_deviation=None), limits, stop)
        strong = None if free.infeasible else strong
    names = [name for name, limit in (("pupils", pupils), ("strong", strong)) if limit is not None]
    yield Fault(f"groups.problem_{'_'.join(names) or 'districts'}", params=params)


def obstacles(towns: Towns, count: int, most: float | None = None) -> Iterator[Fault]:
    """What makes so many districts, with their pupils so near the mean, plainly impossible."""
    parts = towns.parts
    if not len(towns):
        yield Fault("groups.problem_no_towns")
        return
    if count > len(towns):
        yield Fault("groups.problem_few_towns", params={"count": count, "towns": len(towns)})
    if len(parts) > count:
        yield Fault("groups.problem_parts", params={"count": count, "parts": len(parts)})
    for part in parts:
        for stage in towns.missing(part):
            named = enumerated("towns", towns.members(part))
            yield Fault("groups.problem_part_stage", params={**named, "stage": stage})
    total = int(towns.pupils.sum())
    for town, pupils in enumerate(towns.pupils.tolist()):
        if most is not None and total and pupils * count > total * (1 + most) * (1 + ROUNDING):
            over = {
                "town": towns.names[town],
                "percent": 100 * (pupils * count / total - 1),
                "limit": 100 * most,
            }
            yield Fault("groups.problem_big_town", params={**over, "pupils": pupils})
