"""The page of a curve: the CVs that a grant moves, against its amount."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from itertools import takewhile
from typing import Any

from allocator.domain.choices import Purpose, Stage
from allocator.domain.funding import FundingDecision
from allocator.domain.money_records import Grant
from allocator.reporting.booklet import Booklet, Part
from allocator.reporting.grid import Column, Grid, Judged, Value
from allocator.reporting.money.facts import Balance, MoneyFacts, words
from allocator.reporting.money.grids import cents, level_name
from allocator.reporting.several import COLOURS, value_axis
from allocator.reporting.wording import number, word
from allocator.text import Lang, say

RAISES = {
    Purpose.EQUIPMENT: "I6",
    Purpose.MULTIMEDIA: "I7",
    Purpose.TEACHING_AREA: "I4",
    Purpose.SPORTS_AREA: "I5",
}
NOTHING = Balance(None, None, None, None, None)


@dataclass(frozen=True)
class CurvePoint:
    """A full split at one amount; `reason` says why there is none."""

    amount: Decimal
    decision: FundingDecision
    reason: str
    levels: Mapping[str, float]

    @cached_property
    def balance(self) -> Balance:
        """How evenly the money lies."""
        grants = self.decision.grants
        return MoneyFacts(self.decision, "en").balance(grants[0]) if grants else NOTHING

    def cv(self, stage: Stage, indicator: str) -> Judged | None:
        """CV of an indicator after the split, with its verdict; None where there is none."""
        if self.decision.conflicts:
            return None
        rows = (c for c in self.decision.after.counties if (c.stage, c.indicator) == (stage, indicator))
        row = next(rows, None)
        return None if row is None or row.cv is None else Judged(row.cv, row.met, row.limit)

    @property
    def measures(self) -> dict[str, float | str | None]:
        """All CVs of I4-I7 after the split and how evenly the money lies, by the names of the columns."""
        cvs = {
            f"cv_{stage.value}_{i}": None if found is None else found.value
            for i in sorted(RAISES.values())
            for stage in Stage
            for found in [self.cv(stage, i)]
        }
        money = {f"money_{n}": getattr(self.balance, n) for n in ("lowest", "mean", "highest", "cv", "gini")}
        return {**cvs, **money}


def curve_booklet(grant: Grant, points: Sequence[CurvePoint], lang: Lang) -> Booklet:
    """Put the page together."""
    name = f"{grant.grant_id} {grant.name}".strip()
    split = sum(not point.decision.conflicts for point in points)
    first = points[0]
    chart = _chart(grant, points, lang) if split else None
    part = Part(
        _grid(grant, points, lang),
        words("section_curve", lang),
        words("about_curve", lang),
        chart,
        words("caption_curve", lang, grant=name),
    )
    return Booklet(
        title=words("curve_title", lang, grant=name),
        subtitle=say("report.subtitle", lang, as_of=first.decision.run.as_of, policy=first.decision.run.policy),
        headline=words("curve_headline", lang, count=split, all=len(points)),
        tone="good" if split == len(points) else "fair",
        details=tuple(_turns(grant, points, lang)),
        parts=(part,),
        lang=lang,
        as_of=first.decision.run.as_of,
    )


def _turns(grant: Grant, points: Sequence[CurvePoint], lang: Lang) -> list[str]:
    """From which amount on the grid a split exists, and from which every CV that the grant raises is met."""
    told = []
    first = next((p for p in points if not p.decision.conflicts), None)
    if first is not None and first is not points[0]:
        told.append(words("curve_from", lang, amount=f"{first.amount:,}"))
    indicator = RAISES.get(grant.purpose)
    if indicator is not None:
        held = list(takewhile(lambda p: _met(p, indicator), reversed(points)))
        met = held[-1] if held else None
        key = "curve_never" if met is None else "curve_met"
        told.append(words(key, lang, indicator=indicator, amount="" if met is None else f"{met.amount:,}"))
    return told


def _met(point: CurvePoint, indicator: str) -> bool:
    found = [point.cv(stage, indicator) for stage in Stage]
    return not point.decision.conflicts and all(cv is None or cv.met is True for cv in found)


def _shown(grant: Grant, points: Sequence[CurvePoint]) -> list[tuple[Stage, str]]:
    """Stages with a CV of the indicator that the grant's purpose raises."""
    indicator = RAISES.get(grant.purpose)
    if indicator is None:
        return []
    return [(s, indicator) for s in Stage if any(p.cv(s, indicator) is not None for p in points)]


def _grid(grant: Grant, points: Sequence[CurvePoint], lang: Lang) -> Grid:
    """One row a point."""
    keys = _shown(grant, points)
    levels = list(dict.fromkeys(name for point in points for name in point.levels))
    heads = [
        Column(words("amount", lang), "number", cents(tuple(p.amount for p in points))),
        Column(words("status", lang)),
        *(Column(f"{words('cv', lang)} {word(s, lang)} {i}", "number", 4) for s, i in keys),
        Column(words("money_cv", lang), "number", 4),
        *(Column(words(name, lang), "number", 2) for name in ("lowest", "mean", "highest")),
        *(Column(level_name(name, lang), "number", 4, medium="book") for name in levels),
        *([Column(words("reason", lang), widest=70)] if any(p.reason for p in points) else []),
    ]
    rows = []
    for point in points:
        balance = point.balance
        cells: list[Value] = [
            float(point.amount),
            say(f"levels.{point.decision.status.value}", lang),
            *(point.cv(stage, i) for stage, i in keys),
            balance.cv,
            *(balance.lowest, balance.mean, balance.highest),
            *(point.levels.get(name) for name in levels),
            *([point.reason] if any(p.reason for p in points) else []),
        ]
        rows.append(tuple(cells))
    return Grid("curve", tuple(heads), tuple(rows))


def _chart(grant: Grant, points: Sequence[CurvePoint], lang: Lang) -> dict[str, Any]:
    """CVs against the amount, with their limits; the CV of the money where no indicator is raised."""
    lines: list[dict[str, Any]] = []
    for k, (stage, indicator) in enumerate(_shown(grant, points)):
        name = f"{word(stage, lang)} {indicator}"
        found = [(p.amount, p.cv(stage, indicator)) for p in points]
        values = [(x, cv.value if cv is not None and isinstance(cv.value, float) else None) for x, cv in found]
        limit = next((cv.limit for _, cv in found if cv is not None), None)
        lines.append(_line(name, values, COLOURS[k], lang, limit))
    if not lines:
        lines.append(
            _line(words("money_cv", lang), [(p.amount, p.balance.cv) for p in points], COLOURS[0], lang)
        )
    drawn = [mark["yAxis"] for line in lines for mark in line.get("markLine", {"data": []})["data"]]
    drawn += [dot["value"][1] for line in lines for dot in line["data"] if dot["value"][1] is not None]
    top = round(1.1 * max(drawn, default=1.0), 2) or None
    return {
        "legend": {"top": 0},
        "grid": {"left": 76, "right": 40, "top": 40, "bottom": 56},
        "xAxis": value_axis(words("amount", lang)),
        "yAxis": {**value_axis(words("cv", lang)), "nameGap": 52, "scale": False, "max": top},
        "series": lines,
    }


def _line(
    name: str,
    values: Sequence[tuple[Decimal, float | None]],
    colour: str,
    lang: Lang,
    limit: float | None = None,
) -> dict[str, Any]:
    """One curve; its limit as a dashed line of the same colour where that lies near."""
    line: dict[str, Any] = {
        "type": "line",
        "name": name,
        "symbolSize": 7,
        "itemStyle": {"color": colour},
        "lineStyle": {"color": colour},
        "data": [
            {
                "name": words("curve_point", lang, name=name, amount=f"{x:,}", cv=number(cv, 4)),
                "value": [float(x), None if cv is None else round(cv, 6)],
            }
            for x, cv in values
        ],
    }
    if limit is not None:
        told = words("limit_line", lang, name=name, limit=f"{limit:g}")
        line["markLine"] = {
            "silent": True,
            "symbol": "none",
            "lineStyle": {"color": colour, "type": "dashed", "width": 1},
            "label": {"formatter": told, "position": "insideEndTop"},
            "data": [{"yAxis": limit}],
        }
    return line
