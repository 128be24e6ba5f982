"""Outlines on the map: areas around schools, and around the towns of a learning district."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import combinations

from allocator.domain.alliance_records import Town

XY = tuple[float, float]

CORNERS = 12  # of the circle around a school in an area


def around(points: Sequence[XY], radius: float) -> list[XY]:
    """Closed ring around points: the convex hull of a circle around each, in the unit of the points."""
    angles = [2 * math.pi * k / CORNERS for k in range(CORNERS)]
    ring = hull([(x + radius * math.cos(a), y + radius * math.sin(a)) for x, y in points for a in angles])
    return [(round(x, 3), round(y, 3)) for x, y in (*ring, ring[0])]


def around_towns(
    places: Mapping[str, Sequence[XY]], neighbours: Collection[frozenset[str]], radius: float
) -> list[list[XY]]:
    """Rings that together cover some towns: around each two, three or four that touch in turn, or a town alone.

    One ring around all of them would cover what lies between, and the towns of other districts with it.
    """
    near: dict[str, set[str]] = {town: set() for town, points in places.items() if points}
    for one, other in (sorted(pair) for pair in neighbours if all(town in near for town in pair)):
        near[one].add(other)
        near[other].add(one)
    sets = {frozenset((town,)) for town, own in near.items() if not own}
    sets |= {frozenset((town, other)) for town, own in near.items() for other in own}
    for one, other in combinations(sorted(near), 2):
        common = sorted(near[one] & near[other])
        if other in near[one]:
            sets |= {frozenset((one, other, town)) for town in common}
        sets |= {frozenset((one, other, *pair)) for pair in combinations(common, 2)}
    return [around([p for t in sorted(towns) for p in places[t]], radius) for towns in sorted(sets, key=sorted)]


def touching(towns: Iterable[Town]) -> set[frozenset[str]]:
    """Every two towns that touch; it is enough that one names the other."""
    return {frozenset((town.town, other)) for town in towns for other in town.neighbours if other != town.town}


def hull(points: Iterable[XY]) -> list[XY]:
    """Convex hull, counterclockwise from the leftmost point (Andrew's monotone chain)."""
    ordered = sorted(set(points))
    if len(ordered) < 3:
        return ordered
    below, above = _chain(ordered), _chain(ordered[::-1])
    return [*below[:-1], *above[:-1]]


def _chain(points: Sequence[XY]) -> list[XY]:
    """Points that turn left only."""
    chain: list[XY] = []
    for x, y in points:
        while len(chain) > 1:
            (ax, ay), (bx, by) = chain[-2:]
            if (bx - ax) * (y - ay) - (by - ay) * (x - ax) > 0:
                break
            chain.pop()
        chain.append((x, y))
    return chain
