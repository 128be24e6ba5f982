"""Learning districts on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allocator.cli import show
from allocator.text import Lang, say

if TYPE_CHECKING:
    from allocator.alliances import AllianceDecision

LEVEL_HEADERS = {
    "before": "alliance_report.level_before_district",
    "after": "groups.col_after",
    "bound": "alliance.col_bound",
}


def shown(decision: AllianceDecision, lang: Lang) -> None:
    """Print the towns, schools and pupils of each district, and the levels."""
    codes = {} if decision.plan is None else decision.plan.districts
    rows = []
    for code in sorted(set(codes.values())):
        towns = [town for town, own in codes.items() if own == code]
        schools = [s for s in decision.district.schools if s.town in towns]
        pupils = sum(s.pupils(stage) or 0 for s in schools for stage in s.stages)
        rows.append(
            (code, show.one_line(say("common.enumeration", lang).join(towns)), str(len(schools)), str(pupils))
        )
    headers = [say(f"groups.col_{name}", lang) for name in ("district", "towns", "schools", "pupils")]
    show.table(say("groups.districts_title", lang), headers, rows)
    show.levels(decision.levels, lang, LEVEL_HEADERS)
    counts = {"districts": len(rows), "towns": len(codes), "outside": len(decision.outside)}
    show.out.print(say("groups.summary", lang, **counts), style="bold green")
