"""Options of the charts of a split: plain values, texts shown as texts only."""

from __future__ import annotations

from typing import Any

from allocator.domain.choices import Setting
from allocator.domain.funding import GrantResult, SchoolShare
from allocator.reporting.money.facts import Gain, MoneyFacts, words
from allocator.reporting.several import COLOURS, GRID_LINE, INK, value_axis
from allocator.reporting.wording import number, percent, word

GAIN, LOSS, MUTED = "#0b7a66", "#b3401e", "#9aa5b1"
MOST_BARS = 15
"""Schools shown on each side of the chart of gains."""
LORENZ_POINTS = 200


def scatter(facts: MoneyFacts, result: GrantResult) -> dict[str, Any]:
    """Yuan a pupil against pupils, one series a setting, the mean as a line."""
    lang = facts.lang
    groups: dict[Setting | None, list[SchoolShare]] = {}
    for share in result.schools:
        if facts.pupils[share.school_id]:
            groups.setdefault(facts.schools[share.school_id].setting, []).append(share)
    order = [setting for setting in (*Setting, None) if setting in groups]
    series: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "name": words("unknown_setting", lang) if setting is None else word(setting, lang),
            "symbolSize": 9,
            "itemStyle": {"color": COLOURS[k % len(COLOURS)], "opacity": 0.75},
            "data": [_dot(facts, share) for share in groups[setting]],
        }
        for k, setting in enumerate(order)
    ]
    mean = facts.balance(result).mean
    if series and mean is not None:
        series[0]["markLine"] = _line(mean, words("mean_line", lang, value=number(mean, 2)))
    return {
        "legend": {"top": 0},
        "grid": {"left": 76, "right": 24, "top": 40, "bottom": 56},
        "xAxis": {**value_axis(words("pupils", lang)), "scale": False},
        "yAxis": {**value_axis(words("per_pupil", lang)), "nameGap": 58},
        "series": series,
    }


def _dot(facts: MoneyFacts, share: SchoolShare) -> dict[str, Any]:
    count, each = facts.pupils[share.school_id], facts.per_pupil(share)
    text = words(
        "dot",
        facts.lang,
        school=facts.name(share.school_id),
        pupils=number(count),
        each=number(each, 2),
        amount=f"{share.amount_yuan:,}",
    )
    return {"name": text, "value": [count, None if each is None else round(each, 2)]}


def _line(value: float, text: str) -> dict[str, Any]:
    return {
        "silent": True,
        "symbol": "none",
        "lineStyle": {"color": INK, "type": "dashed", "width": 1},
        "label": {"formatter": text, "position": "insideEndTop", "color": INK},
        "data": [{"yAxis": round(value, 4)}],
    }


def lorenz(facts: MoneyFacts) -> dict[str, Any]:
    """Share of the money against share of the pupils, poorest schools first, one curve a grant."""
    lang = facts.lang
    even_name = words("even", lang)
    even = {
        "type": "line",
        "name": even_name,
        "symbol": "none",
        "lineStyle": {"color": MUTED, "type": "dashed"},
        "itemStyle": {"color": MUTED},
        "data": [
            {"name": words("even", lang), "value": [0, 0]},
            {"name": words("even", lang), "value": [1, 1]},
        ],
    }
    curves = [_curve(facts, result, k) for k, result in enumerate(facts.decision.grants)]
    axis = {"min": 0, "max": 1, "interval": 0.2}
    return {
        "legend": {"top": 0, "type": "scroll"},
        "grid": {"left": 70, "right": 24, "top": 40, "bottom": 56},
        "xAxis": {**value_axis(words("share_pupils", lang)), **axis},
        "yAxis": {**value_axis(words("share_money", lang)), **axis, "nameGap": 44},
        "series": [even, *(curve for curve in curves if curve is not None)],
    }


def _curve(facts: MoneyFacts, result: GrantResult, k: int) -> dict[str, Any] | None:
    rows = [(facts.pupils[s.school_id], float(s.amount_yuan)) for s in result.schools]
    rows = sorted((row for row in rows if row[0]), key=lambda row: row[1] / row[0])
    pupils, money = sum(row[0] for row in rows), sum(row[1] for row in rows)
    if not money:
        return None
    points, upto = [(0.0, 0.0)], (0.0, 0.0)
    for count, amount in rows:
        upto = (upto[0] + count / pupils, upto[1] + amount / money)
        points.append(upto)
    name = facts.grant_name(result.grant_id)
    return {
        "type": "line",
        "name": name,
        "symbolSize": 5,
        "showSymbol": len(points) <= LORENZ_POINTS,
        "lineStyle": {"color": COLOURS[k % len(COLOURS)], "width": 2},
        "itemStyle": {"color": COLOURS[k % len(COLOURS)]},
        "data": [_lorenz_point(facts, name, x, y) for x, y in _thinned(points)],
    }


def _thinned(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    step = max(1, len(points) // LORENZ_POINTS)
    return [*points[:-1:step], points[-1]]


def _lorenz_point(facts: MoneyFacts, name: str, x: float, y: float) -> dict[str, Any]:
    text = words("lorenz_point", facts.lang, grant=name, pupils=percent(x), money=percent(y))
    return {"name": text, "value": [round(x, 5), round(y, 5)]}


def before_after(facts: MoneyFacts) -> dict[str, Any]:
    """CV of each indicator before and after, beside its limit."""
    lang = facts.lang
    lines = [line for line in facts.spread if line.before.cv is not None or line.after.cv is not None]
    names = [f"{word(line.before.stage, lang)} {line.before.indicator}" for line in lines]
    values = {
        "before": ([line.before.cv for line in lines], MUTED),
        "after": ([line.after.cv for line in lines], COLOURS[0]),
    }
    series: list[dict[str, Any]] = [
        {
            "type": "bar",
            "name": words(moment, lang),
            "itemStyle": {"color": colour},
            "barMaxWidth": 26,
            "data": [
                {"name": f"{name} · {words(moment, lang)}: {number(cv, 3)}", "value": cv}
                for name, cv in zip(names, column, strict=True)
            ],
        }
        for moment, (column, colour) in values.items()
    ]
    limits = [
        {"name": f"{name} · {words('limit', lang)}: {line.before.limit:g}", "value": line.before.limit}
        for name, line in zip(names, lines, strict=True)
    ]
    series.append(
        {
            "type": "scatter",
            "name": words("limit", lang),
            "symbol": "rect",
            "symbolSize": [58, 3],
            "itemStyle": {"color": LOSS},
            "data": limits,
        }
    )
    return {
        "legend": {"top": 0},
        "grid": {"left": 60, "right": 24, "top": 40, "bottom": 40},
        "xAxis": {"type": "category", "data": names},
        "yAxis": {**value_axis(words("cv", lang)), "scale": False},
        "series": series,
    }


def shown_gains(facts: MoneyFacts) -> tuple[Gain, ...]:
    """The largest gains and the largest losses; all where they are few."""
    gains = facts.gains
    if len(gains) <= 2 * MOST_BARS:
        return gains
    return (*gains[:MOST_BARS], *gains[-MOST_BARS:])


def gains_chart(facts: MoneyFacts) -> dict[str, Any]:
    """Bars of what schools get more or less than last year, largest gain on top."""
    rows = shown_gains(facts)[::-1]
    bars = [
        {
            "name": _gain_text(facts, gain),
            "value": float(gain.change),
            "itemStyle": {"color": GAIN if gain.change >= 0 else LOSS},
        }
        for gain in rows
    ]
    return {
        "grid": {"left": 12, "right": 40, "top": 8, "bottom": 48, "containLabel": True},
        "xAxis": {**value_axis(words("change", facts.lang)), "scale": False},
        "yAxis": {
            "type": "category",
            "data": [facts.name(gain.school_id) for gain in rows],
            "axisTick": {"show": False},
            "axisLabel": {"interval": 0},
            "splitLine": {"show": True, "lineStyle": {"color": GRID_LINE}},
        },
        "series": [{"type": "bar", "barMaxWidth": 14, "data": bars}],
    }


def _gain_text(facts: MoneyFacts, gain: Gain) -> str:
    return words(
        "gain_tip",
        facts.lang,
        school=facts.name(gain.school_id),
        last=f"{gain.last:,}",
        now=f"{gain.now:,}",
        change=f"{gain.change:+,}",
    )
