"""The fewest schools that each grant has to touch, on the terminal."""

from __future__ import annotations

from allocator.cli import show
from allocator.domain.funding import FundingDecision
from allocator.text import Lang, say


def print_fewest(decision: FundingDecision, lang: Lang) -> None:
    """Print how many schools each grant has to touch, how far that is proven, and which they are."""
    from allocator.reporting.money.fewest import fewest_text  # noqa: PLC0415  light import

    headers = [say(f"funding.col_{name}", lang) for name in ("grant", "touched", "touched_bound", "of_schools")]
    served = {result.grant_id: len(result.schools) for result in decision.grants}
    rows = [
        (
            show.one_line(row.grant_id),
            show.number(row.count, 0),
            show.number(row.bound, 0),
            show.number(len(row.amounts) or served.get(row.grant_id), 0),
        )
        for row in decision.fewest
    ]
    show.table(say("funding.fewest_title", lang), headers, rows, right=range(1, 4))
    for row in decision.fewest:
        show.out.print(show.one_line(fewest_text(row, lang)), markup=False, soft_wrap=True)
