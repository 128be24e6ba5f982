"""Hubs: against brute force over all assignments, and hand-calculated plans."""

from __future__ import annotations

from collections import Counter
from itertools import chain, combinations

import numpy as np
import pytest

from allocator.alliance.edges import Edges
from allocator.alliance.links import Links
from allocator.alliances import alliance_network, form_alliances
from allocator.domain.choices import LinkKind
from allocator.domain.district import District
from allocator.domain.plan import Status
from allocator.io.policies import load_policy
from tests.alliance.alliance_cases import district, link, random_district, school

CAPACITY = 2
POLICY = load_policy(overrides=[f"alliance.hub_capacity={CAPACITY}"])


def obeys(edges: Edges, links: Links, chosen: tuple[int, ...]) -> bool:
    """Capacity, one hub of a tag each (as lead or member), links."""
    hubs: dict[tuple[int, int], set[int]] = {}
    parts: Counter[tuple[int, int]] = Counter()
    for e in chosen:
        key = int(edges.lead[e]), int(edges.tag[e])
        hubs.setdefault(key, set()).add(int(edges.member[e]))
        parts[int(edges.member[e]), int(edges.tag[e])] += 1
    for lead, tag in hubs:
        parts[lead, tag] += 1
    inside = [members | {lead} for (lead, _), members in hubs.items()]
    return (
        all(len(members) <= CAPACITY for members in hubs.values())
        and max(parts.values(), default=0) <= 1
        and all(any({a, b} <= own for own in inside) for a, b in links.together)
        and not any({a, b} <= own for own in inside for a, b in links.apart)
    )


def best(tables: District) -> tuple[float, float, float] | None:
    """Best levels over all subsets of the edges."""
    network = alliance_network(tables, POLICY, form="hub")
    edges = network.edges
    every = range(len(edges))
    found = []
    for chosen in chain.from_iterable(combinations(every, k) for k in range(len(edges) + 1)):
        if obeys(edges, network.links, chosen):
            picked = edges.take(np.array(chosen, dtype=np.int64))
            covered = len(set(picked.member[picked.covers].tolist()))
            found.append((covered, round(picked.benefit.sum(), 6), -round(picked.km.sum(), 3)))
    return max(found, default=None)


def test_hubs_are_what_brute_force_finds() -> None:
    tried = infeasible = 0
    for seed in range(200, 300):
        tables = random_district(seed, schools=5, links=2)
        if len(alliance_network(tables, POLICY, form="hub").edges) > 12:
            continue
        tried += 1
        expected = best(tables)
        decision = form_alliances(tables, POLICY, form="hub")
        if expected is None:
            infeasible += 1
            assert decision.status is Status.INFEASIBLE, seed
        else:
            values = [level.value for level in decision.levels]
            assert values == pytest.approx([expected[0], expected[1], -expected[2]], abs=1e-9), seed
    assert tried > 40
    assert infeasible > 0


def town() -> District:
    """A leads art and sport, B art; C to F have nothing. Equipment only at A, lacking by half at C to F."""
    schools = [
        school("A", quality=90, km=0, equipment=4000, tags=("art", "sport")),
        school("B", quality=80, km=10, equipment=2000, tags=("art",)),
        *(school(c, quality=10, km=k, equipment=1000) for k, c in enumerate("CDEF", start=1)),
    ]
    return district(schools)


def test_a_member_in_hubs_of_two_tags() -> None:
    """Each of A's hubs takes two at 0.5, B's art hub takes others at 0; A and B join no art hub.

    Lower schools: ceil(0.4 x 6) = 3 strong (A, B, C), so D, E, F: coverage 3, benefit 4 x 0.5 = 2.
    """
    decision = form_alliances(town(), POLICY, form="hub")
    assert [level.value for level in decision.levels][:2] == [3, pytest.approx(2.0)]
    assert decision.plan is not None
    assert set(decision.plan.tags.values()) <= {"art", "sport"}
    parts = Counter((r.school_id, decision.plan.tags[r.alliance_id]) for r in decision.plan.memberships)
    assert max(parts.values()) == 1
    roles = {(r.school_id, decision.plan.tags[r.alliance_id], r.role.value) for r in decision.plan.memberships}
    assert not {("A", "art", "member"), ("B", "art", "member")} & roles


def test_capacities_of_single_leads() -> None:
    """With three members a hub, A's two take all three lower schools or C: 6 x 0.5."""
    decision = form_alliances(town(), POLICY, form="hub", capacities={"A": 3})
    assert decision.levels[1].value == pytest.approx(3.0)


def test_apart_members_of_one_hub() -> None:
    """D and E may not be in one hub; art alone, from A alone: two of four, not D with E."""
    tables = town().model_copy(update={"links": (link("D", "E", LinkKind.APART),)})
    decision = form_alliances(tables, POLICY, form="hub", tags=["art"], leads=["A"])
    assert decision.plan is not None
    assert not {"D", "E"} <= {row.school_id for row in decision.plan.memberships}
    assert decision.levels[0].value == 2


def test_flow_and_integer_program_agree() -> None:
    """Thirty schools, no links: the faces of the flow, and the program with a row a level."""
    for seed in range(5):
        tables = random_district(seed, schools=30, links=0)
        flow = form_alliances(tables, POLICY, form="hub")
        # Some slack, of which nothing is used: the way of the integer program.
        by_program = form_alliances(
            tables,
            load_policy(overrides=[f"alliance.hub_capacity={CAPACITY}", "alliance.slack=0.0000000001"]),
            form="hub",
        )
        assert flow.status is by_program.status is Status.OPTIMAL
        values = [[level.value for level in decision.levels] for decision in (flow, by_program)]
        assert values[0] == pytest.approx(values[1], abs=1e-6)
        assert values[0][0] > 0
