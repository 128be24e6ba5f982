"""Results on the terminal: short tables of faults, levels, rules and indicators."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from allocator.domain.measures import Measures
from allocator.domain.plan import Judgement, Level, Violation, rule_sentence
from allocator.domain.policy import Policy
from allocator.errors import Fault
from allocator.text import Lang, say

out = Console(highlight=False, soft_wrap=False)
err = Console(stderr=True, highlight=False)


def print_json(document: Any) -> None:
    """Print a document to standard output, for machines."""
    print(json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False))  # noqa: T201  the output itself


def table(
    title: str, headers: Sequence[str], rows: Iterable[Sequence[str]], *, right: Iterable[int] = ()
) -> None:
    """Print a table; the columns numbered in `right` are aligned to the right. No cell is read as markup."""
    grid = Table(title=title, title_justify="left", title_style="bold", header_style="bold", expand=False)
    for i, header in enumerate(headers):
        grid.add_column(header, justify="right" if i in set(right) else "left", overflow="fold")
    for row in rows:
        grid.add_row(*(Text(cell) for cell in row))
    out.print(grid)


def faults(found: Sequence[Fault], lang: Lang, console: Console = err) -> None:
    """Print every fault on a line of its own: severity, place, value found, remedy."""
    for fault in found:
        line = Text()
        line.append(say(f"cli.faults_{fault.severity}", lang), "red" if fault.severity == "error" else "yellow")
        line.append(one_line(f"  {place}  " if (place := fault.place(lang)) else "  "))
        line.append(one_line(fault.text(lang)))
        console.print(line, soft_wrap=True)


_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


def one_line(text: str) -> str:
    """Text of the user's files as it may go to a terminal: no line breaks, escape codes or reversed writing."""
    return _CONTROL.sub(" ", text)


def fault_records(found: Sequence[Fault], lang: Lang) -> list[dict[str, Any]]:
    """Faults for machines."""
    return [
        {
            "severity": f.severity,
            "code": f.key,
            "table": f.table,
            "sheet": f.sheet,
            "row": f.row,
            "column": f.column,
            "cell": f.cell,
            "value": f.value,
            "text": f.text(lang),
            "count": f.count,
            "rows": list(f.examples) or ([] if f.row is None else [f.row]),
        }
        for f in found
    ]


def number(value: float | None, digits: int = 3) -> str:
    """A number as text, never -0; a dash where it is unknown."""
    return "–" if value is None else f"{value:z,.{digits}f}"


DIGITS = {"breaches": 1, "changes": 0, "staffing": 0, "balance": 6, "burden": 1}
DIGITS |= {"coverage": 0, "benefit": 4, "evenness": 2, "distance": 1}
DIGITS |= {"pupils": 4, "strong": 4, "cut": 0}


def levels(found: Sequence[Level], lang: Lang, words: Mapping[str, str] | None = None) -> None:
    """Print the objective levels: before and after the plan, best value alone, bound, gap.

    `words` are headers (catalogue entries) that take the place of those for a rotation.
    """
    rows = [
        (
            say(f"levels.{level.name}", lang),
            number(level.before, DIGITS[level.name]),
            number(level.final, DIGITS[level.name]),
            number(level.value, DIGITS[level.name]),
            number(level.bound, DIGITS[level.name]),
            "–" if level.gap is None else f"{level.gap:.4%}",
        )
        for level in found
    ]
    names = ("level", "before", "after", "best", "bound", "gap")
    headers = [say((words or {}).get(name, f"cli.col_{name}"), lang) for name in names]
    table(say("cli.levels_title", lang), headers, rows, right=(1, 2, 3, 4, 5))


def spread(before: Measures, after: Measures | None, lang: Lang) -> None:
    """Print the weighted CVs of all indicators with limits and verdicts."""
    rows = []
    taught = {section.stage for section in before.sections}
    for i, county in enumerate(before.counties):
        if county.stage not in taught:
            continue
        now = county if after is None else after.counties[i]
        verdict = "–" if now.met is None else say("cli.yes" if now.met else "cli.no", lang)
        then = [] if after is None else [number(now.cv)]
        rest = [number(now.gini), number(now.theil), number(now.mcloone)] if after is None else []
        rows.append(
            (
                county.stage.label(lang),
                county.indicator,
                number(now.mean, 2),
                number(county.cv),
                *then,
                number(county.limit, 2),
                verdict,
                *rest,
            )
        )
    names = ["stage", "indicator", "mean"]
    names += ["cv"] if after is None else ["before", "after"]
    names += ["limit", "verdict"] + (["gini", "theil", "mcloone"] if after is None else [])
    headers = [say(f"cli.col_{name}", lang) for name in names]
    table(say("cli.cv_title", lang), headers, rows, right=range(2, len(names)))


def sections_passed(measures: Measures, policy: Policy, lang: Lang) -> None:
    """Print how many sections pass the school verdict."""
    passed = sum(s.passed is True for s in measures.sections)
    rules = policy.indicators
    params = {"needed": rules.required_met, "ratio": f"{rules.last_ratio:.0%}"}
    out.print(say("cli.sections_passed", lang, passed=passed, all=len(measures.sections), **params))


MARKS = {
    "met": ("✓", "green"),
    "broken": ("✗", "bold red"),
    "relaxed": ("≈", "bold yellow"),
    "off": ("·", "dim"),
}


def rules(report: Judgement, lang: Lang) -> None:
    """Print every rule with its verdict, what it requires and what is achieved, then every breach."""
    out.print(say("cli.rules_title", lang), style="bold")
    for audit in report.rules:
        mark, style = MARKS[audit.verdict]
        name = f"{audit.rule} {say(f'rules.{audit.rule}_name', lang)}"
        verdict = say(f"cli.verdict_{audit.verdict}", lang)
        out.print(Text.assemble((f"{mark} {name}  {verdict}", style)))
        for kind, numbers in (("required", audit.required), ("achieved", audit.achieved)):
            sentence = rule_sentence(audit.rule, kind, numbers, lang)
            out.print(Text(f"    {say(f'cli.col_{kind}', lang)}: {sentence}", "dim"), soft_wrap=True)
    breaches(report.violations, lang)


def breaches(found: Sequence[Violation], lang: Lang) -> None:
    """Print every breach on a line of its own; those of elastic rules with their price."""
    for violation in found:
        text, style = violation.text(lang), "red"
        if violation.price is not None:
            text, style = say("conflict.with_price", lang, text=text, price=f"{violation.price:g}"), "yellow"
        out.print(Text(f"{violation.rule}  {text}", style), soft_wrap=True)
