"""Hubs without links as a flow: school -> (school, tag) -> (lead, tag), a unit for each member.

A lower school has two arcs from the source, of which the first takes one unit and counts in the coverage, so
that it counts once, however many hubs it joins. A unit that is no member goes from source to sink outright.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from allocator.alliance.edges import Edges
from allocator.alliance.model import UNITS, Choice, Level
from allocator.domain.run import StopSignal
from allocator.solving.flows import FlowNetwork, cheapest_flows
from allocator.solving.model import Bools, Ints

SOURCE, SINK, INNER = 0, 1, 2
"""The nodes at both ends, and the first of the others."""


def solve_hubs(
    edges: Edges, usual: int, capacities: Mapping[int, int], stop: StopSignal, *, covering: bool
) -> Choice | None:
    """Choose the members of hubs, level by level; None where that is not proven (see `cheapest_flows`).

    Parameters
    ----------
    usual
        Members that a lead may have for a tag.
    capacities
        The same by position of the lead, where it differs.
    covering
        Whether coverage is a level (A7).
    """
    network, counted, of_edge = hub_flow(edges, usual, capacities)
    costs = {"coverage": np.where(counted, -1, 0)} if covering else {}
    for name, units in (("benefit", -edges.units), ("distance", edges.metres)):
        costs[name] = np.zeros(len(network.tail), dtype=np.int64)
        costs[name][of_edge] = units
    found = cheapest_flows(network, costs.values(), stop)
    if found is None:
        return None
    flow, levels = found
    values = [Level(n, level.cost * UNITS[n] + 0.0, level.cost * UNITS[n] + 0.0, level.seconds)
              for n, level in zip(costs, levels, strict=True)]  # fmt: skip
    return Choice(np.flatnonzero(flow[of_edge]), tuple(values))


def hub_flow(edges: Edges, usual: int, capacities: Mapping[int, int]) -> tuple[FlowNetwork, Bools, Ints]:
    """Build the network, whether each arc counts in the coverage, and the arc of each edge."""
    tags = int(edges.tag.max(initial=0)) + 1
    hubs, hub = np.unique(edges.lead * tags + edges.tag, return_inverse=True)
    places, place = np.unique(edges.member * tags + edges.tag, return_inverse=True)
    counts = np.zeros(len(places), dtype=bool)
    counts[place] = edges.covers
    lower, school = np.unique(places[counts] // tags, return_inverse=True)
    joins = np.bincount(school, minlength=len(lower))
    room = np.array([capacities.get(int(lead), usual) for lead in hubs // tags], dtype=np.int64)

    first_place = INNER + len(lower)
    first_hub = first_place + len(places)
    of_school, of_place = INNER + np.arange(len(lower)), first_place + np.arange(len(places))
    of_hub = first_hub + np.arange(len(hubs))
    most = min(len(places), int(room.sum()))
    arcs = (
        (SOURCE, of_school, np.ones(len(lower))),
        (SOURCE, of_school, joins - 1),
        (SOURCE, of_place[~counts], 1),
        (INNER + school, of_place[counts], 1),
        (first_place + place, first_hub + hub, 1),
        (of_hub, SINK, room),
        (SOURCE, np.array([SINK]), most),
    )
    shapes = [np.broadcast_arrays(*arc) for arc in arcs]
    tail, head, capacity = (np.concatenate(parts).astype(np.int64) for parts in zip(*shapes, strict=True))
    ends = np.cumsum([len(shape[0]) for shape in shapes])
    supply = np.zeros(first_hub + len(hubs), dtype=np.int64)
    supply[[SOURCE, SINK]] = most, -most
    counted = np.arange(len(tail)) < len(lower)
    return FlowNetwork(tail, head, capacity, supply), counted, np.arange(ends[3], ends[4])
