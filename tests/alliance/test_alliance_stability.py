"""Blocking pairs and the price of stability, against brute force over all plans."""

from __future__ import annotations

import numpy as np
import pytest

from allocator.alliance.edges import Edges
from allocator.alliance.stability import greedy
from allocator.alliances import alliance_network, form_alliances
from allocator.domain.choices import LinkKind
from allocator.domain.district import District
from allocator.domain.plan import Status
from allocator.errors import UsageError
from allocator.io.policies import load_policy
from tests.alliance.alliance_cases import district, link, matchings, random_district, school

POLICY = load_policy()


def blockers(edges: Edges, chosen: tuple[int, ...], bound: frozenset[int]) -> list[tuple[int, int]]:
    """Pairs that would both gain, straight from the definition."""
    partner: dict[int, int] = {}
    for e in chosen:
        partner[int(edges.lead[e])] = partner[int(edges.member[e])] = e

    def gain(e: int) -> tuple[int, int]:
        return (int(edges.units[e]), -int(edges.metres[e]))

    found = []
    for e in range(len(edges)):
        ends = int(edges.lead[e]), int(edges.member[e])
        if not bound.intersection(ends) and all(s not in partner or gain(e) > gain(partner[s]) for s in ends):
            found.append(ends)
    return found


def best_stable(tables: District) -> tuple[float, float, float] | None:
    """Best levels over all plans that keep the links and have no blocking pair."""
    network = alliance_network(tables, POLICY)
    edges, together = network.edges, network.links.together
    bound = frozenset(s for pair in together for s in pair)
    ends = list(zip(edges.lead.tolist(), edges.member.tolist(), strict=True))
    found = []
    for chosen in matchings(ends):
        if together <= {(min(ends[e]), max(ends[e])) for e in chosen} and not blockers(edges, chosen, bound):
            picked = edges.take(np.array(chosen, dtype=np.int64))
            found.append((picked.covers.sum(), round(picked.benefit.sum(), 6), -round(picked.km.sum(), 3)))
    return max(found, default=None)


def test_stable_plans_are_what_brute_force_finds() -> None:
    tried = 0
    for seed in range(100, 180):
        tables = random_district(seed)
        best = best_stable(tables)
        decision = form_alliances(tables, POLICY, stable=True)
        if best is None:
            assert decision.status is Status.INFEASIBLE
            continue
        tried += 1
        assert decision.blocking == ()
        values = [level.value for level in decision.levels]
        assert values == pytest.approx([best[0], best[1], -best[2]], abs=1e-9), seed
        free = [level.value for level in form_alliances(tables, POLICY).levels]
        price = decision.stable_price
        assert price is not None
        losses = [free[0] - values[0], free[1] - values[1], values[2] - free[2]]
        assert list(price.values()) == pytest.approx(losses, abs=1e-9)
    assert tried > 40


def test_blocking_pairs_are_those_of_the_definition() -> None:
    for seed in range(40):
        tables = random_district(seed)
        decision = form_alliances(tables, POLICY)
        if decision.plan is None:
            continue
        network = alliance_network(tables, POLICY)
        number = network.schools.number()
        members = {(r.alliance_id, r.role.value): number[r.school_id] for r in decision.plan.memberships}
        pairs = {frozenset((s, members[a, "member"])) for (a, role), s in members.items() if role == "lead"}
        edges = network.edges
        chosen = tuple(
            e for e in range(len(edges)) if frozenset((int(edges.lead[e]), int(edges.member[e]))) in pairs
        )
        bound = frozenset(s for pair in network.links.together for s in pair)
        expected = {(network.schools.ids[a], network.schools.ids[b]) for a, b in blockers(edges, chosen, bound)}
        assert {(b.lead, b.member) for b in decision.blocking} == expected


def tempted() -> District:
    """Leads A and B, members C and D; links as wishes make benefits A-C 3, A-D 2, B-C 2; B-D is out of reach.

    The county wants coverage 2: A-D and B-C. A and C would both gain 3 for 2 and block it.
    """
    wishes = (("A", "C", 3.0), ("A", "D", 2.0), ("B", "C", 2.0))
    schools = [
        school("A", quality=90, km=10),
        school("B", quality=80, km=0),
        school("C", quality=20, km=5),
        school("D", quality=10, km=20),
        school("E", quality=5, km=300),
    ]
    return district(schools, links=tuple(link(a, b, LinkKind.WISH, w) for a, b, w in wishes))


def test_the_price_of_stability_by_hand() -> None:
    """Stable is A-C alone: one school less covered, 1 of benefit less (3 for 4), 10 km less."""
    free = form_alliances(tempted(), POLICY)
    (pair,) = free.blocking
    assert (pair.lead, pair.member, pair.benefit) == ("A", "C", 3.0)
    assert (pair.lead_partner, pair.lead_benefit) == ("D", 2.0)
    assert (pair.member_partner, pair.member_benefit) == ("B", 2.0)
    stable = form_alliances(tempted(), POLICY, stable=True)
    assert [level.value for level in stable.levels][:2] == [1, 3]
    price = stable.stable_price
    assert price is not None
    assert price["coverage"] == 1
    assert price["benefit"] == pytest.approx(1)
    assert price["distance"] == pytest.approx(-10, abs=0.01)


def test_a_bound_pair_blocks_nobody() -> None:
    """A and D must stay together, so A may not leave for C."""
    rows = (*tempted().links, link("A", "D", LinkKind.TOGETHER))
    assert form_alliances(tempted().model_copy(update={"links": rows}), POLICY).blocking == ()


def test_greedy_says_when_its_plan_is_the_only_one() -> None:
    """Two equal edges at one school: either is stable."""
    one = np.ones(2)
    equal = Edges(
        np.array([0, 0]),
        np.array([1, 2]),
        one,
        one,
        np.zeros(2, dtype=np.int64),
        0 * one,
        one,
        one.astype(bool),
        np.array([-1, -1]),
    )
    assert greedy(equal, 3)[1] is False
    assert greedy(equal.take(np.array([0])), 3)[1] is True


def test_hubs_have_no_partners_to_leave() -> None:
    with pytest.raises(UsageError):
        form_alliances(tempted(), POLICY, form="hub", stable=True)
