"""What goes beyond one split: the command compare, and the scenarios and curves of `fund`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from allocator.cli import show
from allocator.cli.language import spoken
from allocator.cli.options import LANGUAGE, LangOption
from allocator.domain.district import District
from allocator.domain.funding import FundingDecision
from allocator.errors import UsageError
from allocator.reporting.grid import Grid
from allocator.text import Lang, say

if TYPE_CHECKING:
    from allocator.reporting.money.outcome import Outcome
    from allocator.spending.comparing import Splitter


GENERAL = 5
"""Rows of the measures that are about the money itself; they are always printed."""


def _words(name: str) -> str:
    return say(f"fundreport.{name}", spoken())


ScenariosOption = Annotated[
    Path | None,
    typer.Option("--scenarios", metavar="FILE", help=_words("opt_scenarios"), show_default=False),
]
CurveOption = Annotated[
    str | None,
    typer.Option("--curve", metavar="FROM:TO:N", help=_words("opt_curve"), show_default=False),
]
PricesOption = Annotated[bool, typer.Option("--prices", help=_words("opt_prices"))]
ReportOption = Annotated[bool, typer.Option("--report/--no-report", help=_words("opt_report"))]


def compare(
    results: Annotated[list[Path], typer.Argument(help=_words("arg_results"), show_default=False)],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help=_words("opt_compare_out"), show_default=False)
    ] = None,
    lang: LangOption = LANGUAGE,
) -> None:
    """Set results of splits side by side."""
    from allocator.spending.comparing import read_outcomes, write_comparison  # noqa: PLC0415  help stays fast

    if len(results) < 2:
        raise UsageError("fundreport.two_results")
    outcomes = read_outcomes(results)
    show_comparison(outcomes, lang.value)
    if out is not None:
        show_page(write_comparison(outcomes, out, lang=lang.value), lang.value)


def show_comparison(outcomes: Sequence[Outcome], lang: Lang) -> None:
    """Print the measures, then who gains and who loses."""
    from allocator.reporting.money.comparison import measures_grid, shifts_grid  # noqa: PLC0415  help stays fast

    for outcome in outcomes:
        if not outcome.known:
            text = say("fundreport.compare_none", lang, name=outcome.name, reason=outcome.reason)
            show.out.print(show.one_line(text), style="yellow", markup=False, soft_wrap=True)
    known = [outcome for outcome in outcomes if outcome.known]
    grids = [_differing(measures_grid(outcomes, lang)), *([shifts_grid(known, lang)] if len(known) > 1 else [])]
    for grid in grids:
        show_grid(grid, range(1, len(grid.columns)), lang)


def show_asked(decision: FundingDecision, lang: Lang) -> None:
    """Print the evaluation of alliances and the shadow prices, where there are any."""
    from allocator.reporting.money.alliances import bundled_grid  # noqa: PLC0415  help stays fast
    from allocator.reporting.money.facts import MoneyFacts  # noqa: PLC0415  as above
    from allocator.reporting.money.prices import prices_grid  # noqa: PLC0415  as above

    facts = MoneyFacts(decision, lang)
    # A console is narrow: members and weights, and how a range was found, are in the page and the workbook.
    for grid, left_out in ((bundled_grid(facts), {2, 8}), (prices_grid(facts), {5})):
        if grid.rows:
            kept = [k for k in range(len(grid.columns)) if k not in left_out]
            rows = tuple(tuple(row[k] for k in kept) for row in grid.rows)
            shorter = Grid(grid.name, tuple(grid.columns[k] for k in kept), rows)
            right = [k for k, column in enumerate(shorter.columns) if column.numeric]
            show_grid(shorter, right, lang)


def show_grid(grid: Grid, right: Sequence[int], lang: Lang) -> None:
    """Print one table of the report."""
    from allocator.reporting.grid import shown  # noqa: PLC0415  help stays fast

    rows = [
        [show.one_line(shown(value, column)) for value, column in zip(row, grid.columns, strict=True)]
        for row in grid.rows
    ]
    headers = [show.one_line(column.header) for column in grid.columns]
    show.table(say(f"fundreport.section_{grid.name}", lang), headers, rows, right=right)


def _differing(grid: Grid) -> Grid:
    """The measures of all splits, of the indicators only those that are not everywhere the same."""
    told = [row for k, row in enumerate(grid.rows) if k < GENERAL or len(set(map(str, row[1:]))) > 1]
    return Grid(grid.name, grid.columns, tuple(told))


def show_page(path: Path, lang: Lang) -> None:
    """Say where a page is."""
    show.out.print(say("cli.open_report", lang, path=path), markup=False, soft_wrap=True)


def run_scenarios(
    path: Path,
    base: FundingDecision,
    district: District,
    profile: tuple[str | Path, Sequence[str]],
    split: Splitter,
    out: Path,
    lang: Lang,
    *,
    report: bool,
    quiet: bool,
) -> None:
    """Split every scenario of a file, write each into a folder of its own, and compare all with the base."""
    from allocator.spending.comparing import (  # noqa: PLC0415  help stays fast
        folder_names,
        outcome_of,
        read_scenarios,
        split_scenarios,
        write_comparison,
    )
    from allocator.spending.report import write_report  # noqa: PLC0415  as above
    from allocator.spending.writing import write_funding  # noqa: PLC0415  as above

    scenarios = read_scenarios(path)
    decisions = split_scenarios(district, *profile, scenarios, split)
    outcomes = [outcome_of(say("fundreport.base", lang), base, lang)]
    for (name, decision), folder in zip(decisions.items(), folder_names(list(decisions)), strict=True):
        write_funding(decision, out / "scenarios" / folder, lang=lang)
        if report:
            write_report(decision, out / "scenarios" / folder, lang=lang)
        outcomes.append(outcome_of(name, decision, lang))
    page = write_comparison(outcomes, out, lang=lang)
    if not quiet:
        show_comparison(outcomes, lang)
        show_page(page, lang)


def run_curve(
    text: str, base: FundingDecision, district: District, split: Splitter, out: Path, lang: Lang, *, quiet: bool
) -> None:
    """Split the one grant at every amount of a curve and write it."""
    from allocator.spending.curve import curve_of, write_curve  # noqa: PLC0415  help stays fast

    page = write_curve(curve_of(text, base, district, split), out, lang=lang)
    if not quiet:
        show_page(page, lang)
