"""Flows level by level: against NetworkX with one weight for all levels, and their proofs."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest

from allocator.domain.run import Limits, StopSignal
from allocator.solving import flows
from allocator.solving.flows import FlowNetwork, cheapest_flows, ranges
from allocator.solving.model import Ints


def random_network(seed: int) -> tuple[FlowNetwork, list[Ints]]:
    """Six to ten nodes, parallel arcs among them, cycles, three levels of small costs of either sign."""
    rng = np.random.default_rng(seed)
    nodes, arcs = int(rng.integers(6, 11)), int(rng.integers(15, 40))
    tail = rng.integers(0, nodes, arcs)
    head = (tail + rng.integers(1, nodes, arcs)) % nodes
    capacity = rng.integers(0, 4, arcs)
    net = np.zeros(nodes, dtype=np.int64)
    some = rng.integers(0, capacity + 1)
    np.add.at(net, tail, some)
    np.subtract.at(net, head, some)
    return FlowNetwork(tail, head, capacity, net), [rng.integers(-3, 4, arcs) for _ in range(3)]


def oracle(network: FlowNetwork, costs: list[Ints]) -> list[int]:
    """Least cost of each level by one weight: a level can cost less than a unit of the one before."""
    weight, factor = np.zeros(len(network.tail), dtype=object), 1
    for cost in reversed(costs):
        weight = weight + cost.astype(object) * factor
        factor *= 2 * int((np.abs(cost) * network.capacity).sum()) + 1
    graph: nx.MultiDiGraph[int] = nx.MultiDiGraph()
    graph.add_nodes_from((node, {"demand": -int(out)}) for node, out in enumerate(network.supply))
    for a, ends in enumerate(zip(network.tail.tolist(), network.head.tolist(), strict=True)):
        graph.add_edge(*ends, key=a, capacity=int(network.capacity[a]), weight=int(weight[a]))
    _, found = nx.network_simplex(graph)
    flow = np.zeros(len(network.tail), dtype=np.int64)
    for u, to in found.items():
        for v, by_key in to.items():
            for a, amount in by_key.items():
                flow[a] = amount
                assert (network.tail[a], network.head[a]) == (u, v)
    return [int(cost @ flow) for cost in costs]


def test_levels_are_those_of_networkx() -> None:
    """A face that is too wide loses an earlier level, one too narrow a later one."""
    later = 0
    for seed in range(200):
        network, costs = random_network(seed)
        found = cheapest_flows(network, costs, StopSignal())
        assert found is not None, seed
        flow, levels = found
        assert network.balanced(flow), seed
        assert [level.cost for level in levels] == oracle(network, costs), seed
        alone = cheapest_flows(network, costs[2:], StopSignal())
        assert alone is not None
        later += alone[1][0].cost < levels[2].cost
    # The levels before mattered.
    assert later > 100


def test_a_flow_that_is_not_cheapest_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A solver that returns the dear one of two ways, or a flow that does not arrive, is not believed."""
    network = FlowNetwork(
        np.array([0, 0]), np.array([1, 1]), np.array([1, 1]), np.array([1, -1], dtype=np.int64)
    )
    costs = [np.array([5, 7])]
    assert cheapest_flows(network, costs, StopSignal()) is not None
    for wrong in ([0, 1], [0, 0], [2, -1]):
        monkeypatch.setattr(flows, "_flow", lambda *_, wrong=wrong: np.array(wrong))
        assert cheapest_flows(network, costs, StopSignal()) is None


def test_no_answer_without_a_flow_a_proof_or_time() -> None:
    """Too little capacity; costs whose sums do not fit into 64 bits; a time that is over."""
    tail, head = np.array([0, 1]), np.array([1, 2])
    supply = np.array([2, 0, -2], dtype=np.int64)
    narrow = FlowNetwork(tail, head, np.array([2, 1]), supply)
    assert cheapest_flows(narrow, [np.array([1, 1])], StopSignal()) is None
    wide = FlowNetwork(tail, head, np.array([2, 2]), supply)
    assert cheapest_flows(wide, [np.array([2**61, 1])], StopSignal()) is None
    assert cheapest_flows(wide, [np.array([1, 1])], StopSignal(Limits(time_s=0.0))) is None
    found = cheapest_flows(wide, [np.array([1, 1])], StopSignal())
    assert found is not None
    assert found[1][0].cost == 4


def test_ranges() -> None:
    """2, 3 and 7, 8, 9; an empty range between them gives nothing."""
    assert ranges(np.array([2, 5, 7]), np.array([4, 5, 10])).tolist() == [2, 3, 7, 8, 9]
    assert ranges(np.array([], dtype=np.int64), np.array([], dtype=np.int64)).tolist() == []
