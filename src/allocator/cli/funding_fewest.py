"""The fewest schools that each grant has to touch, on the terminal."""

from __future__ import annotations

from allocator.cli import show
from allocator.domain.funding import FewestSchools, FundingDecision
from allocator.text import Lang, say

MOST_NAMES = 12
"""Codes of schools printed; result.json has them all."""


def print_fewest(decision: FundingDecision, lang: Lang) -> None:
    """Print how many schools each grant has to touch, how far that is proven, and which they are."""
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
        show.out.print(show.one_line(_sentence(row, lang)), markup=False, soft_wrap=True)


def _sentence(row: FewestSchools, lang: Lang) -> str:
    if row.count is None:
        return say(
            f"funding.fewest_{'impossible' if row.bound is None else 'unknown'}", lang, grant=row.grant_id
        )
    if row.count == 0:
        return say("funding.fewest_none", lang, grant=row.grant_id)
    names = say("common.enumeration", lang).join(row.touched[:MOST_NAMES])
    more = "…" if len(row.touched) > MOST_NAMES else ""
    proof = "proven" if row.bound == row.count else "open"
    return say(
        f"funding.fewest_{proof}",
        lang,
        grant=row.grant_id,
        count=row.count,
        bound=row.bound,
        schools=names + more,
    )
