"""A district made ready once, and any plan for it judged by the independent checker."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from allocator.checking import check_rotation
from allocator.domain.plan import Move
from allocator.engine import reference_date
from allocator.generation import generate
from allocator.indicators import derive_posts
from allocator.io.policies import load_policy
from allocator.rotation.facts import Facts, facts

POLICY = "national-2017"


def staffed_facts(schools: int, seed: int) -> Facts:
    """Generate a district and turn it into arrays, with the posts filled in."""
    district, policy = generate(schools, seed=seed), load_policy(POLICY)
    month, _ = reference_date(district, policy)
    staffed = district.model_copy(update={"posts": derive_posts(district, policy)})
    return facts(staffed, policy, month)


def judged(facts: Facts, moves: Sequence[Move]) -> dict[str, Any]:
    """Judge a plan by the checker: levels, number of moves, and the rules it breaks."""
    report = check_rotation(facts.district, facts.policy, moves, facts.as_of)
    return {
        "moved": report.moved,
        "values": dict(report.levels),
        "broken": sorted({v.rule for v in report.violations}),
        "breaches": len(report.violations),
    }
