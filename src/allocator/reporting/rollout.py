"""The page about a roll-out: the years side by side, CVs year by year, what is proven and what is not."""

from __future__ import annotations

from typing import Any

from allocator.domain.measures import MOVABLE, CountyMeasure, Measures
from allocator.domain.plan import Status
from allocator.domain.several import Rollout, YearPlan
from allocator.reporting.booklet import Booklet, Part
from allocator.reporting.grid import Column, Exact, Grid, Judged, Value
from allocator.reporting.several import COLOURS, heading, level_columns, level_values, value_axis
from allocator.reporting.wording import indicator_label, number, percent, word
from allocator.text import Lang, say

COUNTS = (
    "eligible",
    "moved",
    "backbone_moved",
    "cohort_moved",
    "cohort_total",
    "missing",
    "returned",
    "overdue",
)
CELLS = len(COUNTS) + 1


def rollout_booklet(result: Rollout, lang: Lang) -> Booklet:
    """Put the page together."""
    first = result.years[0].decision
    title, below = heading(first, "rollout", lang)
    report = result.report
    if report is None:
        headline, tone = say("several.rollout_stopped", lang, year=result.years[-1].as_of.year), "bad"
    else:
        params = {"reached": report.reached, "cohort": report.cohort, "target": report.target}
        reached = report.reached >= report.target
        headline = say("several.rollout_reached" if reached else "several.rollout_missed", lang, **params)
        tone = "good" if report.passed else "fair"
    parts = [
        Part(_years(result, lang), say("several.years", lang), say("several.years_about", lang)),
        Part(
            _spread(result, lang),
            say("several.cvs", lang),
            say("several.cvs_about", lang),
            _chart(result, lang),
            say("several.cvs_caption", lang),
        ),
    ]
    if report is not None and report.violations:
        parts.append(Part(_unmet(result, lang), say("several.unmet", lang), say("several.unmet_about", lang)))
    as_of = result.years[0].as_of
    return Booklet(title, below, headline, tone, tuple(_proven(result, lang)), tuple(parts), lang, as_of)


def _proven(result: Rollout, lang: Lang) -> list[str]:
    """What is proven for the years and for the horizon, in plain words."""
    bounds = result.bounds
    proven = all(
        y.decision.status is Status.OPTIMAL and y.missing == (y.missing_bound or 0) for y in result.years
    )
    years = "proven_years" if proven else "checked_years"
    lines = [say(f"several.{years}", lang), say("several.not_proven", lang), say("several.assumed", lang)]
    if bounds.reach is None and bounds.staffing is None and bounds.balance is None:
        lines.append(say("several.horizon_unproven", lang))
    if bounds.reach is not None:
        lines.append(say("several.horizon_reach", lang, reach=bounds.reach))
    if bounds.staffing is not None and bounds.balance is not None:
        values = {"posts": number(bounds.staffing), "balance": number(bounds.balance, 4)}
        lines.append(say("several.horizon_levels", lang, **values))
    usual = result.policy.rotation.max_share
    raised = [y for y in result.years if y.decision.policy.rotation.max_share != usual]
    lines += [
        say(
            "several.share_raised",
            lang,
            year=y.as_of.year,
            share=percent(y.decision.policy.rotation.max_share, 2),
            usual=percent(usual, 2),
        )
        for y in raised
    ]
    return lines


def _years(result: Rollout, lang: Lang) -> Grid:
    heads = [Column(say("several.year", lang), "code")]
    heads += [Column(say(f"several.col_{name}", lang), "integer") for name in COUNTS]
    heads.insert(6, Column(say("several.col_share", lang), "percent", 1))
    heads += level_columns(result.years[0].decision, lang)
    return Grid("years", tuple(heads), tuple(_year_row(result, k, y) for k, y in enumerate(result.years)))


def _year_row(result: Rollout, k: int, year: YearPlan) -> tuple[Value, ...]:
    levels = level_values(year.decision)
    blank = [None] * (len(result.years[0].decision.levels) - len(levels))
    return (str(year.as_of.year), *_counts(result, k, year), *levels, *blank)


def _counts(result: Rollout, k: int, year: YearPlan) -> tuple[Value, ...]:
    """Head counts of a year; blank where a year has no plan."""
    check, report = year.decision.check, result.report
    if check is None:
        return (None,) * CELLS
    first = (check.eligible, check.moved, check.backbone_moved)
    if report is None:
        return (*first, *(None,) * (CELLS - len(first)))
    count = report.years[k]
    share = count.cohort_total / report.cohort if report.cohort else None
    return (
        *first,
        count.cohort_moved,
        count.cohort_total,
        share,
        year.missing,
        count.returned,
        count.overdue,
    )


def moments(result: Rollout, lang: Lang) -> list[tuple[str, Measures]]:
    """The start and the end of every year that has a plan."""
    planned = [y for y in result.years if y.decision.check is not None]
    start = [(say("several.start", lang), result.years[0].decision.before)]
    return start + [(str(y.as_of.year), y.decision.after) for y in planned]


def _county(measures: Measures) -> list[CountyMeasure]:
    taught = {section.stage for section in measures.sections}
    return [c for c in measures.counties if c.indicator in MOVABLE and c.stage in taught]


def _spread(result: Rollout, lang: Lang) -> Grid:
    times = moments(result, lang)
    heads = (
        Column(say("report.stage", lang)),
        Column(say("several.indicator", lang)),
        Column(say("several.limit", lang), "number", 2),
        *(Column(name, "number", 3) for name, _ in times),
    )
    rows: list[tuple[Value, ...]] = []
    for k, county in enumerate(_county(times[0][1])):
        cells = [_county(measures)[k] for _, measures in times]
        values = (Judged(c.cv, c.met, c.limit) for c in cells)
        label = indicator_label(county.indicator, lang)
        rows.append((word(county.stage, lang), label, Exact(county.limit, 2), *values))
    return Grid("cvs", heads, tuple(rows))


def _chart(result: Rollout, lang: Lang) -> dict[str, Any]:
    """One line a stage and indicator over the years."""
    times = moments(result, lang)
    series = []
    for k, county in enumerate(_county(times[0][1])):
        name = f"{word(county.stage, lang)} {indicator_label(county.indicator, lang)}"
        values = [(time, _county(measures)[k].cv) for time, measures in times]
        series.append(
            {
                "type": "line",
                "name": name,
                "symbolSize": 8,
                "itemStyle": {"color": COLOURS[k % len(COLOURS)]},
                "lineStyle": {"color": COLOURS[k % len(COLOURS)]},
                "data": [
                    {"name": f"{name} · {time}: {number(cv, 3)}", "value": None if cv is None else round(cv, 6)}
                    for time, cv in values
                ],
            }
        )
    return {
        "legend": {"top": 0},
        "grid": {"left": 60, "right": 24, "top": 76, "bottom": 40},
        "xAxis": {"type": "category", "data": [time for time, _ in times], "boundaryGap": False},
        "yAxis": {**value_axis(say("several.cv", lang)), "scale": False},
        "series": series,
    }


def _unmet(result: Rollout, lang: Lang) -> Grid:
    """What the whole was asked for and does not reach."""
    violations = () if result.report is None else result.report.violations
    heads = (Column(say("several.demand", lang), "code"), Column(say("several.unmet", lang), widest=90))
    return Grid("unmet", heads, tuple((v.rule, v.text(lang)) for v in violations))
