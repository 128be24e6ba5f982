"""Maximum-weight matching, exact, with whole-numbered weights of any size that 126 bits hold."""

from __future__ import annotations

from collections.abc import Sequence

import rustworkx

from allocator.solving.model import Ints

LARGEST = 2**120
"""Largest total weight that is handed to the solver, whose numbers have 128 bits."""


def maximum_weight_matching(nodes: int, first: Ints, second: Ints, weights: Sequence[int]) -> list[int]:
    """Choose edges without a common node whose weights sum to the most (Edmonds' blossom algorithm).

    Parameters
    ----------
    nodes
        Number of nodes.
    first, second
        Shape (e,): ends of each edge; no edge may stand twice, whichever way round.
    weights
        One whole number an edge; edges whose weight is not above 0 are never chosen.

    Returns
    -------
    list of int
        Positions of the chosen edges, ascending.

    Raises
    ------
    OverflowError
        If the weights are too large.
    """
    if sum(sorted((abs(w) for w in weights), reverse=True)[: nodes // 2 + 1]) > LARGEST:
        raise OverflowError("weights too large")
    useful = [e for e, weight in enumerate(weights) if weight > 0]
    ends = {(int(first[e]), int(second[e])): e for e in useful}
    graph: rustworkx.PyGraph[None, int] = rustworkx.PyGraph(multigraph=False)
    graph.add_nodes_from([None] * nodes)
    graph.add_edges_from([(a, b, weights[e]) for (a, b), e in ends.items()])
    found = rustworkx.max_weight_matching(graph, max_cardinality=False, weight_fn=int)
    return sorted(ends[pair] if pair in ends else ends[pair[::-1]] for pair in found)
