"""How a checker's judgement is told, whatever the plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from allocator.cli import show
from allocator.domain.plan import Judgement
from allocator.domain.policy import Policy
from allocator.errors import Fault, InfeasibleError
from allocator.text import Lang, say


def tell(
    report: Judgement,
    policy: Policy,
    problems: Sequence[str],
    lang: Lang,
    warnings: Sequence[Fault] = (),
    *,
    within: str | None = None,
    as_json: bool,
) -> None:
    """Print a judgement, the warnings about the tables and the claims that do not hold.

    Raises
    ------
    InfeasibleError
        If a rule that binds is broken.
    """
    if as_json:
        from allocator.io.results import check_document  # noqa: PLC0415  help stays fast

        noted = show.fault_records(warnings, lang)
        show.print_json({**check_document(report, lang=lang), "claims": list(problems), "warnings": noted})
    else:
        show.faults(warnings, lang)
        show.out.print(say("cli.judged_by", lang, policy=policy.id), style="dim", markup=False)
        if within:
            show.out.print(within, style="dim")
        show.rules(report, lang)
        _levels(report.levels_before, report.levels, lang)
        for problem in problems:
            show.out.print(problem, style="yellow", markup=False, soft_wrap=True)
    conclude(report, lang, quiet=as_json)


def conclude(report: Judgement, lang: Lang, *, quiet: bool) -> None:
    """Print whether a plan passes, and at what price of elastic rules.

    Raises
    ------
    InfeasibleError
        If a rule that binds is broken.
    """
    if not report.passed:
        raise InfeasibleError("cli.failed", count=len(report.broken))
    if not quiet and report.relaxed:
        price = {"count": len(report.relaxed), "price": f"{report.price:g}"}
        show.out.print(say("conflict.check_relaxed", lang, **price), style="bold yellow")
    elif not quiet:
        show.out.print(say("cli.passed", lang), style="bold green")


def _levels(before: Mapping[str, float], after: Mapping[str, float], lang: Lang) -> None:
    rows: Sequence[Sequence[str]] = [
        (say(f"levels.{name}", lang), *(show.number(v[name], show.DIGITS[name]) for v in (before, after)))
        for name in after
    ]
    headers = [say(f"cli.col_{name}", lang) for name in ("level", "before", "after")]
    show.table(say("cli.levels_title", lang), headers, rows, right=(1, 2))
