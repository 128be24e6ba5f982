"""The command fund: split grants, print and write the result."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from allocator.cli import show
from allocator.cli.funding_fewest import print_fewest
from allocator.cli.funding_projects import print_projects
from allocator.cli.language import spoken
from allocator.cli.options import (
    LANGUAGE,
    District,
    GapOption,
    JsonOption,
    LangOption,
    OutFolder,
    PolicyOption,
    QuietOption,
    TimeOption,
)
from allocator.cli.running import Ask
from allocator.cli.spending import (
    CurveOption,
    PricesOption,
    ReportOption,
    ScenariosOption,
    run_curve,
    run_scenarios,
    show_asked,
)
from allocator.domain.district import District as DistrictTables
from allocator.domain.funding import FundingDecision, GrantResult
from allocator.domain.measures import MOVABLE
from allocator.domain.policy import Policy
from allocator.domain.run import Limits, ProgressSink, StopSignal
from allocator.errors import InfeasibleError
from allocator.text import Lang, say

if TYPE_CHECKING:
    from allocator.io.reading import Reading

GrantOption = Annotated[
    list[str] | None, typer.Option("--grant", help=say("funding.opt_grant", spoken()), show_default=False)
]
RuleOption = Annotated[
    str | None, typer.Option("--rule", help=say("funding.opt_rule", spoken()), show_default=False)
]
LeastOption = Annotated[bool, typer.Option("--least-money", help=say("funding.opt_least", spoken()))]
FewestOption = Annotated[bool, typer.Option("--fewest-schools", help=say("funding.opt_fewest", spoken()))]
ChangeOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="PATH=VALUE", help=say("funding.opt_set", spoken()), show_default=False),
]


def fund(
    district: District,
    out: OutFolder,
    grants: GrantOption = None,
    rule: RuleOption = None,
    policy: PolicyOption = None,
    changes: ChangeOption = None,
    least_money: LeastOption = False,
    fewest_schools: FewestOption = False,
    prices: PricesOption = False,
    scenarios: ScenariosOption = None,
    curve: CurveOption = None,
    report: ReportOption = True,
    time_limit: TimeOption = None,
    gap: GapOption = 1e-4,
    quiet: QuietOption = False,
    lang: LangOption = LANGUAGE,
    as_json: JsonOption = False,
) -> None:
    """Split grants and write the result."""
    from allocator.io.policies import DEFAULT_POLICY, load_policy  # noqa: PLC0415  help stays fast
    from allocator.spending import changed, funding_document, split_funding, write_funding  # noqa: PLC0415  light import
    from allocator.spending.report import write_report  # noqa: PLC0415  light import
    from allocator.spending.what_if import is_table_path  # noqa: PLC0415  light import

    data = [text for text in changes or () if is_table_path(text)]
    source = (policy or DEFAULT_POLICY, [text for text in changes or () if not is_table_path(text)])
    profile, limits = load_policy(*source), Limits(time_s=time_limit, gap=gap)

    def first(
        reading: Reading, stop: StopSignal, progress: ProgressSink | None
    ) -> tuple[Reading, DistrictTables, FundingDecision]:
        counted, told = changed(reading.district, data), reading.warnings
        decision = split_funding(
            counted,
            profile,
            grants,
            rule,
            stop=stop,
            progress=progress,
            warnings=told,
            least_money=least_money,
            fewest_schools=fewest_schools,
            prices=prices,
        )
        return reading, counted, decision

    ask = Ask(district, out, limits, lang.value, quiet or as_json, as_json)
    reading, counted, decision = ask.run(first)

    def split(district: DistrictTables, policy: Policy, *, least_money: bool = False) -> FundingDecision:
        told, stop = reading.warnings, StopSignal(limits)
        return split_funding(district, policy, grants, rule, stop=stop, warnings=told, least_money=least_money)

    write_funding(decision, out, lang=lang.value)
    if report:
        write_report(decision, out, lang=lang.value)
    if as_json:
        show.print_json(funding_document(decision, lang.value))
    else:
        _report(decision, out, lang.value)
    if scenarios is not None:
        run_scenarios(
            scenarios, decision, counted, source, split, out, lang.value, report=report, quiet=as_json
        )
    if curve is not None:
        run_curve(curve, decision, counted, split, out, lang.value, quiet=as_json)
    if decision.conflicts:
        raise InfeasibleError("funding.infeasible")


def _report(decision: FundingDecision, out: Path, lang: Lang) -> None:
    if decision.conflicts:
        _conflicts(decision, lang)
    else:
        if decision.grants:
            _grants(decision, lang)
            _levels(decision, lang)
        if decision.projects:
            print_projects(decision, lang)
        _spread(decision, lang)
        _above(decision, lang)
    show_asked(decision, lang)
    if decision.least:
        _least(decision, lang)
    if decision.fewest:
        print_fewest(decision, lang)
    if not decision.conflicts:
        show.out.print(say(f"funding.done_{decision.status}", lang), style="bold green")
    show.out.print(say("funding.written", lang, path=out), markup=False, soft_wrap=True)


def _headers(lang: Lang, *names: str) -> list[str]:
    return [say(f"funding.col_{name}", lang) for name in names]


def _yuan(amount: Decimal | None) -> str:
    return "–" if amount is None else f"{amount:,}"


def _grants(decision: FundingDecision, lang: Lang) -> None:
    pupils = {s.school_id: sum(s.pupils(stage) or 0 for stage in s.stages) for s in decision.district.schools}
    training: dict[str, Decimal] = {}
    for row in decision.split.amounts:
        training[row.grant_id] = training.get(row.grant_id, Decimal(0)) + row.training_yuan
    rows = []
    for result in decision.grants:
        each = [s.amount_yuan / pupils[s.school_id] for s in result.schools if pupils[s.school_id]]
        amount = sum((s.amount_yuan for s in result.schools), start=Decimal(0))
        ends = [f"{end:,.2f}" for end in (min(each), max(each))] if each else ["–", "–"]
        marked = training[result.grant_id]
        rows.append(
            [
                show.one_line(result.grant_id),
                result.rule.label(lang) if lang == "zh" else result.rule.value,
                _yuan(amount),
                str(len(result.schools)),
                *ends,
                _yuan(marked) if marked else "–",
            ]
        )
    names = ("grant", "rule", "amount", "schools", "lowest", "highest", "training")
    show.table(say("funding.title", lang), _headers(lang, *names), rows, right=range(2, 7))


def _levels(decision: FundingDecision, lang: Lang) -> None:
    rows = [row for result in decision.grants for row in _level_rows(result, lang)]
    names = ("grant", "level", "before", "value", "bound", "gap", "loss")
    show.table(say("funding.levels_title", lang), _headers(lang, *names), rows, right=range(2, 7))


def _level_rows(result: GrantResult, lang: Lang) -> list[Sequence[str]]:
    return [
        (
            show.one_line(result.grant_id),
            say(f"funding.level_{level.name}", lang),
            show.number(level.before, 4),
            show.number(level.value, 4),
            show.number(level.bound, 4),
            "–" if level.gap is None else f"{level.gap:.4%}",
            f"{level.loss:.2g}",
        )
        for level in result.levels
    ]


def _spread(decision: FundingDecision, lang: Lang) -> None:
    """Print the weighted CV of I4-I7, the indicators that money moves."""
    taught = {section.stage for section in decision.before.sections}
    rows = [
        (
            now.stage.label(lang),
            now.indicator,
            show.number(now.mean, 2),
            show.number(then.cv),
            show.number(now.cv),
            show.number(now.limit, 2),
            "–" if now.met is None else say("cli.yes" if now.met else "cli.no", lang),
        )
        for then, now in zip(decision.before.counties, decision.after.counties, strict=True)
        if now.stage in taught and now.indicator not in MOVABLE
    ]
    headers = [say(f"cli.col_{name}", lang) for name in ("stage", "indicator", "mean")]
    headers += _headers(lang, "before", "after")
    headers += [say(f"cli.col_{name}", lang) for name in ("limit", "verdict")]
    show.table(say("cli.cv_title", lang), headers, rows, right=range(2, 7))


def _above(decision: FundingDecision, lang: Lang) -> None:
    """Print grants that leave nothing to split, and what they raised that stays above its limit (F6)."""
    from allocator.spending.limits import above_limits, above_text, only_floors  # noqa: PLC0415  light import
    from allocator.spending.nothing_chosen import nothing_chosen  # noqa: PLC0415  light import

    for code in only_floors(decision):
        text = say("funding.floors_take_all", lang, grant=show.one_line(code))
        show.out.print(text, style="yellow", markup=False, soft_wrap=True)
    for sentence in nothing_chosen(decision, lang):
        show.out.print(show.one_line(sentence), style="yellow", markup=False, soft_wrap=True)
    for row in above_limits(decision):
        text = show.one_line(above_text(row, lang))
        show.out.print(text, style="yellow", markup=False, soft_wrap=True)


def _least(decision: FundingDecision, lang: Lang) -> None:
    rows = [
        (
            show.one_line(row.grant_id),
            _yuan(row.floors_yuan),
            _yuan(row.least_yuan),
            "–" if row.bound_yuan is None else f"{row.bound_yuan:,.0f}",
        )
        for row in decision.least
    ]
    known = [row.least_yuan for row in decision.least if row.least_yuan is not None]
    if len(known) == len(rows) > 1:
        floors = sum((row.floors_yuan for row in decision.least), start=Decimal(0))
        rows.append((say("funding.total", lang), _yuan(floors), _yuan(sum(known, start=Decimal(0))), ""))
    names = ("grant", "floors", "least", "bound")
    show.table(say("funding.least_title", lang), _headers(lang, *names), rows, right=range(1, 4))


def _conflicts(decision: FundingDecision, lang: Lang) -> None:
    from allocator.spending.writing import conflict_text, relaxation_texts  # noqa: PLC0415  light import

    for conflict in decision.conflicts:
        show.out.print(show.one_line(conflict_text(conflict, lang)), style="red", markup=False, soft_wrap=True)
        ways = relaxation_texts(conflict, lang)
        if ways:
            show.out.print(say("funding.ways", lang))
        for way in ways:
            show.out.print(f"  - {way}", markup=False, soft_wrap=True)
