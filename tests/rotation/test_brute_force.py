"""The engine finds, level by level, what trying every plan finds."""

from __future__ import annotations

import pytest

from allocator.checking import eligibility
from allocator.domain.plan import Status
from allocator.domain.run import Limits
from allocator.engine import rotate
from tests.rotation.small import AS_OF, brute_force, small_district, small_policy


@pytest.mark.parametrize("seed", range(400))
def test_levels_equal_brute_force(seed: int) -> None:
    """A level that the engine gets wrong on any of these districts fails here, whatever the cause."""
    district, policy = small_district(seed), small_policy(seed)
    eligible = [t for t, why in eligibility(district, policy, AS_OF).items() if not why]
    best = brute_force(district, policy, eligible)
    decision = rotate(district, policy, as_of=AS_OF, limits=Limits(gap=0.0))
    if best is None:
        assert decision.status is Status.INFEASIBLE
        return
    found = [level.value for level in decision.levels]
    assert found == pytest.approx(list(best.levels), rel=1e-7, abs=1e-7)
    bounds = [level.bound for level in decision.levels]
    assert bounds == pytest.approx(list(best.levels), rel=1e-6, abs=1e-6)
