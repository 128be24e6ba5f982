"""Pairs: the matching against brute force and NetworkX, and hand-calculated plans."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest

from allocator.alliance.edges import Edges
from allocator.alliance.links import ordered
from allocator.alliance.pairs import match, weights
from allocator.alliances import alliance_network, form_alliances
from allocator.domain.choices import LinkKind, SchoolKind
from allocator.domain.district import District
from allocator.domain.plan import Status
from allocator.domain.run import StopSignal
from allocator.io.policies import load_policy
from tests.alliance.alliance_cases import district, link, matchings, random_district, school

POLICY = load_policy()


def best_by_brute_force(tables: District, form: str = "pair") -> tuple[float, float, float] | None:
    """Best (coverage, benefit, -km) over all plans; None if the links allow none.

    The edges are those of the network, which tests of its own hold; here the choice among them is tried out.
    """
    network = alliance_network(tables, POLICY, form=form)  # type: ignore[arg-type]  # a Literal in both callers
    edges = network.edges
    ends = list(zip(edges.lead.tolist(), edges.member.tolist(), strict=True))
    found = []
    for chosen in matchings(ends):
        pairs = {ordered(*ends[e]) for e in chosen}
        if network.links.together <= pairs:
            picked = edges.take(np.array(chosen, dtype=np.int64))
            found.append((picked.covers.sum(), round(picked.benefit.sum(), 6), -round(picked.km.sum(), 3)))
    return max(found, default=None)


@pytest.mark.parametrize("part", range(5))
def test_pairs_are_what_brute_force_finds(part: int) -> None:
    """500 networks with links; a matching that forgot a level or a link would differ in some of them."""
    feasible = 0
    for seed in range(part * 100, part * 100 + 100):
        tables = random_district(seed)
        best = best_by_brute_force(tables)
        decision = form_alliances(tables, POLICY)
        if best is None:
            assert decision.status is Status.INFEASIBLE, seed
            assert decision.problems, seed
        else:
            feasible += 1
            assert decision.status is Status.OPTIMAL
            values = [level.value for level in decision.levels]
            assert values == pytest.approx([best[0], best[1], -best[2]], abs=1e-9), seed
    assert 50 < feasible < 100


def test_chains_are_what_brute_force_finds() -> None:
    for seed in range(40):
        tables = random_district(seed)
        best = best_by_brute_force(tables, "chain")
        decision = form_alliances(tables, POLICY, form="chain")
        if best is None:
            assert decision.status is Status.INFEASIBLE
        else:
            values = [level.value for level in decision.levels]
            assert values == pytest.approx([best[0], best[1], -best[2]], abs=1e-9), seed


def random_edges(schools: int, neighbours: int, seed: int) -> Edges:
    """Edges of a general graph: not only between strong and lower schools."""
    rng = np.random.default_rng(seed)
    pairs = {
        ordered(i, int(j))
        for i in range(schools)
        for j in rng.choice(schools, neighbours, replace=False)
        if i != j
    }
    lead, member = np.array(sorted(pairs), dtype=np.int64).T
    count = len(lead)
    benefit = np.round(rng.random(count) * 3, 6)
    return Edges(
        lead,
        member,
        np.round(rng.random(count) * 15, 3),
        benefit,
        np.zeros(count, dtype=np.int64),
        np.zeros(count),
        benefit,
        rng.random(count) < 0.7,
        np.full(count, -1),
    )


@pytest.mark.parametrize("seed", range(10))
def test_matching_weighs_what_networkx_finds(seed: int) -> None:
    edges = random_edges(60, 4, seed)
    total = weights(edges)
    chosen = match(edges, 60, np.zeros(0, dtype=np.int64), StopSignal()).chosen
    assert chosen is not None
    graph: nx.Graph[int] = nx.Graph()
    ends = zip(edges.lead.tolist(), edges.member.tolist(), strict=True)
    graph.add_weighted_edges_from((a, b, w) for (a, b), w in zip(ends, total, strict=True))
    oracle = sum(graph.edges[pair]["weight"] for pair in nx.max_weight_matching(graph))
    assert sum(total[e] for e in chosen) == oracle


def test_weights_are_lexicographic() -> None:
    """One lower school outweighs all benefit, a millionth of benefit all kilometres."""
    edges = random_edges(30, 5, 1)
    total = np.array(weights(edges), dtype=object)
    rng = np.random.default_rng(0)
    for _ in range(300):
        one, other = (rng.choice(len(edges), 15, replace=False) for _ in range(2))
        keys = [(edges.covers[k].sum(), edges.units[k].sum(), -edges.metres[k].sum()) for k in (one, other)]
        sums = [total[k].sum() for k in (one, other)]
        assert (keys[0] > keys[1]) == (sums[0] > sums[1])


def two_towns() -> District:
    """Five primaries, ceil(0.4 x 5) = 2 strong (A, B); equipment 4000 gives a surplus of 1 over 2000.

    C misses half of its equipment (deficit 0.5), D a quarter, E nothing. Places: A 0 km, B 10, C 1, D 9, E 4.
    """
    return district(
        [
            school("A", quality=90, km=0, equipment=4000),
            school("B", quality=80, km=10, equipment=3000),
            school("C", quality=50, km=1, equipment=1000),
            school("D", quality=40, km=9, equipment=1500),
            school("E", quality=30, km=4, equipment=2000, tags=("art",)),
        ]
    )


def test_two_pairs_by_hand() -> None:
    """Two leads: coverage 2. Benefits: A-C 0.5, B-C 0.5, A-D and B-D 0.25, E 0: C and D, 0.75.

    A-C and B-D are 1 + 1 = 2 km, A-D and B-C 9 + 9 = 18 km. Distance before benefit would pair nobody; benefit
    alone would not tell the two apart. E stays outside, all its partners taken.
    """
    decision = form_alliances(two_towns(), POLICY)
    assert [(level.name, level.value) for level in decision.levels] == [
        ("coverage", 2),
        ("benefit", pytest.approx(0.75)),
        ("distance", pytest.approx(2.0, abs=0.002)),
    ]
    assert [level.bound for level in decision.levels] == [level.value for level in decision.levels]
    assert decision.plan is not None
    rows = [(row.alliance_id, row.school_id, row.role.value, row.since) for row in decision.plan.memberships]
    assert rows == [
        ("P001", "A", "lead", 2026),
        ("P001", "C", "member", 2026),
        ("P002", "B", "lead", 2026),
        ("P002", "D", "member", 2026),
    ]
    assert [(row.school_id, row.reason) for row in decision.outside] == [("E", "taken")]


def test_a_wish_and_a_shared_tag_count_as_stated() -> None:
    """A wish of 2 for B and E: 2 + C with A 0.5 = 2.5 beats 0.75; forgotten, it would stay 0.75."""
    tables = two_towns().model_copy(update={"links": (link("E", "B", LinkKind.WISH, 2.0),)})
    assert [level.value for level in form_alliances(tables, POLICY).levels][:2] == [2, pytest.approx(2.5)]
    network = alliance_network(tables, POLICY)
    worth = network.worth("B", "E")
    assert (worth.terms, worth.shared_tags, worth.wish, worth.benefit) == ((), (), 2.0, 2.0)
    worth = network.worth("A", "C")
    ((stage, indicator, surplus, deficit),) = [
        (t.stage.value, t.indicator, t.surplus, t.deficit) for t in worth.terms
    ]
    assert (stage, indicator, surplus, deficit) == ("primary", "I6", 1.0, 0.5)


def test_links_bind() -> None:
    """Apart A-C leaves C to B; together A-E takes A away from both."""
    apart = two_towns().model_copy(update={"links": (link("A", "C", LinkKind.APART),)})
    levels = [level.value for level in form_alliances(apart, POLICY).levels]
    assert levels == [2, pytest.approx(0.75), pytest.approx(18.0, abs=0.01)]
    together = two_towns().model_copy(update={"links": (link("E", "A", LinkKind.TOGETHER),)})
    decision = form_alliances(together, POLICY)
    assert [level.value for level in decision.levels][:2] == [2, pytest.approx(0.5)]
    assert decision.plan is not None
    assert {row.school_id for row in decision.plan.memberships} == {"A", "E", "B", "C"}


def test_same_level_pairs_are_of_schools_alike() -> None:
    """A and B are strong, C, D, E lower: of five schools two pairs, never across."""
    decision = form_alliances(two_towns(), POLICY, kind="same_level")
    assert decision.plan is not None
    of_alliance: dict[str, set[str]] = {}
    for row in decision.plan.memberships:
        of_alliance.setdefault(row.alliance_id, set()).add(row.school_id)
    assert all(pair == {"A", "B"} or pair < {"C", "D", "E"} for pair in of_alliance.values())
    # A pair of lower schools covers one of them.
    assert decision.levels[0].value == 1


def test_chain_by_area_and_places() -> None:
    """Two primaries with 40 leavers, juniors with 90 seats (30 a year) and 150 (50 a year) in one district.

    Only the larger can take them; a primary of another district gets nobody.
    """
    schools = [
        school("P1", quality=50, learning_district="east", pupils_g6=40),
        school("P2", quality=40, learning_district="west", pupils_g6=40),
        school("J1", quality=50, kind=SchoolKind.JUNIOR, learning_district="east", seats_junior=90),
        school("J2", quality=40, kind=SchoolKind.JUNIOR, learning_district="east", seats_junior=150),
    ]
    decision = form_alliances(district(schools), POLICY, form="chain")
    assert decision.plan is not None
    assert {row.school_id for row in decision.plan.memberships} == {"P1", "J2"}
    assert {row.school_id: row.reason for row in decision.outside} == {"P2": "area", "J1": "capacity"}
    network = alliance_network(district(schools), POLICY, form="chain")
    assert network.why_missing("J1", "P1") == ("capacity",)
    assert network.why_missing("J2", "P2") == ("area",)
    assert network.why_missing("P1", "P2") == ("A2", "area")


def test_the_graph_tells_edges_and_why_others_are_missing() -> None:
    graph = alliance_network(two_towns(), POLICY).graph()
    assert set(graph.edges) == {(a, b) for a in "AB" for b in "CDE"}
    assert graph.nodes["A"]["strong"] == {"primary": True}
    assert graph.nodes["C"]["indicators"]["primary"]["I6"] == 1000
    edge = graph.edges["A", "C"]
    assert (edge["benefit"], edge["km"], edge["covers"]) == (0.5, pytest.approx(1.0, abs=0.001), True)
    every = alliance_network(two_towns(), POLICY).graph(all_pairs=True)
    assert every.number_of_edges() == 20
    assert every.edges["C", "A"]["missing"] == ("A3",)
    assert not every.edges["C", "A"]["eligible"]
