"""Commands about several plans: alternatives of `rotate`, tradeoff, rollout, check-rollout."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from allocator.cli import conflicts, show
from allocator.cli.language import spoken
from allocator.cli.options import (
    LANGUAGE,
    AsOfOption,
    District,
    GapOption,
    JsonOption,
    LangOption,
    NamesOption,
    OutFolder,
    PolicyOption,
    QuietOption,
    SeedOption,
    SetOption,
    TimeOption,
    WorkersOption,
    month,
)
from allocator.cli.running import Ask
from allocator.domain.plan import Decision, Move, Status
from allocator.domain.run import Limits, ProgressSink, StopSignal
from allocator.domain.several import Alternatives, RolloutReport, RolloutTerms, TradeOff
from allocator.errors import InfeasibleError, LimitError, UsageError
from allocator.text import Lang, say

if TYPE_CHECKING:
    from allocator.campaign.writing import WrittenAlternatives
    from allocator.domain.fields import Month
    from allocator.domain.policy import Policy
    from allocator.io.reading import Reading


def _words(name: str) -> str:
    return say(f"several.{name}", spoken())


AlternativesOption = Annotated[
    int | None,
    typer.Option(
        "--alternatives", metavar="K", min=1, max=50, help=_words("opt_alternatives"), show_default=False
    ),
]
LossOption = Annotated[float, typer.Option("--loss", min=0.0, max=1.0, help=_words("opt_loss"))]
DistanceOption = Annotated[int, typer.Option("--least-distance", min=1, help=_words("opt_distance"))]

CAMPAIGN_GAP = 1e-3
"""Default gap of runs that solve many problems: 0.1 %, as wide as the slack between levels."""


def find_alternatives(
    ask: Ask,
    policy: Policy,
    as_of: Month | None,
    asked: tuple[int, float, int],
    *,
    changing: Mapping[str, Any],
    show_names: bool,
) -> tuple[Alternatives, Path]:
    """Plan with alternatives and write all of it; `asked` is their number, the loss and the least distance."""
    from allocator.api import plan_rotation  # noqa: PLC0415  help stays fast
    from allocator.campaign import alternatives_to  # noqa: PLC0415  as above

    k, loss, least = asked

    def campaign(reading: Reading, stop: StopSignal, progress: ProgressSink | None) -> WrittenAlternatives:
        plan = plan_rotation(
            reading.district,
            policy,
            as_of=as_of,
            stop=stop,
            progress=progress,
            warnings=reading.warnings,
            **changing,
        )
        return alternatives_to(plan, k=k, loss=loss, least_distance=least, stop=stop, progress=progress)

    result = ask.run(campaign)
    return result, result.write(ask.out, lang=ask.lang, show_names=show_names)


def show_alternatives(result: Alternatives, folder: Path, lang: Lang) -> None:
    """Print the plans side by side."""
    levels = [level.name for level in result.plan.levels]
    rows = []
    for k, decision in enumerate(result.decisions):
        other = result.others[k - 1] if k else None
        name = say("several.best_plan", lang) if other is None else say("several.alternative", lang, number=k)
        values = [show.number(level.final, show.DIGITS[level.name]) for level in decision.levels]
        apart = ["–", "–"] if other is None else [str(other.distance), show.number(other.bound, 0)]
        rows.append((name, *values, str(len(decision.moves)), *apart))
    names = [say("several.plan", lang), *(say(f"levels.{name}", lang) for name in levels)]
    names += [say(f"several.{name}", lang) for name in ("moved", "nearest_short", "bound_short")]
    show.table(say("several.plans", lang), names, rows, right=range(1, len(names)))
    show.out.print(say(f"several.alternatives_end_{result.end}", lang), soft_wrap=True)
    _open(folder / "alternatives.html", lang)


def _open(path: Path, lang: Lang) -> None:
    show.out.print(say("cli.open_report", lang, path=path), markup=False, soft_wrap=True)


def _must_have_plan(decision: Decision, lang: Lang) -> None:
    """End with the exit code of a run without a plan; a conflict of rules is named."""
    if decision.status is Status.INFEASIBLE:
        conflicts.conflict(decision.conflict, lang)
        raise InfeasibleError("conflict.infeasible", hint=say("several.hint_elastic", lang))
    if decision.check is None:
        raise LimitError("cli.no_plan")


def tradeoff(
    district: District,
    out: OutFolder,
    points: Annotated[
        int, typer.Option("--points", metavar="N", min=2, max=200, help=_words("opt_points"))
    ] = 8,
    axes: Annotated[str, typer.Option("--axes", help=_words("opt_axes"))] = "moves,balance",
    policy: PolicyOption = None,
    as_of: AsOfOption = None,
    time_limit: TimeOption = None,
    gap: GapOption = CAMPAIGN_GAP,
    seed: SeedOption = 0,
    workers: WorkersOption = 1,
    overrides: SetOption = None,
    show_names: NamesOption = False,
    quiet: QuietOption = False,
    lang: LangOption = LANGUAGE,
) -> None:
    """Find points of the front between moves, balance and kilometres."""
    from allocator.campaign import trade_off  # noqa: PLC0415  as above
    from allocator.io.policies import DEFAULT_POLICY, load_policy  # noqa: PLC0415  as above

    profile = load_policy(policy or DEFAULT_POLICY, overrides or ())
    ask = Ask(district, out, Limits(time_s=time_limit, gap=gap, seed=seed, workers=workers), lang.value, quiet)
    result = ask.run(
        lambda reading, stop, progress: trade_off(
            reading.district,
            profile,
            axes=[axis.strip() for axis in axes.split(",")],
            points=points,
            as_of=month(as_of),
            stop=stop,
            progress=progress,
            warnings=reading.warnings,
        )
    )
    folder = result.write(out, lang=lang.value, show_names=show_names)
    _must_have_plan(result.plan, lang.value)
    _show_front(result, lang.value)
    _open(folder / "tradeoff.html", lang.value)


def _show_front(result: TradeOff, lang: Lang) -> None:
    """Print the points with their gaps."""
    from allocator.reporting.several import AXIS_DIGITS, gap_cell  # noqa: PLC0415  help stays fast

    heads = [say("several.point", lang)]
    for axis in result.axes:
        heads += [say(f"several.axis_{axis}", lang), say("several.gap", lang)]
    rows = [
        [
            str(k),
            *(
                cell
                for axis in result.axes
                for cell in (show.number(point.values[axis], AXIS_DIGITS[axis]), gap_cell(point.gap(axis)))
            ),
        ]
        for k, point in enumerate(result.points, start=1)
    ]
    show.table(say("several.front", lang), heads, rows, right=range(1, len(heads)))
    name = "front_complete" if result.complete else f"front_end_{result.end}"
    show.out.print(say(f"several.{name}", lang), soft_wrap=True)


def rollout(
    district: District,
    out: OutFolder,
    years: Annotated[int, typer.Option("--years", min=2, max=5, help=_words("opt_years"))] = 3,
    target_share: Annotated[
        float, typer.Option("--target-share", min=0.0, max=1.0, help=_words("opt_target"))
    ] = 1.0,
    term: Annotated[int, typer.Option("--term", metavar="YEARS", min=1, max=20, help=_words("opt_term"))] = 3,
    returns: Annotated[bool, typer.Option("--returns", help=_words("opt_returns"))] = False,
    max_tenure: Annotated[
        float | None,
        typer.Option(
            "--max-tenure", metavar="YEARS", min=0.0, help=_words("opt_max_tenure"), show_default=False
        ),
    ] = None,
    policy: PolicyOption = None,
    as_of: AsOfOption = None,
    time_limit: TimeOption = None,
    gap: GapOption = CAMPAIGN_GAP,
    seed: SeedOption = 0,
    workers: WorkersOption = 1,
    overrides: SetOption = None,
    show_names: NamesOption = False,
    quiet: QuietOption = False,
    lang: LangOption = LANGUAGE,
) -> None:
    """Plan a roll-out over several years."""
    from allocator.campaign import rollout as roll_out  # noqa: PLC0415  as above
    from allocator.io.policies import DEFAULT_POLICY, load_policy  # noqa: PLC0415  as above

    profile = load_policy(policy or DEFAULT_POLICY, overrides or ())
    terms = RolloutTerms(years, target_share, term, returns, max_tenure)
    ask = Ask(district, out, Limits(time_s=time_limit, gap=gap, seed=seed, workers=workers), lang.value, quiet)
    result = ask.run(
        lambda reading, stop, progress: roll_out(
            reading.district,
            profile,
            terms=terms,
            as_of=month(as_of),
            stop=stop,
            progress=progress,
            warnings=reading.warnings,
        )
    )
    folder = result.write(out, lang=lang.value, show_names=show_names)
    if result.report is not None:
        _show_years(result.report, lang.value)
        reach = result.bounds.reach
        if reach is not None:
            show.out.print(say("several.horizon_reach", lang.value, reach=reach), soft_wrap=True)
    _open(folder / "rollout.html", lang.value)
    _must_have_plan(result.years[-1].decision, lang.value)
    if result.report is not None and not result.report.passed:
        raise InfeasibleError("several.rollout_unmet", count=len(result.report.violations))


def _show_years(report: RolloutReport, lang: Lang) -> None:
    """Print one line a year, then what is not reached."""
    for year in report.years:
        line = say(
            "several.year_line",
            lang,
            year=year.as_of.year,
            eligible=year.report.eligible,
            moved=year.report.moved,
            backbone=year.report.backbone_moved,
            total=year.cohort_total,
            cohort=report.cohort,
            violations=len(year.report.violations),
        )
        show.out.print(line, markup=False, soft_wrap=True)
    for year in report.years:
        for breach in year.report.violations:
            show.out.print(
                f"{year.as_of.year}  {breach.rule}  {breach.text(lang)}", markup=False, soft_wrap=True
            )
    for violation in report.violations:
        show.out.print(f"{violation.rule}  {violation.text(lang)}", markup=False, soft_wrap=True)


def check_rollout(
    district: District,
    plan: Annotated[Path, typer.Argument(metavar="ROLLOUT", help=_words("arg_rollout"), show_default=False)],
    lang: LangOption = LANGUAGE,
    as_json: JsonOption = False,
) -> None:
    """Judge a roll-out from the tables, its moves and its terms alone."""
    from allocator.checking.rollout import check_rollout as judge  # noqa: PLC0415  help stays fast
    from allocator.io import read, read_plan  # noqa: PLC0415  as above
    from allocator.io.several import read_rollout_terms  # noqa: PLC0415  as above

    terms, policies, first = read_rollout_terms(plan)
    tables = read(district).district
    plans = _by_year(read_plan(plan, tables), first.year, len(policies), plan)
    report = judge(tables, policies, plans, first, terms)
    if as_json:
        show.print_json(_document(report, lang.value))
    else:
        _show_years(report, lang.value)
    if not report.passed:
        count = len(report.violations) + sum(len(y.report.violations) for y in report.years)
        raise InfeasibleError("several.rollout_unmet", count=count)
    if not as_json:
        show.out.print(say("several.rollout_passed", lang.value), style="bold green")


def _by_year(moves: Sequence[Move], first: int, years: int, path: Path) -> list[list[Move]]:
    plans: list[list[Move]] = [[] for _ in range(years)]
    for move in moves:
        year = -1 if move.year is None else move.year - first
        if not 0 <= year < years:
            params = {"teacher": move.teacher_id, "year": move.year, "first": first, "last": first + years - 1}
            raise UsageError("several.move_year", path=str(path), **params)
        plans[year].append(move)
    return plans


def _document(report: RolloutReport, lang: Lang) -> dict[str, Any]:
    from allocator.io.results import check_document  # noqa: PLC0415  help stays fast

    return {
        "passed": report.passed,
        "cohort": report.cohort,
        "target": report.target,
        "reached": report.reached,
        "years": [
            {
                "as_of": str(year.as_of),
                "cohort_moved": year.cohort_moved,
                "cohort_total": year.cohort_total,
                "returned": year.returned,
                "overdue": year.overdue,
                **check_document(year.report, lang),
            }
            for year in report.years
        ],
        "violations": [
            {"demand": v.rule, "subject": v.subject, "amount": v.amount, "unit": v.unit, "text": v.text(lang)}
            for v in report.violations
        ],
    }
