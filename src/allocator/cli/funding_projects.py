"""What the command fund prints of projects: those chosen, and what they reach."""

from __future__ import annotations

from decimal import Decimal

from allocator.cli import show
from allocator.domain.funding import FundingDecision
from allocator.text import Lang, say


def print_projects(decision: FundingDecision, lang: Lang) -> None:
    """Print a row for each project chosen, their sum, and the two levels."""
    rows = [
        (
            show.one_line(row.project_id),
            show.one_line(row.school_id),
            show.one_line(row.grant_id),
            "–" if row.year is None else str(row.year),
            f"{row.cost_yuan:,}",
        )
        for row in decision.split.chosen
    ]
    whole = sum((row.cost_yuan for row in decision.split.chosen), Decimal(0))
    rows.append((say("funding.total", lang), "", "", "", f"{whole:,}"))
    headers = [say(f"funding.col_{name}", lang) for name in ("project", "school", "grant", "year", "cost")]
    show.table(say("funding.projects_title", lang), headers, rows, right=range(3, 5))
    for level in decision.projects:
        text = say(
            f"funding.projects_{level.name.partition('.')[2]}",
            lang,
            value=level.final if level.name == "projects.lifted" else show.number(level.final, 4),
            before=show.number(level.before, 4),
            bound=show.number(level.bound, 0 if level.name == "projects.lifted" else 4),
        )
        show.out.print(text, markup=False, soft_wrap=True)
