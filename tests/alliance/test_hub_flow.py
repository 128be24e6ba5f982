"""Hubs as a flow: the same levels as the integer program and as NetworkX, on random districts."""

from __future__ import annotations

from collections.abc import Mapping

import networkx as nx
import numpy as np
import pytest

from allocator.alliance.edges import Edges
from allocator.alliance.forming import Case, _by_program
from allocator.alliance.hub_flow import solve_hubs
from allocator.alliances import _case, form_alliances
from allocator.domain.allied import AllianceRequest
from allocator.domain.choices import LinkKind
from allocator.domain.district import District
from allocator.domain.plan import Status
from allocator.domain.run import StopSignal
from allocator.io.policies import load_policy
from tests.alliance.alliance_cases import district, link, random_district, school

USUAL = 2
POLICY = load_policy(overrides=[f"alliance.hub_capacity={USUAL}"])


def random_hubs(seed: int) -> tuple[District, dict[str, int]]:
    """Eight to 25 schools within 30 km, wishes, and a few leads, some with another number of members."""
    rng = np.random.default_rng(seed)
    count = int(rng.integers(8, 26))
    tables = random_district(seed, schools=count, links=0)
    pairs = {tuple(sorted(rng.choice(count, 2, replace=False).tolist())) for _ in range(6)}
    wishes = tuple(link(f"S{a}", f"S{b}", LinkKind.WISH, float(rng.integers(1, 3))) for a, b in sorted(pairs))
    own = {f"S{i}": int(rng.integers(1, 4)) for i in rng.choice(count, 4, replace=False).tolist()}
    return tables.model_copy(update={"links": wishes}), own


def case_of(tables: District, capacities: Mapping[str, int]) -> Case:
    request = AllianceRequest(
        "hub", leads=tuple(capacities) or None, capacities=dict(list(capacities.items())[:2])
    )
    return _case(tables, POLICY, request, StopSignal())


def oracle(edges: Edges, capacities: Mapping[int, int], *, covering: bool) -> list[int]:
    """Levels in whole units by one weight for all, from a network of its own: tags of a school in a row."""
    metres = int(edges.metres.sum()) + 1
    points = metres * (int(edges.units.sum()) + 1) if covering else 0
    graph: nx.DiGraph[object] = nx.DiGraph()
    ends = zip(edges.lead.tolist(), edges.member.tolist(), edges.tag.tolist(), strict=True)
    for e, (lead, member, tag) in enumerate(ends):
        school, place, hub = ("school", member), ("place", member, tag), ("hub", lead, tag)
        weight = int(edges.metres[e]) - metres * int(edges.units[e])
        graph.add_edge(place, hub, capacity=1, weight=weight, edge=e)
        graph.add_edge(hub, "end", capacity=capacities.get(lead, USUAL), weight=0)
        graph.add_edge(school, place, capacity=1, weight=0)
        graph.add_edge("begin", school, weight=0)
        if edges.covers[e]:
            graph.add_edge("begin", ("counted", member), capacity=1, weight=-points)
            graph.add_edge(("counted", member), school, capacity=1, weight=0)
    if not len(edges):
        return [0, 0, 0]
    graph.add_edge("end", "begin", weight=0)
    flow = nx.min_cost_flow(graph)
    chosen = [graph.edges[u, v]["edge"] for u, v in graph.edges if "edge" in graph.edges[u, v] and flow[u][v]]
    covered = len(set(edges.member[chosen][edges.covers[chosen]].tolist()))
    return [covered, int(edges.units[chosen].sum()), int(edges.metres[chosen].sum())]


def test_flow_program_and_networkx_agree() -> None:
    """Capacities of single leads, wishes, schools lower in none or one of their stages, ties."""
    fewer = 0
    for seed in range(40):
        case = case_of(*random_hubs(seed))
        edges, capacities = case.network.edges, case.capacities
        flow = solve_hubs(edges, USUAL, capacities, case.stop, covering=True)
        assert flow is not None
        assert flow.chosen is not None
        expected = oracle(edges, capacities, covering=True)
        picked = edges.take(flow.chosen)
        covered = len(set(picked.member[picked.covers].tolist()))
        assert [covered, int(picked.units.sum()), int(picked.metres.sum())] == expected, seed
        values = [level.value for level in flow.levels]
        assert values == pytest.approx([expected[0], expected[1] / 1e6, expected[2] / 1e3], abs=1e-9), seed
        assert [level.bound for level in flow.levels] == values
        program = _by_program(case, (), stable=False, progress=None)
        assert [level.value for level in program.levels] == pytest.approx(values, abs=1e-9), seed
        fewer += covered < len(set(edges.member[edges.covers].tolist()))
    # Somewhere the capacities left lower schools out.
    assert fewer > 10


def test_without_coverage_the_benefit_is_the_first_level() -> None:
    """A7 off: other plans than with it, and still those of NetworkX."""
    other = 0
    for seed in range(40):
        case = case_of(*random_hubs(seed))
        edges, capacities = case.network.edges, case.capacities
        flow = solve_hubs(edges, USUAL, capacities, case.stop, covering=False)
        assert flow is not None
        assert [level.name for level in flow.levels] == ["benefit", "distance"]
        _, units, metres = oracle(edges, capacities, covering=False)
        values = [level.value for level in flow.levels]
        assert values == pytest.approx([units / 1e6, metres / 1e3], abs=1e-9), seed
        other += units != oracle(edges, capacities, covering=True)[1]
    assert other > 5


def test_nobody_to_join() -> None:
    """A tag that everybody has, and one that nobody has: no edges, every level 0 and proven."""
    tables = district([school(c, quality=q, tags=("art",)) for c, q in (("A", 90.0), ("B", 10.0))])
    decision = form_alliances(tables, POLICY, form="hub")
    assert decision.status is Status.OPTIMAL
    assert [(level.value, level.bound) for level in decision.levels] == [(0.0, 0.0)] * 3


def test_numbers_too_large_for_the_flow_go_another_way() -> None:
    """A wish of 10^12 points is 10^18 millionths: sums of them do not fit into 64 bits."""
    tables = district(
        [school("A", quality=90, tags=("art",)), *(school(c, quality=10, km=1) for c in "BCD")],
        links=(link("A", "D", LinkKind.WISH, 1e12),),
    )
    case = case_of(tables, {})
    assert solve_hubs(case.network.edges, USUAL, {}, case.stop, covering=True) is None
