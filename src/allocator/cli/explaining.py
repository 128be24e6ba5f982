"""The command that explains a plan."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Annotated

import typer

from allocator.cli import alliance_results, show
from allocator.cli.language import spoken
from allocator.cli.options import (
    LANGUAGE,
    AsOfOption,
    District,
    GapOption,
    JsonOption,
    LangOption,
    NamesOption,
    PolicyOption,
    QuietOption,
    SetOption,
    month,
)
from allocator.cli.planning import PlanArgument
from allocator.cli.progress import TerminalProgress
from allocator.domain.run import Limits
from allocator.errors import UsageError
from allocator.text import Lang, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from allocator.domain.spoken import Explanation
    from allocator.explaining import Explainer, Named


def _words(name: str) -> str:
    return say(f"explain.{name}", spoken())


TeacherOption = Annotated[
    str | None, typer.Option("--teacher", metavar="ID", help=_words("opt_teacher"), show_default=False)
]
SchoolOption = Annotated[
    str | None, typer.Option("--school", metavar="ID", help=_words("opt_school"), show_default=False)
]
WithOption = Annotated[
    str | None,
    typer.Option("--with", metavar="ID", help=say("alliance_plan.opt_with", spoken()), show_default=False),
]
PricesOption = Annotated[bool, typer.Option("--prices", help=_words("opt_prices"))]
WhoOption = Annotated[int, typer.Option("--replacements", metavar="N", min=0, help=_words("opt_who"))]
EachOption = Annotated[float, typer.Option("--time-limit", metavar="S", min=0.0, help=_words("opt_limit"))]

KINDS = {
    "Why": "why",
    "WhyNot": "why_not",
    "WhoElse": "who_else",
    "SchoolChange": "school",
    "Price": "prices",
}
"""Names of the answers in the JSON document, each a list."""


def explain(
    district: District,
    plan: PlanArgument,
    teacher: TeacherOption = None,
    school: SchoolOption = None,
    other: WithOption = None,
    prices: PricesOption = False,
    replacements: WhoOption = 3,
    policy: PolicyOption = None,
    as_of: AsOfOption = None,
    overrides: SetOption = None,
    time_limit: EachOption = 20.0,
    gap: GapOption = 1e-4,
    show_names: NamesOption = False,
    quiet: QuietOption = False,
    lang: LangOption = LANGUAGE,
    as_json: JsonOption = False,
) -> None:
    """Explain a plan."""
    from allocator.io.alliance_plans import is_alliance_plan  # noqa: PLC0415  help stays fast

    limits = Limits(time_s=time_limit, gap=gap)
    if is_alliance_plan(plan):
        if teacher or prices:
            raise UsageError("alliance_plan.no_teachers")
        alliance_results.explain(
            district, plan, school, other, policy, overrides, limits, lang.value, as_json=as_json
        )
        return
    if other:
        raise UsageError("alliance_plan.only_alliances")
    if not (teacher or school or prices):
        raise UsageError("explain.nothing_asked")
    if prices and (teacher or school):
        raise UsageError("explain.prices_alone")
    from allocator.api import explain_plan  # noqa: PLC0415  help stays fast
    from allocator.cli.claims import Claims  # noqa: PLC0415  light import
    from allocator.explaining import Named  # noqa: PLC0415  light import
    from allocator.io import read, read_plan  # noqa: PLC0415  light import
    from allocator.io.policies import DEFAULT_POLICY, load_policy  # noqa: PLC0415  light import

    claims = Claims.of(plan)
    recorded = None if policy or overrides else claims.policy
    profile = recorded or load_policy(policy or DEFAULT_POLICY, overrides or ())
    data = claims.within(read(district).district)
    watcher = TerminalProgress(show.err, lang.value)
    shown = not (quiet or as_json) and show.err.is_terminal
    explainer = explain_plan(
        data,
        read_plan(plan, data),
        profile,
        as_of=month(as_of) or claims.as_of,
        limits=limits,
        progress=watcher if shown else None,
        locks=claims.locks,
        approved=claims.approved,
    )
    with watcher.shown() if shown else nullcontext():
        found = tuple(_answers(explainer, teacher, school, replacements))
    _print(explainer, found, Named(data, lang.value, show_names=show_names), lang.value, as_json=as_json)


def _answers(
    explainer: Explainer, teacher: str | None, school: str | None, replacements: int
) -> Iterator[Explanation]:
    """What the options ask for."""
    if teacher is not None and school is not None:
        yield explainer.why_not(teacher, school)
    elif teacher is not None:
        why = explainer.why(teacher)
        yield why
        if why.otherwise is not None and why.move is not None and replacements:
            yield explainer.who_else(teacher, replacements)
    elif school is not None:
        yield explainer.school(school)
    else:
        yield from explainer.prices()


def _print(
    explainer: Explainer, found: tuple[Explanation, ...], labels: Named, lang: Lang, *, as_json: bool
) -> None:
    """Write the answers for machines, or as sentences."""
    from allocator.explaining import sentences  # noqa: PLC0415  light import
    from allocator.io.explained import document  # noqa: PLC0415  light import

    district, breaches = explainer.original, len(explainer.check.violations)
    if as_json:
        answers: dict[str, list[object]] = {}
        for one in found:
            answers.setdefault(KINDS[type(one).__name__], []).append(document(one, district, lang, labels))
        show.print_json({"plan_breaches": breaches, **answers})
        return
    if breaches:
        show.err.print(say("explain.breaks_rules", lang, count=breaches), style="yellow")
    if found and KINDS[type(found[0]).__name__] == "prices":
        show.out.print(say("explain.prices_title", lang), style="bold")
    for one in found:
        for line in sentences(one, district, lang, labels):
            show.out.print(show.one_line(line), markup=False, soft_wrap=True)
