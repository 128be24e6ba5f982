"""Flows of least cost, one level after another, exact in whole numbers.

OR-Tools finds a cheapest flow (cost scaling). Its word is not taken for it: shortest paths in the residual
network give every node a potential, and a flow is cheapest if and only if no arc with room has a negative
reduced cost and none that is used a positive one. That is checked in whole numbers. The same potentials tell
which flows are cheapest at all: those that leave arcs of positive reduced cost empty and fill those of
negative. What is left free after that is the network of the next level.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

from allocator.domain.run import StopSignal
from allocator.solving.model import Bools, Ints

LARGEST = 2**62
"""Potentials and costs of paths stay below this, so that no sum of whole numbers overflows."""


@dataclass(frozen=True)
class FlowNetwork:
    """Arcs, a in number, between nodes; every flow of 0..capacity with the right balances is allowed.

    Attributes
    ----------
    tail, head
        Shape (a,): nodes at the ends of each arc.
    capacity
        Shape (a,): largest flow.
    supply
        Shape (nodes,): what leaves each node more than arrives there; sums to 0.
    """

    tail: Ints
    head: Ints
    capacity: Ints
    supply: Ints

    @property
    def nodes(self) -> int:
        """Number of nodes."""
        return len(self.supply)

    def balanced(self, flow: Ints) -> bool:
        """Whether a flow keeps to capacities and balances."""
        net = np.zeros(self.nodes, dtype=np.int64)
        np.add.at(net, self.tail, flow)
        np.subtract.at(net, self.head, flow)
        return bool(((flow >= 0) & (flow <= self.capacity)).all() and (net == self.supply).all())


@dataclass(frozen=True)
class FlowLevel:
    """One level: its least cost, proven, and the seconds it took."""

    cost: int
    seconds: float


def cheapest_flows(
    network: FlowNetwork, costs: Iterable[Ints], stop: StopSignal
) -> tuple[Ints, list[FlowLevel]] | None:
    """Find a flow of least cost by the first costs, among those by the second, and so on.

    Parameters
    ----------
    costs
        Each level's cost a unit of flow, shape (a,), whole numbers of either sign.

    Returns
    -------
    tuple or None
        Flow on every arc, shape (a,), and the levels. None if there is no flow, if a level cannot be proven
        (numbers too large), or if it is time to stop.
    """
    free = np.ones(len(network.tail), dtype=bool)
    flow = np.zeros(len(network.tail), dtype=np.int64)
    levels: list[FlowLevel] = []
    for cost in costs:
        began = stop.seconds
        part = _free_part(network, free, flow)
        found = None if stop.now else _cheapest(part, cost[free])
        if found is None:
            return None
        flow[free], reduced = found
        levels.append(FlowLevel(int(cost @ flow), stop.seconds - began))
        free[free] = reduced == 0
    return flow, levels


def _free_part(network: FlowNetwork, free: Bools, flow: Ints) -> FlowNetwork:
    """The network of the free arcs; what flows on the others is no longer theirs to bring."""
    supply = network.supply.copy()
    fixed = np.flatnonzero(~free & (flow > 0))
    np.subtract.at(supply, network.tail[fixed], flow[fixed])
    np.add.at(supply, network.head[fixed], flow[fixed])
    return FlowNetwork(network.tail[free], network.head[free], network.capacity[free], supply)


def _cheapest(network: FlowNetwork, cost: Ints) -> tuple[Ints, Ints] | None:
    """Flow of least cost and reduced costs that prove it; None without such a flow or such a proof."""
    if int(np.abs(cost).max(initial=0)) * (network.nodes + 1) >= LARGEST:
        return None
    flow = _flow(network, cost)
    if flow is None or not network.balanced(flow):
        return None
    potential = _potentials(network, cost, flow)
    if potential is None:
        return None
    reduced = cost + potential[network.tail] - potential[network.head]
    proven = ~((reduced < 0) & (flow < network.capacity)) & ~((reduced > 0) & (flow > 0))
    return (flow, reduced) if bool(proven.all()) else None


def _flow(network: FlowNetwork, cost: Ints) -> Ints | None:
    solver = SimpleMinCostFlow()
    arcs = solver.add_arcs_with_capacity_and_unit_cost(network.tail, network.head, network.capacity, cost)
    solver.set_nodes_supplies(np.arange(network.nodes), network.supply)
    if solver.solve() != SimpleMinCostFlow.OPTIMAL:
        return None
    return np.asarray(solver.flows(arcs), dtype=np.int64)


def _potentials(network: FlowNetwork, cost: Ints, flow: Ints) -> Ints | None:
    """Lengths of shortest paths to each node in the residual network, from anywhere (Bellman-Ford).

    None if there is a negative cycle: then the flow is not cheapest.
    """
    room, used = flow < network.capacity, flow > 0
    tail = np.concatenate((network.tail[room], network.head[used]))
    head = np.concatenate((network.head[room], network.tail[used]))
    length = np.concatenate((cost[room], -cost[used]))
    order = np.argsort(tail, kind="stable")
    tail, head, length = tail[order], head[order], length[order]
    first = np.searchsorted(tail, np.arange(network.nodes + 1))
    distance = np.zeros(network.nodes, dtype=np.int64)
    changed = np.arange(network.nodes)
    # A shortest path has fewer arcs than there are nodes.
    for _ in range(network.nodes + 1):
        if not len(changed):
            return distance
        arcs = ranges(first[changed], first[changed + 1])
        to, shorter = head[arcs], distance[tail[arcs]] + length[arcs]
        better = shorter < distance[to]
        np.minimum.at(distance, to[better], shorter[better])
        changed = np.unique(to[better])
    return None


def ranges(begin: Ints, end: Ints) -> Ints:
    """Concatenate begin[k], begin[k] + 1, ..., end[k] - 1 over all k."""
    lengths = end - begin
    offset = np.repeat(begin - np.concatenate(([0], np.cumsum(lengths)[:-1])), lengths)
    found: Ints = offset + np.arange(int(lengths.sum()))
    return found
