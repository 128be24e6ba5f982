"""Pairs of two sides as a flow: the same levels as the matching, and no flow where there are no two sides."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest

from allocator.alliance import pairs
from allocator.alliance.edges import Edges
from allocator.alliance.pair_flow import best_pairs, two_sides
from allocator.alliance.pairs import level_values, match, matched
from allocator.domain.run import Limits, StopSignal
from allocator.solving.model import Floats, Ints


def random_edges(seed: int, *, sides: bool) -> tuple[Edges, int]:
    """Up to 24 schools, coarse benefits and distances so that levels tie, some leads on either side."""
    rng = np.random.default_rng(seed)
    schools, count = int(rng.integers(4, 25)), int(rng.integers(3, 60))
    keys = np.unique(rng.integers(0, schools**2, count))
    low, high = keys // schools, keys % schools
    keep = (low % 2 == 0) & (high % 2 == 1) if sides else low < high
    low, high = low[keep], high[keep]
    swap = rng.random(len(low)) < 0.3
    count = len(low)
    benefit: Floats = rng.integers(0, 4, count).astype(np.float64) / 2
    none = np.zeros(count, dtype=np.int64)
    covers = rng.random(count) < 0.6
    km: Floats = rng.integers(1, 4, count).astype(np.float64)
    lead, member = np.where(swap, high, low), np.where(swap, low, high)
    return Edges(lead, member, km, benefit, none, none.astype(float), benefit, covers, none - 1), schools


def values(edges: Edges, chosen: Ints) -> dict[str, float]:
    ends = [*edges.lead[chosen].tolist(), *edges.member[chosen].tolist()]
    assert len(ends) == len(set(ends))
    return level_values(edges.take(chosen))


def test_flow_and_matching_agree() -> None:
    """A unit that takes two ways, or a level that is lost on the way, gives other values."""
    tried = 0
    for seed in range(300):
        edges, schools = random_edges(seed, sides=True)
        chosen = best_pairs(edges, schools, StopSignal())
        assert chosen is not None
        assert values(edges, chosen) == pytest.approx(values(edges, matched(edges, schools))), seed
        tried += len(chosen) > 2
    assert tried > 100


def test_two_sides_are_found_where_there_are_any() -> None:
    """NetworkX says whether there are; an odd cycle goes to the matching."""
    found = {True: 0, False: 0}
    for seed in range(200):
        edges, schools = random_edges(seed, sides=seed % 3 == 0)
        graph: nx.Graph[int] = nx.Graph(zip(edges.lead.tolist(), edges.member.tolist(), strict=True))
        side = two_sides(schools, edges.lead, edges.member)
        assert (side is not None) == nx.is_bipartite(graph), seed
        if side is not None:
            assert (side[edges.lead] != side[edges.member]).all()
        found[side is not None] += 1
    assert min(found.values()) > 30


def test_no_time_for_the_flow_leaves_the_matching(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pairs have an answer even where the time is over; in time the matching is not asked."""
    edges, schools = random_edges(1, sides=True)
    forced = np.zeros(0, dtype=np.int64)
    late = match(edges, schools, forced, StopSignal(Limits(time_s=0.0)))
    monkeypatch.delattr(pairs, "matched")
    early = match(edges, schools, forced, StopSignal())
    assert [level.value for level in late.levels] == [level.value for level in early.levels]
