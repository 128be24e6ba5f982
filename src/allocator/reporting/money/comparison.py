"""The page of a comparison: measures side by side, who gains and who loses, school by school."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from allocator.domain.choices import Stage
from allocator.reporting.booklet import Booklet, Part
from allocator.reporting.grid import Column, Exact, Grid, Judged, Value
from allocator.reporting.money.facts import words
from allocator.reporting.money.grids import cents
from allocator.reporting.money.outcome import ZERO, Outcome, differences, school_codes, shift
from allocator.reporting.several import COLOURS, value_axis
from allocator.reporting.wording import word
from allocator.text import Lang, say

MOST_SCHOOLS = 24
"""Schools in the chart: those that differ most."""
ROW_HEIGHT, FRAME = 14, 110  # pixels


def comparison_booklet(outcomes: Sequence[Outcome], lang: Lang) -> Booklet:
    """Put the page together; all results are set against the first."""
    known = [outcome for outcome in outcomes if outcome.known]
    lost = [outcome for outcome in outcomes if not outcome.known]
    details = [words("compare_none", lang, name=outcome.name, reason=outcome.reason) for outcome in lost]
    parts = [_part(measures_grid(outcomes, lang), lang)]
    if len(known) > 1:
        parts.append(_part(shifts_grid(known, lang), lang))
        parts.append(_schools(known, lang))
    return Booklet(
        title=words("compare_title", lang, count=len(outcomes)),
        subtitle=words("compare_subtitle", lang, first=outcomes[0].name),
        headline=words("compare_headline", lang, count=len(known), all=len(outcomes)),
        tone="fair" if lost else "good",
        details=tuple(details),
        parts=tuple(parts),
        lang=lang,
        linked=True,
    )


def _part(grid: Grid, lang: Lang) -> Part:
    return Part(grid, words(f"section_{grid.name}", lang), words(f"about_{grid.name}", lang))


def measures_grid(outcomes: Sequence[Outcome], lang: Lang) -> Grid:
    """One row a measure, one column a result."""
    heads = (Column(words("measure", lang)), *(Column(o.name, "number", 3) for o in outcomes))
    rows: list[tuple[Value, ...]] = [
        (words("status", lang), *(say(f"levels.{o.status}", lang) for o in outcomes)),
        (
            words("amount", lang),
            *(_of(o, lambda x: Exact(float(x.total), cents((x.total,)))) for o in outcomes),
        ),
        (words("money_cv", lang), *(o.evenness[0] for o in outcomes)),
        (words("money_gini", lang), *(o.evenness[1] for o in outcomes)),
        (words("floors_met", lang), *(_of(o, _floors) for o in outcomes)),
    ]
    keys = sorted({(s.indicator, s.stage) for o in outcomes for s in o.spread}, key=_order)
    rows += [_spread_row(outcomes, key, lang) for key in keys]
    rows += [_gini_row(outcomes, key, lang) for key in keys]
    return Grid("measures", heads, tuple(rows))


def _order(key: tuple[str, str]) -> tuple[str, int]:
    return key[0], [stage.value for stage in Stage].index(key[1])


def _of(outcome: Outcome, value: Callable[[Outcome], Value]) -> Value:
    """A value of a result; a dash where there is no split."""
    return value(outcome) if outcome.known else None


def _total(outcome: Outcome) -> Exact:
    return Exact(float(outcome.total), cents((outcome.total,)))


def _floors(outcome: Outcome) -> str:
    return f"{outcome.floors_met} / {outcome.floors}"


def _name(key: tuple[str, str], measure: str, lang: Lang) -> str:
    return (
        f"{words(measure, lang)} {key[0]} {word(next(stage for stage in Stage if stage.value == key[1]), lang)}"
    )


def _spread_row(outcomes: Sequence[Outcome], key: tuple[str, str], lang: Lang) -> tuple[Value, ...]:
    cells: list[Value] = [_name(key, "cv", lang)]
    for outcome in outcomes:
        at = next((s for s in outcome.spread if (s.indicator, s.stage) == key), None)
        cells.append(Judged(at.cv, at.met, at.limit) if at is not None and outcome.known else None)
    return tuple(cells)


def _gini_row(outcomes: Sequence[Outcome], key: tuple[str, str], lang: Lang) -> tuple[Value, ...]:
    cells: list[Value] = [_name(key, "gini", lang)]
    for outcome in outcomes:
        at = next((s for s in outcome.spread if (s.indicator, s.stage) == key), None)
        cells.append(at.gini if at is not None and outcome.known else None)
    return tuple(cells)


def shifts_grid(outcomes: Sequence[Outcome], lang: Lang) -> Grid:
    """Who gains and who loses against the first result, by how much."""
    base = outcomes[0]
    heads = (
        Column(words("result", lang)),
        *(Column(words(name, lang), "integer") for name in ("up", "down", "same")),
        *(Column(words(name, lang), "number", _digits(outcomes)) for name in ("gained", "lost")),
        *(Column(words(name, lang), widest=44) for name in ("best", "worst")),
    )
    rows: list[tuple[Value, ...]] = []
    for other in outcomes[1:]:
        found = shift(base, other)
        names = {**base.schools, **other.schools}
        ends = [
            "" if end is None else f"{names[end[0]][0] or end[0]} {end[1]:+,}"
            for end in (found.best, found.worst)
        ]
        sums = (float(found.gained), float(found.lost))
        rows.append((other.name, found.up, found.down, found.same, *sums, *ends))
    return Grid("shifts", heads, tuple(rows))


def _digits(outcomes: Sequence[Outcome]) -> int:
    return cents(tuple(amount for outcome in outcomes for amount in outcome.amounts.values()))


def _schools(outcomes: Sequence[Outcome], lang: Lang) -> Part:
    grid, worst = schools_grid(outcomes, lang), _most_apart(outcomes)
    height = FRAME + ROW_HEIGHT * len(worst) * max(2, len(outcomes) - 1)
    caption = words("caption_compare", lang, count=len(worst), first=outcomes[0].name)
    return Part(
        grid,
        words("section_compare", lang),
        words("about_compare", lang, first=outcomes[0].name),
        _chart(outcomes, worst, lang),
        caption,
        height=height,
    )


def schools_grid(outcomes: Sequence[Outcome], lang: Lang) -> Grid:
    """Each school in every result, and its difference from the first."""
    digits = _digits(outcomes)
    heads = [Column(words("school", lang)), Column(words("pupils", lang), "integer")]
    heads += [Column(outcome.name, "number", digits) for outcome in outcomes]
    heads += [Column(words("against", lang, name=o.name), "number", digits) for o in outcomes[1:]]
    apart = [differences(outcomes[0], other) for other in outcomes[1:]]
    rows = []
    for code in school_codes(outcomes):
        name, pupils = next(o.schools[code] for o in outcomes if code in o.schools)
        amounts = [float(o.amounts[code]) if code in o.amounts else None for o in outcomes]
        more = [float(each.get(code, ZERO)) for each in apart]
        rows.append((name or code, pupils, *amounts, *more))
    return Grid("compare", tuple(heads), tuple(rows))


def _most_apart(outcomes: Sequence[Outcome]) -> list[str]:
    """Codes of the schools that differ most from the first result, in any other; the largest gain first."""
    apart = [differences(outcomes[0], other) for other in outcomes[1:]]
    size = {code: max(abs(each.get(code, ZERO)) for each in apart) for code in school_codes(outcomes)}
    most = sorted((code for code, x in size.items() if x), key=lambda code: -size[code])[:MOST_SCHOOLS]
    return sorted(most, key=lambda code: -sum((each.get(code, ZERO) for each in apart), start=ZERO))


def _chart(outcomes: Sequence[Outcome], codes: Sequence[str], lang: Lang) -> dict[str, Any] | None:
    """Bars of the differences, one series a result."""
    if not codes:
        return None
    base, shown = outcomes[0], codes[::-1]
    names = {code: base.schools.get(code, (code, 0))[0] or code for code in shown}
    series = []
    for k, other in enumerate(outcomes[1:]):
        apart = differences(base, other)
        bars = [
            {
                "name": f"{names[code]} · {other.name}: {apart.get(code, ZERO):+,}",
                "value": float(apart.get(code, ZERO)),
            }
            for code in shown
        ]
        colour = {"color": COLOURS[k % len(COLOURS)]}
        series.append({"type": "bar", "name": other.name, "itemStyle": colour, "barMaxWidth": 12, "data": bars})
    return {
        "legend": {"top": 0, "type": "scroll"},
        "grid": {"left": 12, "right": 40, "top": 36, "bottom": 44, "containLabel": True},
        "xAxis": {**value_axis(words("change", lang)), "scale": False},
        "yAxis": {
            "type": "category",
            "data": [names[code] for code in shown],
            "axisTick": {"show": False},
            "axisLabel": {"interval": 0},
        },
        "series": series,
    }
