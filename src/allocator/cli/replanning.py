"""Living with a plan on the command line: locks, an approved plan, who changes and why."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from allocator.cli import show
from allocator.cli.language import spoken
from allocator.domain.plan import Decision
from allocator.text import Lang, say

LockOption = Annotated[
    list[str] | None,
    typer.Option("--lock", metavar="T=...", help=say("replan.opt_lock", spoken()), show_default=False),
]
FromOption = Annotated[
    Path | None,
    typer.Option("--from", metavar="PLAN", help=say("replan.opt_from", spoken()), show_default=False),
]


def show_changes(decision: Decision, lang: Lang) -> None:
    """Print who changes and why; nothing for a plan that was not replanned."""
    from allocator.reporting.changes import change_lines  # noqa: PLC0415  each command loads what it needs

    replan = decision.replan
    if replan is None:
        return
    if replan.changes:
        names = ("teacher", "before", "after", "kind", "cause")
        headers = [say(f"replan.col_{name}", lang) for name in names]
        rows = [
            (line.teacher_id, line.before, line.after, line.kind, line.cause)
            for line in change_lines(decision, lang)
        ]
        show.table(say("replan.title", lang), headers, rows)
        params = {"approved": len(replan.approved), "count": replan.count, "gone": replan.gone}
        show.out.print(say("replan.summary", lang, **params), markup=False)
    else:
        show.out.print(say("replan.unchanged", lang), markup=False)
