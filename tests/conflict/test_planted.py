"""A hundred districts with too many rules: every conflict is verified, every repair the cheapest plan."""

from __future__ import annotations

import random
from itertools import combinations

import numpy as np
import pytest

from allocator.domain.conflict import Conflict
from allocator.domain.district import District
from allocator.domain.plan import Decision, Status
from allocator.domain.policy import Policy
from allocator.domain.run import Limits
from allocator.engine import rotate
from tests.rotation.enumeration import count_plans
from tests.rotation.small import AS_OF, every_plan, small_district, small_policy

WANTED = 100
MOST_PLANS = 150


def case(seed: int) -> tuple[District, Policy]:
    """A small district whose quota or backbone share asks for a lot."""
    draw = random.Random(f"conflict {seed}")
    district, policy = small_district(seed), small_policy(seed)
    least = draw.choice((0.3, 0.6, 0.9))
    changes = {"min_share": least, "max_share": max(least, draw.choice((0.5, 1.0)))}
    changes["min_backbone_share"] = draw.choice((0.2, 0.5, 0.9))
    changes["max_km"] = draw.choice((3.0, 12.0, 20.0))
    return district, policy.model_copy(update={"rotation": policy.rotation.model_copy(update=changes)})


def broken_sets(district: District, policy: Policy) -> set[frozenset[str]]:
    """For every plan, the rules it breaks."""
    plans = every_plan(district, policy)
    rules = policy.hard_rules[1:]
    rows = np.unique(np.column_stack([plans.price[rule] > 0 for rule in rules]), axis=0)
    return {frozenset(rule for rule, broken in zip(rules, row, strict=True) if broken) for row in rows}


def conflicting(seed: int) -> tuple[District, Policy, set[frozenset[str]]] | None:
    """The case of a seed and what its plans break, if every plan breaks something."""
    district, policy = case(seed)
    if count_plans(district, policy, AS_OF) > MOST_PLANS:
        return None
    broken = broken_sets(district, policy)
    return None if frozenset() in broken else (district, policy, broken)


SEEDS = range(1000)


@pytest.fixture(scope="module")
def cases() -> list[tuple[int, District, Policy, set[frozenset[str]]]]:
    """The first hundred cases without a plan."""
    found: list[tuple[int, District, Policy, set[frozenset[str]]]] = []
    for seed in SEEDS:
        known = conflicting(seed)
        if known is not None:
            found.append((seed, *known))
        if len(found) == WANTED:
            break
    return found


def test_a_hundred_conflicts_are_smallest_and_irreducible(
    cases: list[tuple[int, District, Policy, set[frozenset[str]]]],
) -> None:
    """Against every plan: all break a rule of the set; without any one of them some plan obeys the rest.

    And no smaller set has that property. A set with a rule too many or too few fails on one of the two.
    """
    assert len(cases) == WANTED
    for seed, district, policy, broken in cases:
        decision = rotate(district, policy, as_of=AS_OF)
        assert decision.status is Status.INFEASIBLE, seed
        conflict = decision.conflict
        assert conflict is not None, seed
        rules = set(conflict.rules)
        assert rules, seed
        assert all(b & rules for b in broken), (seed, rules)
        for rule in rules:
            assert any(not b & (rules - {rule}) for b in broken), (seed, rule)
        assert conflict.smallest, seed
        assert len(rules) == fewest(broken), (seed, rules)
        _least_amounts(district, policy, conflict)


def fewest(broken: set[frozenset[str]]) -> int:
    """Size of the smallest set of rules that meets what every plan breaks, by trying all sets."""
    rules = sorted(set().union(*broken))
    return next(
        size
        for size in range(1, len(rules) + 1)
        if any(all(b & set(chosen) for b in broken) for chosen in combinations(rules, size))
    )


def _least_amounts(district: District, policy: Policy, conflict: Conflict) -> None:
    """No plan that obeys the other members breaks a member for a lower price than the one shown."""
    for member in conflict.members:
        others = {"R1", "R2", *conflict.rules} - {member.rule}
        profile = policy.with_rules(others, [member.rule])
        plans = every_plan(district, profile)
        prices = plans.levels["breaches"][plans.legal]
        assert member.least
        assert sum(v.price or 0.0 for v in member.witnesses) == pytest.approx(min(prices))


def test_a_hundred_repairs_are_the_cheapest(
    cases: list[tuple[int, District, Policy, set[frozenset[str]]]],
) -> None:
    """The checker's price of the repaired plan, and every level after it, is what trying every plan finds."""
    for seed, district, policy, _ in cases:
        decision = rotate(district, policy, as_of=AS_OF, limits=Limits(gap=0.0), repair=True)
        best = every_plan(district, policy.relaxed()).best()
        if best is None:
            assert decision.status is Status.INFEASIBLE, seed
            continue
        assert decision.check is not None, seed
        assert decision.check.passed, seed
        assert decision.check.price > 0, seed
        assert decision.levels[0].name == "breaches"
        assert [level.value for level in decision.levels] == pytest.approx(best, rel=1e-6, abs=1e-6), seed
        assert [level.bound for level in decision.levels] == pytest.approx(best, rel=1e-5, abs=1e-5), seed
        untouched(decision)


def untouched(decision: Decision) -> None:
    """No untouchable rule is broken."""
    assert not {v.rule for v in decision.violations} & set(decision.policy.elastic.untouchable)
