"""What the pages about several plans share: titles, names, values of levels, charts' axes."""

from __future__ import annotations

from typing import Any

from allocator.domain.plan import Decision
from allocator.reporting.facts import Facts
from allocator.reporting.grid import Column, Exact, Value
from allocator.reporting.summary import subtitle, title
from allocator.reporting.wording import gap_text
from allocator.text import Lang, say

LEVEL_DIGITS = {"changes": 0, "staffing": 0, "balance": 5, "burden": 1}
AXIS_DIGITS = {"moves": 0, "balance": 5, "km": 1}
COLOURS = ("#1d4e6b", "#b3401e", "#0b7a66", "#7a4b00", "#6b3fa0", "#55616e", "#b8860b", "#2a7ab8")
INK, GRID_LINE = "#1f2933", "#e8edf1"


def heading(decision: Decision, name: str, lang: Lang) -> tuple[str, str]:
    """Title and subtitle of a page about several plans of one district."""
    facts = Facts(decision, lang)
    return say(f"several.{name}_title", lang, plan=title(facts)), subtitle(facts)


def level_columns(decision: Decision, lang: Lang) -> list[Column]:
    """One column a level, with its unit."""
    return [
        Column(
            say("several.with_unit", lang, name=say(f"levels.{n}", lang), unit=say(f"levels.{n}_unit", lang)),
            "number",
            LEVEL_DIGITS.get(n, 2),
        )
        for n in (level.name for level in decision.levels)
    ]


def level_values(decision: Decision) -> list[Value]:
    """Values of the levels in a plan, from the checker."""
    return [Exact(level.final, LEVEL_DIGITS.get(level.name, 2)) for level in decision.levels]


def gap_cell(gap: float | None) -> str:
    """A gap, or that nothing is proven."""
    return gap_text(gap)


def value_axis(name: str) -> dict[str, Any]:
    """Axis of numbers that need not begin at 0."""
    return {
        "type": "value",
        "scale": True,
        "name": name,
        "nameLocation": "middle",
        "nameGap": 34,
        "nameTextStyle": {"color": INK},
        "splitLine": {"lineStyle": {"color": GRID_LINE}},
    }
