"""Along the path of `path.py` by Newton's method on a handful of numbers: to the smallest t, or to t = 1.

For each theta there is a small system to solve: the sum of the money, v_s, the cones of the stages that are
at t, and sum w = 1. Nothing found here is taken for proven: callers work out a bound from the multipliers, and
solve the cone program where the two are not close.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from allocator.funding.cone import StageCone
from allocator.funding.path import Point, Slope
from allocator.funding.target import Floats

FEW = 100
"""Below this many schools with room the cone program is quicker."""
POINTS = 40
"""Points of the path; some fifteen are usual, and a path with more corners is left to the cone program."""
STEPS = 30
"""Newton steps for one point; three or four are usual."""
SHORTEST = 1e-3
"""Part of a Newton step below which it is given up."""
CLOSE = 1e-12
"""Size of a residual, relative to its own terms, that is none."""
FALLS = (0.1, 0.4, 0.8)
"""Factors by which theta falls from point to point; the later ones where the earlier find none."""
LEAST = 1e-8
"""Theta at which the path ends: the distance no longer counts."""
TURNS = 6
"""Stages that come to t or leave it, at one point."""
HALVINGS = 20
"""Points tried between two for the one with t = 1."""


@np.errstate(all="ignore")  # numbers that make no sense end the path
def least_ratio(slope: Slope, start: Floats) -> Point | None:
    """The point of smallest t; None if the path ends before."""
    point = _first(slope, start)
    for _ in range(POINTS):
        if point is None or point.theta <= LEAST:
            return point
        point = _next(slope, point)
    return None


@np.errstate(all="ignore")  # as above
def at_limits(slope: Slope, start: Floats) -> Point | None:
    """The point with t = 1: the split nearest to the aims within the limits; None if it is not found.

    Where the path ends above, no split may be within the limits, and its end is returned.
    """
    above = _before(slope, _first(slope, start))
    for _ in range(POINTS):
        if above is None or above.theta <= LEAST:
            return above
        below = _next(slope, above)
        if below is not None and below.t <= 1:
            return _between(slope, above, below)
        above = below
    return None


def _between(slope: Slope, above: Point, below: Point) -> Point | None:
    """The point with t = 1 between two points of the path."""
    for _ in range(HALVINGS):
        near = below if 1 - below.t < above.t - 1 else above
        found = _settled(slope, replace(near, t=1.0), held=True)
        if found is not None and below.theta <= found.theta <= above.theta:
            return found
        between = replace(near, theta=float(np.sqrt(below.theta * above.theta)))
        middle = _settled(slope, between, held=False)
        if middle is None:
            return None
        above, below = (middle, below) if middle.t > 1 else (above, middle)
    return None


def multipliers(cones: Sequence[StageCone], point: Point) -> list[Floats]:
    """Duals of the cones |z - mu root| <= t limit mu, up to a common factor."""
    found = []
    for cone, weight in zip(cones, point.weights, strict=True):
        apart = cone.apart(point.y)
        found.append(np.concatenate(([weight * np.linalg.norm(apart)], -weight * apart)))
    return found


def _before(slope: Slope, point: Point | None) -> Point | None:
    """An earlier point that is above the limits, where the first one is not."""
    for _ in range(TURNS):
        if point is None or point.t > 1:
            return point
        point = _settled(slope, replace(point, theta=point.theta / FALLS[0]), held=False)
    return None


def _next(slope: Slope, point: Point) -> Point | None:
    """The next point, nearer by where the way to it is not plain; None if none is found."""
    for fall in FALLS:
        found = _settled(slope, replace(point, theta=point.theta * fall), held=False)
        if found is not None:
            return found
    return None


def _first(slope: Slope, start: Floats) -> Point | None:
    """A point near the beginning, where the worst stage alone is at t and pulls no amount far."""
    if len(start) < FEW:
        return None
    ratios = slope.ratios(start)
    inside = (start > slope.low) & (start < slope.high)
    if not slope.total > 0 or not len(ratios) or not np.isfinite(ratios).all() or not inside.any():
        return None
    weights = np.zeros(len(ratios))
    weights[ratios.argmax()] = 1.0
    t = float(ratios.max())
    turns = weights * slope.widest(t) * slope.means(start)
    pull = slope.pull(start, weights, turns)
    theta = max(1.0, float((np.abs(pull) / slope.heavy).max()))
    money = (theta * slope.heavy * (start - slope.aims) + pull) / slope.part
    point = Point(start, t, theta, float(np.median(money[inside])), weights, turns)
    return _settled(slope, point, held=False)


def _settled(slope: Slope, point: Point, *, held: bool) -> Point | None:
    """Solve for a point with the right stages at t; `held` holds t and lets theta go."""
    for _ in range(TURNS):
        found = _newton(slope, point, held=held)
        if found is None:
            return None
        weights, turns = found.weights.copy(), found.turns.copy()
        ratios = slope.ratios(found.y)
        late = (weights == 0) & (ratios > found.t * (1 + CLOSE))
        if not late.any() and (weights >= 0).all():
            return found
        weights[late] = SHORTEST
        weights[weights < 0] = 0.0
        turns = weights * slope.widest(found.t) * slope.means(found.y)
        point = replace(found, weights=weights, turns=turns)
    return None


def _newton(slope: Slope, point: Point, *, held: bool) -> Point | None:
    """Solve the small system by damped Newton steps; None where they lead nowhere."""
    stages = point.active
    point = replace(point, y=slope.split(point))
    missed = _residuals(slope, point, stages)
    for _ in range(STEPS):
        size = float(np.abs(missed).max())
        if size < CLOSE:
            return point
        try:
            step = np.linalg.solve(_jacobian(slope, point, stages, held=held), -missed).astype(np.float64)
        except np.linalg.LinAlgError:
            return None
        better = _damped(slope, point, stages, step, size, held=held)
        if better is None:
            return None
        point, missed = better
    return None


def _damped(
    slope: Slope, point: Point, stages: list[int], step: Floats, size: float, *, held: bool
) -> tuple[Point, Floats] | None:
    """The point after as much of a step as makes the residuals smaller, and these; None if none does."""
    part = 1.0
    while part >= SHORTEST:
        tried = _moved(slope, point, stages, part * step, held=held)
        if tried is not None:
            missed = _residuals(slope, tried, stages)
            if float(np.abs(missed).max()) < size * (1 - part / 10):
                return tried, missed
        part /= 2
    return None


def _moved(slope: Slope, point: Point, stages: list[int], step: Floats, *, held: bool) -> Point | None:
    """The point after a step; None where it makes no sense."""
    k = len(stages)
    weights, turns = point.weights.copy(), point.turns.copy()
    weights[stages] += step[1 : 1 + k]
    turns[stages] += step[1 + k : 1 + 2 * k]
    last = float(step[-1])
    theta, t = (point.theta + last, point.t) if held else (point.theta, point.t + last)
    if theta <= 0 or t <= 0 or (theta * slope.heavy + weights @ slope.curve <= 0).any():
        return None
    moved = Point(point.y, t, theta, point.money + float(step[0]), weights, turns)
    return replace(moved, y=slope.split(moved))


def _residuals(slope: Slope, point: Point, stages: list[int]) -> Floats:
    """What is missing to the sum, to v, to the cones and to sum w = 1; each relative to its own terms."""
    wide, mean = slope.widest(point.t)[stages], slope.means(point.y)[stages]
    weights, turns = point.weights[stages], point.turns[stages]
    return np.concatenate(
        (
            [slope.part @ point.y / slope.total - 1],
            turns / (wide * mean) - weights,
            1 - wide * mean**2 / slope.squares(point.y)[stages],
            [weights.sum() - 1],
        )
    )


def _jacobian(slope: Slope, point: Point, stages: list[int], *, held: bool) -> Floats:
    """Derivatives of the residuals by lambda, w, v, and t or theta (`held`)."""
    k, y = len(stages), point.y
    bottom = point.theta * slope.heavy + point.weights @ slope.curve
    inside = np.where((y > slope.low) & (y < slope.high), 1 / bottom, 0.0)
    half = slope.curve[stages] * y + slope.linear[stages]
    last = -slope.heavy * (y - slope.aims) if held else np.zeros(len(y))
    moves = np.vstack((slope.part, -half, slope.mean[stages], last)) * inside
    wide, mean, squares = (x[stages] for x in (slope.widest(point.t), slope.means(y), slope.squares(y)))
    widening = np.zeros((k, 2 * k + 2))
    if not held:
        widening[:, -1] = 2 * point.t * slope.limits[stages] ** 2
    means, lengths = (moves @ slope.mean[stages].T).T, 2 * (moves @ half.T).T
    turned = point.turns[stages] / (wide * mean)
    of_turns = -turned[:, None] * (means / mean[:, None] + widening / wide[:, None])
    of_turns[:, 1 : 1 + k] -= np.eye(k)
    of_turns[:, 1 + k : 1 + 2 * k] += np.diag(1 / (wide * mean))
    share = (wide * mean**2 / squares)[:, None]
    of_cones = share * (lengths / squares[:, None] - 2 * means / mean[:, None] - widening / wide[:, None])
    of_weights = np.zeros(2 * k + 2)
    of_weights[1 : 1 + k] = 1.0
    return np.vstack((moves @ slope.part / slope.total, of_turns, of_cones, of_weights))
