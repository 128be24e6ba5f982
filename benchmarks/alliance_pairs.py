"""Pairs on a network of schools: our matching beside NetworkX's, in one run.

Run `python -m benchmarks.alliance_pairs [SCHOOLS] [NEIGHBOURS]`; by default 1,200 schools, 30 neighbours each.
"""

from __future__ import annotations

import sys
import time

import networkx as nx
import numpy as np

from allocator.alliance.edges import Edges
from allocator.alliance.pairs import match, weights
from allocator.domain.run import StopSignal


def network(schools: int, neighbours: int, seed: int = 1) -> Edges:
    """Strong and lower schools on a square, each joined with its nearest of the other kind; random benefits."""
    rng = np.random.default_rng(seed)
    place = rng.random((schools, 2)) * 40
    km = np.hypot(*(place[:, None] - place[None]).transpose(2, 0, 1))
    strong = np.argsort(np.argsort(-rng.random(schools))) < int(np.ceil(0.4 * schools))
    pairs = set()
    for i in range(schools):
        near = np.argsort(km[i], kind="stable")
        for j in near[strong[near] != strong[i]][:neighbours].tolist():
            pairs.add((i, j) if strong[i] else (j, i))
    lead, member = np.array(sorted(pairs), dtype=np.int64).T
    count = len(lead)
    benefit = np.round(rng.random(count) * 3, 6)
    return Edges(
        lead,
        member,
        np.round(km[lead, member], 3),
        benefit,
        np.zeros(count, dtype=np.int64),
        np.zeros(count),
        benefit,
        np.ones(count, dtype=bool),
        np.full(count, -1),
    )


def main(schools: int = 1200, neighbours: int = 30) -> None:
    """Print seconds of both, and whether they weigh the same."""
    edges = network(schools, neighbours)
    began = time.perf_counter()
    chosen = match(edges, schools, np.zeros(0, dtype=np.int64), StopSignal()).chosen
    ours = time.perf_counter() - began
    total = weights(edges)
    graph: nx.Graph[int] = nx.Graph()
    ends = zip(edges.lead.tolist(), edges.member.tolist(), strict=True)
    graph.add_weighted_edges_from((a, b, w) for (a, b), w in zip(ends, total, strict=True))
    began = time.perf_counter()
    theirs = nx.max_weight_matching(graph)
    oracle = time.perf_counter() - began
    weight = sum(total[e] for e in ([] if chosen is None else chosen))
    same = weight == sum(graph.edges[pair]["weight"] for pair in theirs)
    print(
        f"{schools} schools, {len(edges)} edges: {ours:.2f} s, NetworkX {oracle:.1f} s, {oracle / ours:.0f} x"
    )
    print("the same weight" if same else "DIFFERENT WEIGHTS")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:3]))
