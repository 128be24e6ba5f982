"""Pairs where the schools fall into two sides, each edge between them: a flow, much faster than any matching.

So it is where strong schools lead lower ones and no school is both, or where primary schools join junior ones.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from allocator.alliance.edges import Edges
from allocator.domain.run import StopSignal
from allocator.solving.flows import FlowNetwork, cheapest_flows
from allocator.solving.model import Bools, Ints


def best_pairs(edges: Edges, schools: int, stop: StopSignal) -> Ints | None:
    """Choose pairs, best at coverage, then benefit, then distance.

    Returns
    -------
    array or None
        Positions of the chosen edges, ascending. None if the schools do not fall into two sides, or if a level
        is not proven (see `cheapest_flows`).
    """
    first = two_sides(schools, edges.lead, edges.member)
    if first is None:
        return None
    leads = first[edges.lead]
    one, other = np.where(leads, edges.lead, edges.member), np.where(leads, edges.member, edges.lead)
    ones, others = np.unique(one), np.unique(other)
    source, sink, count = schools, schools + 1, len(edges)
    most = min(len(ones), len(others))
    supply = np.zeros(schools + 2, dtype=np.int64)
    supply[[source, sink]] = most, -most
    # The last arc takes the units that make no pair.
    tail = np.concatenate((one, np.full(len(ones), source), others, [source]))
    head = np.concatenate((other, ones, np.full(len(others), sink), [sink]))
    capacity = np.ones(len(tail), dtype=np.int64)
    capacity[-1] = most
    costs = np.zeros((3, len(tail)), dtype=np.int64)
    costs[:, :count] = -edges.covers.astype(np.int64), -edges.units, edges.metres
    found = cheapest_flows(FlowNetwork(tail, head, capacity, supply), costs, stop)
    return None if found is None else np.flatnonzero(found[0][:count])


def two_sides(nodes: int, first: Ints, second: Ints) -> Bools | None:
    """Shape (nodes,): which of two sides each node is on, so that every edge joins both; None if there is none.

    In the graph with two copies of each node, each edge joining a copy of one end with the other copy of the
    other, a component holds both copies of a node if and only if that is on a cycle of odd length.
    """
    ends = np.concatenate((first, first + nodes)), np.concatenate((second + nodes, second))
    graph = coo_array((np.ones(len(ends[0]), dtype=np.int8), ends), shape=(2 * nodes, 2 * nodes))
    _, label = connected_components(graph, directed=False)
    here, there = label[:nodes], label[nodes:]
    return None if (here == there).any() else np.asarray(here < there)
