"""NetworkX's maximum-weight matching on the network that ours matched."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import networkx as nx

from allocator.alliance.pairs import weights
from benchmarks.alliance_cases import network


def run(schools: int, neighbours: int, seed: int, before: Mapping[str, Any], *, mixed: bool) -> dict[str, Any]:
    """Match the same network with the same weights; `before` is the record of ours."""
    edges = network(schools, neighbours, seed, mixed=mixed)
    graph: nx.Graph[int] = nx.Graph()
    ends = zip(edges.lead.tolist(), edges.member.tolist(), strict=True)
    graph.add_weighted_edges_from((a, b, w) for (a, b), w in zip(ends, weights(edges), strict=True))
    began = time.process_time()
    found = nx.max_weight_matching(graph)
    taken = time.process_time() - began
    weight = sum(graph.edges[pair]["weight"] for pair in found)
    return {
        "schools": schools,
        "edges": len(edges),
        "cpu_s": taken,
        "weight": str(weight),
        "same": str(weight) == before["weight"],
    }
