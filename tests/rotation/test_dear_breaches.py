"""Prices of breaches far apart and not whole, where a row with rounding holds their sum."""

from __future__ import annotations

import pytest

from allocator.domain.district import District
from allocator.domain.policy import Mode, Policy
from allocator.domain.run import Limits
from allocator.engine import rotate
from tests.rotation.small import AS_OF, every_plan
from tests.rotation.switched import case

ELASTIC = ("R4", "R5", "R8", "R11", "R12", "R13", "R16")
PRICES = {"R4": 7, "R5": 1000, "R8": 10_000.1, "R8_minutes": 1, "R11": 0.37, "R12": 1000, "R13": 1, "R16": 1000}
ONCE_WRONG = 1360
"""The least balance is 8.8667; HiGHS proves 9 where the row's room for rounding equals its own tolerance."""


def dear(seed: int) -> tuple[District, Policy]:
    """A small district whose rules give way at prices from 0.37 to 10,000.1."""
    district, policy = case(seed)
    modes = {rule: Mode.ELASTIC for rule in ELASTIC if policy.active(rule) or policy.gives_way(rule)}
    modes["R12"] = Mode.ELASTIC
    rules = policy.rules.model_copy(update=modes)
    elastic = policy.elastic.model_copy(update=PRICES)
    return district, policy.model_copy(update={"rules": rules, "elastic": elastic})


@pytest.mark.parametrize("seed", [*range(60), ONCE_WRONG])
def test_levels_after_dear_breaches_equal_brute_force(seed: int) -> None:
    """A room for rounding near the tolerance of the search (1e-6 both, or 1e-9 both) fails at the last seed."""
    district, policy = dear(seed)
    best = every_plan(district, policy).best()
    levels = rotate(district, policy, as_of=AS_OF, limits=Limits(gap=1e-6)).levels
    if best is None:
        assert levels == ()
        return
    assert [level.value for level in levels] == pytest.approx(best, rel=1e-6, abs=1e-6)
    assert [level.bound for level in levels] == pytest.approx(best, rel=2e-6, abs=2e-6)
