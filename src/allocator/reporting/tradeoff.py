"""The page about a trade-off: the front as a chart and as a table with bounds and gaps."""

from __future__ import annotations

from typing import Any

from allocator.domain.plan import Decision
from allocator.domain.several import TradeOff, TradePoint
from allocator.reporting.booklet import Booklet, Part
from allocator.reporting.grid import Column, Exact, Grid, Value
from allocator.reporting.several import (
    AXIS_DIGITS,
    COLOURS,
    gap_cell,
    heading,
    level_columns,
    level_values,
    value_axis,
)
from allocator.reporting.wording import number
from allocator.text import Lang, say

OWN = "#b3401e"


def tradeoff_booklet(result: TradeOff, own: dict[str, float], lang: Lang) -> Booklet:
    """Put the page together; `own` is the value of the profile's own plan on each axis."""
    title, below = heading(result.plan, "tradeoff", lang)
    count = len(result.points)
    headline = say("several.points_found", lang, count=count) if count else say("several.none_found", lang)
    front = Part(
        _grid(result, lang),
        say("several.front", lang),
        say("several.front_about", lang),
        _chart(result, own, lang) if count else None,
        say("several.front_caption", lang),
    )
    details = (
        say("several.front_complete" if result.complete else f"several.front_end_{result.end}", lang),
        say("several.staffing_held", lang),
    )
    tone = "good" if count else "fair"
    return Booklet(title, below, headline, tone, details, (front,), lang, result.plan.run.as_of)


def axis_name(axis: str, lang: Lang) -> str:
    """An axis with its unit."""
    return say(f"several.axis_{axis}", lang)


def _grid(result: TradeOff, lang: Lang) -> Grid:
    heads = [Column(say("several.point", lang), "integer")]
    for axis in result.axes:
        name = axis_name(axis, lang)
        heads += [
            Column(name, "number", AXIS_DIGITS[axis]),
            Column(say("several.bound_of", lang, name=name), "number", AXIS_DIGITS[axis]),
            Column(say("several.gap", lang)),
        ]
    rest = [axis for axis in AXIS_DIGITS if axis not in result.axes and axis != "balance"]
    heads += [Column(axis_name(axis, lang), "number", AXIS_DIGITS[axis]) for axis in rest]
    heads += level_columns(result.plan, lang)
    rows = (_row(k, point, result, rest) for k, point in enumerate(result.points, start=1))
    return Grid("front", tuple(heads), tuple(rows))


def _row(k: int, point: TradePoint, result: TradeOff, rest: list[str]) -> tuple[Value, ...]:
    cells: list[Value] = [k]
    for axis in result.axes:
        digits = AXIS_DIGITS[axis]
        cells += [
            Exact(point.values[axis], digits),
            Exact(point.bounds[axis], digits),
            gap_cell(point.gap(axis)),
        ]
    others = {"moves": float(len(point.decision.moves)), "km": _km(point.decision)}
    return (*cells, *(Exact(others[axis], AXIS_DIGITS[axis]) for axis in rest), *level_values(point.decision))


def _km(decision: Decision) -> float:
    return sum(m.distance_km or 0.0 for m in decision.moves)


def _chart(result: TradeOff, own: dict[str, float], lang: Lang) -> dict[str, Any]:
    """Balance against the other axis; with three axes one series a number of moves."""
    across = "km" if "km" in result.axes else "moves"
    depths = sorted({p.values["moves"] for p in result.points}) if len(result.axes) == 3 else [None]
    series = []
    for k, depth in enumerate(depths):
        points = [
            (number_of, p)
            for number_of, p in enumerate(result.points, start=1)
            if depth is None or p.values["moves"] == depth
        ]
        points.sort(key=lambda pair: pair[1].values[across])
        label = (
            say("several.front", lang) if depth is None else say("several.with_moves", lang, moves=int(depth))
        )
        series.append(
            {
                "type": "line",
                "name": label,
                "symbolSize": 10,
                "itemStyle": {"color": COLOURS[k % len(COLOURS)]},
                "lineStyle": {"color": COLOURS[k % len(COLOURS)], "type": "dashed", "width": 1},
                "data": [_dot(n, p, result, across, lang) for n, p in points],
            }
        )
    series.append(
        {
            "type": "scatter",
            "name": say("several.own_plan", lang),
            "symbol": "diamond",
            "symbolSize": 14,
            "itemStyle": {"color": OWN},
            "data": [{"name": say("several.own_plan", lang), "value": [own[across], own["balance"]]}],
        }
    )
    return {
        "legend": {"top": 0},
        "grid": {"left": 70, "right": 24, "top": 48, "bottom": 56},
        "xAxis": value_axis(axis_name(across, lang)),
        "yAxis": {**value_axis(axis_name("balance", lang)), "nameGap": 52},
        "series": series,
    }


def _dot(k: int, point: TradePoint, result: TradeOff, across: str, lang: Lang) -> dict[str, Any]:
    told = say("report.list_separator", lang).join(
        f"{axis_name(axis, lang)} {number(point.values[axis], AXIS_DIGITS[axis])}" for axis in result.axes
    )
    name = say("several.dot", lang, number=k, values=told)
    return {"name": name, "value": [point.values[across], point.values["balance"]]}
