"""Renewal (A8): how many may change, which, why, and what keeping would have cost."""

from __future__ import annotations

import numpy as np
import pytest

from allocator.alliance.links import ordered
from allocator.alliances import alliance_network, form_alliances
from allocator.domain.choices import AllianceForm, LinkKind
from allocator.domain.district import District
from allocator.domain.plan import Status
from allocator.io.policies import load_policy
from tests.alliance.alliance_cases import district, existing, link, matchings, random_district, school

POLICY = load_policy()
HARD = load_policy(overrides=["rules.A8=hard"])


def four_pairs() -> District:
    """Leads L1-L4, members M1-M4, all near; together Li-Mi. Wishes of 1 cross over: L1-M2, L2-M1, L3-M4, L4-M3.

    ceil(0.4 x 10) = 4 strong; two more schools lie far away.
    """
    schools = [
        *(school(f"L{k}", quality=90 - k, km=k) for k in range(1, 5)),
        *(school(f"M{k}", quality=50 - k, km=k) for k in range(1, 5)),
        school("X1", quality=1, km=500),
        school("X2", quality=1, km=900),
    ]
    crossing = (("L1", "M2"), ("L2", "M1"), ("L3", "M4"), ("L4", "M3"))
    return district(
        schools,
        links=tuple(link(a, b, LinkKind.WISH, 1.0) for a, b in crossing),
        memberships=existing(AllianceForm.PAIR, {f"P{k}": (f"L{k}", f"M{k}") for k in range(1, 5)}),
    )


def test_at_most_the_share_changes() -> None:
    """30 % of 8 schools are 2.4, so 2: no crossing (it changes four) fits, and all stay.

    Half of them may: one crossing of two, 2 of benefit; without A8 both, 4.
    """
    kept = form_alliances(four_pairs(), POLICY)
    assert [(level.name, level.value) for level in kept.levels][:3] == [
        ("breaches", 0),
        ("coverage", 4),
        ("benefit", 0),
    ]
    assert kept.changes == ()
    assert kept.plan is not None
    assert {row.since for row in kept.plan.memberships} == {2023}
    assert {row.alliance_id for row in kept.plan.memberships} == {"P1", "P2", "P3", "P4"}
    half = form_alliances(four_pairs(), load_policy(overrides=["alliance.max_change_share=0.5"]))
    assert half.levels[2].value == pytest.approx(2)
    assert len(half.changes) == 2
    free = form_alliances(four_pairs(), load_policy(overrides=["rules.A8=off"]))
    assert [(level.name, level.value) for level in free.levels][:2] == [("coverage", 4), ("benefit", 4)]


def test_each_change_says_what_keeping_would_have_cost() -> None:
    """With half: one crossing, 2 of benefit. Keeping one of its old pairs, the other crossing is as good."""
    half = form_alliances(four_pairs(), load_policy(overrides=["alliance.max_change_share=0.5"]))
    for change in half.changes:
        assert change.cost is not None
        assert change.cost["benefit"] == pytest.approx(0)
    every = form_alliances(four_pairs(), load_policy(overrides=["alliance.max_change_share=1"]))
    assert len(every.changes) == 4
    for change in every.changes:
        # L1-M1 kept: L2 and M2 are left, 2 less of benefit.
        assert change.cost is not None
        assert change.cost["benefit"] == pytest.approx(2)
        assert change.cost["coverage"] == 0


def test_a_pair_that_the_rules_part_is_a_breach_with_a_price() -> None:
    """Two pairs of two: one is now 20 km apart. 30 % of 4 is 1; its two schools change, 1 beyond, price 1."""
    schools = [
        school("A", quality=90, km=0),
        school("B", quality=80, km=0),
        school("C", quality=20, km=20),
        school("D", quality=10, km=1),
        school("E", quality=5, km=500),
    ]
    tables = district(schools, memberships=existing(AllianceForm.PAIR, {"P1": "AC", "P2": "BD"}))
    decision = form_alliances(tables, POLICY)
    assert (decision.levels[0].name, decision.levels[0].value) == ("breaches", 1)
    (change,) = decision.changes
    assert (change.lead, change.member, change.barred, change.cost) == ("A", "C", ("A4",), None)
    hard = form_alliances(tables, HARD)
    assert hard.status is Status.INFEASIBLE
    (problem,) = hard.problems
    assert all(rule in problem.text("en") for rule in ("A4", "A8"))


def best_renewed(tables: District, ties: list[tuple[int, int]], most: int) -> tuple[float, ...]:
    """Least breach, then the levels, over all plans of pairs."""
    network = alliance_network(tables, POLICY)
    edges = network.edges
    ends = [ordered(a, b) for a, b in zip(edges.lead.tolist(), edges.member.tolist(), strict=True)]
    found = []
    for chosen in matchings(ends):
        now = {ends[e] for e in chosen}
        if network.links.together <= now:
            changed = 2 * sum(tie not in now for tie in ties)
            picked = edges.take(np.array(chosen, dtype=np.int64))
            levels = picked.covers.sum(), round(picked.benefit.sum(), 6), -round(picked.km.sum(), 3)
            found.append((-max(0, changed - most), *levels))
    return max(found)


def test_renewals_are_what_brute_force_finds() -> None:
    """A random pairing of the last period, some of whose pairs the rules part now."""
    tried = 0
    for seed in range(300, 360):
        bare = random_district(seed, links=1)
        if form_alliances(bare, POLICY).plan is None:
            continue
        order = np.random.default_rng(seed).permutation(7).tolist()
        ties = [ordered(order[k], order[k + 1]) for k in (0, 2, 4)]
        alliances = {f"P{k}": (f"S{a}", f"S{b}") for k, (a, b) in enumerate(ties)}
        tables = bare.model_copy(update={"memberships": existing(AllianceForm.PAIR, alliances)})
        decision = form_alliances(tables, POLICY)
        breach, coverage, benefit, km = best_renewed(tables, ties, most=1)
        values = [level.value for level in decision.levels]
        assert values == pytest.approx([-breach, coverage, benefit, -km], abs=1e-9), seed
        assert decision.status is Status.OPTIMAL
        tried += 1
    assert tried > 30


def test_hubs_are_renewed_by_lead_and_member() -> None:
    """A led C and D; both stay although B is nearer; without A8 both go to B. Tags count nothing here."""
    schools = [
        school("A", quality=90, km=10, tags=("art",)),
        school("B", quality=80, km=0, tags=("art",)),
        *(school(c, quality=10, km=0) for c in "CD"),
    ]
    tables = district(schools, memberships=existing(AllianceForm.HUB, {"H7": "ACD"}))
    kept = form_alliances(tables, load_policy(overrides=["alliance.tag_weight=0"]), form="hub")
    assert kept.plan is not None
    assert [(r.alliance_id, r.school_id) for r in kept.plan.memberships] == [
        ("H7", "A"),
        ("H7", "C"),
        ("H7", "D"),
    ]
    free = form_alliances(tables, load_policy(overrides=["alliance.tag_weight=0", "rules.A8=off"]), form="hub")
    assert free.plan is not None
    assert free.plan.memberships[0].school_id == "B"
