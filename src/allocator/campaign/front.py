"""The trade-off between moves, balance and kilometres: points of the exact front, each a checked plan."""

from __future__ import annotations

from collections.abc import Sequence

from allocator.campaign.judging import agree, allowed, first_plan, further_plan, kilometres, no_plan
from allocator.campaign.writing import WrittenTradeOff
from allocator.domain.district import District
from allocator.domain.fields import Month
from allocator.domain.plan import Decision
from allocator.domain.policy import Policy
from allocator.domain.run import Limits, ProgressSink, StopSignal
from allocator.domain.several import AXES, AXIS_CHOICES, AXIS_UNITS, TradePoint
from allocator.errors import Fault, UsageError

MOST_POINTS = 200


def trade_off(  # noqa: PLR0913  two wishes, then the keywords of plan_rotation
    district: District,
    policy: Policy | str = "national-2017",
    *,
    axes: Sequence[str] = ("moves", "balance"),
    points: int = 8,
    as_of: Month | str | None = None,
    limits: Limits | None = None,
    progress: ProgressSink | None = None,
    stop: StopSignal | None = None,
    warnings: Sequence[Fault] = (),
) -> WrittenTradeOff:
    """Find points of the Pareto front between moves, balance and kilometres.

    Unfilled posts are held at their best value on the whole front. Every point is a legal, checked plan that no
    other legal plan equals or beats on all axes and beats on one (within the proven gaps). The two ends of the
    front come first, then points in its widest gaps.

    Parameters
    ----------
    axes
        Two or three of `moves`, `balance`, `km`, balance among them.
    points
        Points wanted, 2 to 200; fewer are given if the front has fewer.
    as_of, limits, progress, stop, warnings
        As for `plan_rotation`.

    Raises
    ------
    UsageError
        If the axes or the number of points are not possible.
    """
    chosen = tuple(axis for axis in AXES if axis in axes)
    if chosen not in AXIS_CHOICES or len(chosen) != len(axes):
        known = " | ".join(",".join(choice) for choice in AXIS_CHOICES)
        raise UsageError("several.bad_axes", value=",".join(axes), known=known)
    if not 2 <= points <= MOST_POINTS:
        raise UsageError("several.out_of_range", name="points", value=points, least=2, most=MOST_POINTS)
    stop = stop or StopSignal(limits or Limits())
    plan = first_plan(district, policy, as_of, stop, progress, warnings)
    if plan.check is None:
        return WrittenTradeOff(plan, chosen, (), False, no_plan(plan))
    return _front(plan, chosen, points, stop, progress)


def _front(
    plan: Decision, axes: tuple[str, ...], points: int, stop: StopSignal, progress: ProgressSink | None
) -> WrittenTradeOff:
    from allocator.rotation.facts import facts  # noqa: PLC0415  loads the solver
    from allocator.rotation.tradeoff import Scale, front  # noqa: PLC0415  as above

    held = [level for level in plan.levels if level.name in ("breaches", "staffing")]
    most = {level.name: allowed(level, plan.policy.objective.slack) for level in held}
    case = facts(plan.district, plan.policy, plan.run.as_of)
    scale = Scale(case, most, stop.limits, stop, progress)
    spots, complete, end = front(scale, axes, points)
    found = []
    for spot in spots:
        bounds = {"balance": spot.bounds["balance"]} | {level.name: level.bound for level in held}
        decision = further_plan(plan, scale.moves(spot), bounds)
        values = axis_values(decision)
        for axis in axes:
            agree(axis, spot.values[axis], values[axis], AXIS_UNITS[axis])
        found.append(TradePoint(decision, {axis: values[axis] for axis in axes}, spot.bounds))
    best = undominated(found)
    best.sort(key=lambda point: tuple(point.values[axis] for axis in axes))
    return WrittenTradeOff(plan, axes, tuple(best), complete, end)


def axis_values(decision: Decision) -> dict[str, float]:
    """Value of a plan on every axis, from the checker and the tables."""
    if decision.check is None:
        return {}
    return {
        "moves": float(decision.check.moved),
        "balance": decision.check.levels.get("balance", decision.after.balance),
        "km": kilometres(decision.district, decision.moves),
    }


def undominated(points: Sequence[TradePoint]) -> list[TradePoint]:
    """Points that no other one equals or beats on every axis (a gap that was not closed may leave some)."""
    kept: list[TradePoint] = []
    for k, point in enumerate(points):
        others = [*kept, *points[k + 1 :]]
        if not any(_covers(other, point) for other in others):
            kept.append(point)
    return kept


def _covers(one: TradePoint, other: TradePoint) -> bool:
    return all(one.values[axis] <= other.values[axis] + 1e-9 for axis in one.values)
