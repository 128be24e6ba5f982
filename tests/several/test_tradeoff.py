"""The points of a trade-off are the front that trying every plan finds."""

from __future__ import annotations

import pytest

from allocator.campaign import trade_off
from allocator.campaign.judging import kilometres
from allocator.domain.plan import Status
from allocator.domain.run import Limits
from allocator.domain.several import AXIS_CHOICES
from allocator.errors import UsageError
from allocator.generation import generate
from allocator.io.policies import load_policy
from tests.rotation.small import AS_OF, small_district, small_policy
from tests.several.every_plan import legal_plans

Point = tuple[float, ...]


def _front(points: set[Point]) -> set[Point]:
    """Points that no other one equals or beats on every axis."""
    return {
        p for p in points if not any(q != p and all(a <= b for a, b in zip(q, p, strict=True)) for q in points)
    }


@pytest.mark.parametrize("axes", AXIS_CHOICES)
@pytest.mark.parametrize("seed", range(16))
def test_points_equal_the_front_of_every_plan(seed: int, axes: tuple[str, ...]) -> None:
    """A point too many is dominated, one too few is missing: both fail here."""
    district, policy = small_district(seed), small_policy(seed)
    found = trade_off(district, policy, axes=axes, points=200, as_of=AS_OF, limits=Limits(gap=0.0))
    legal = legal_plans(district, policy)
    if not legal:
        assert found.plan.status is Status.INFEASIBLE
        assert found.points == ()
        return
    posts = min(p.levels["staffing"] for p in legal)
    best = [p for p in legal if p.levels["staffing"] <= int(posts * 1.001 + 1e-9)]
    digits = {"moves": 0, "balance": 6, "km": 3}
    expected = _front({tuple(round(p.value(a), digits[a]) for a in axes) for p in best})
    assert {tuple(round(p.values[a], digits[a]) for a in axes) for p in found.points} == expected
    assert found.complete


def test_bounds_hold_for_every_plan_of_a_small_district() -> None:
    """No legal plan that is as good on the other axis is below a point's bound."""
    district, policy = small_district(7), small_policy(7)
    found = trade_off(district, policy, axes=("balance", "km"), points=6, as_of=AS_OF, limits=Limits(gap=0.01))
    legal = legal_plans(district, policy)
    posts = min(p.levels["staffing"] for p in legal)
    legal = [p for p in legal if p.levels["staffing"] <= posts]
    assert found.points
    for point in found.points:
        for axis, other in (("balance", "km"), ("km", "balance")):
            bound = point.bounds[axis]
            assert bound is not None
            rivals = [p.value(axis) for p in legal if p.value(other) <= point.values[other] + 1e-9]
            assert bound <= min(rivals) + 1e-7


@pytest.mark.parametrize("axes", AXIS_CHOICES)
def test_a_town(axes: tuple[str, ...]) -> None:
    """Twelve schools: points are checked, sorted, spread, undominated, and their values are recounted ones."""
    found = trade_off(generate(12, seed=4), axes=axes, points=5, limits=Limits(gap=1e-3))
    assert 2 <= len(found.points) <= 5
    posts = found.plan.levels[0].final
    for point in found.points:
        assert point.decision.check is not None
        assert point.decision.check.passed
        assert point.decision.check.levels["staffing"] == posts
        assert all(gap is not None and gap <= 1e-3 for gap in (point.gap(axis) for axis in axes))
        if "km" in axes:
            moves = point.decision.moves
            assert kilometres(point.decision.district, moves) == pytest.approx(point.values["km"])
    values = [tuple(p.values[a] for a in axes) for p in found.points]
    assert values == sorted(values)
    assert set(values) == _front(set(values))


def test_the_ends_are_the_best_of_each_axis() -> None:
    """The first point has the fewest moves that R6 allows, the last the balance of the profile's own plan."""
    found = trade_off(generate(12, seed=4), points=4)
    check = found.plan.check
    assert check is not None
    r6 = next(audit for audit in check.rules if audit.rule == "R6")
    assert found.points[0].values["moves"] == r6.required["low"]
    assert found.points[-1].values["balance"] == pytest.approx(found.plan.levels[1].value, rel=1e-4)


def test_the_price_of_breaches_is_held_on_the_whole_front() -> None:
    """With a quota that R5 forbids, R5 elastic: every point breaks it at the price of the plan and no more."""
    policy = load_policy(
        "national-2017", ["rules.R5=elastic", "rotation.min_share=0.5", "rotation.max_share=1", "rules.R7=off"]
    )
    found = trade_off(generate(4, seed=2), policy, points=3, limits=Limits(gap=0.01))
    assert found.plan.check is not None
    assert found.plan.check.price > 0
    assert found.points
    for point in found.points:
        assert point.decision.check is not None
        assert point.decision.check.price == found.plan.check.price


@pytest.mark.parametrize("axes", [("moves",), ("moves", "km"), ("balance", "price"), ("balance", "balance")])
def test_wrong_axes_are_refused_with_the_right_ones(axes: tuple[str, ...]) -> None:
    """Only the three combinations with balance are offered."""
    with pytest.raises(UsageError, match="moves,balance"):
        trade_off(generate(4, seed=1), axes=axes)


def test_no_time_gives_no_point_and_says_so() -> None:
    """Within no time there is neither a plan nor a claim."""
    found = trade_off(generate(6, seed=1), points=3, limits=Limits(time_s=0.0))
    assert found.points == ()
    assert not found.complete
    assert found.end == "limit"
