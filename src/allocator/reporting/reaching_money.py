"""Two comparisons of the joint question: one decided after the other, and what the grants hold."""

from __future__ import annotations

from allocator.domain.reaching import Apart, ReachDecision
from allocator.reporting.grid import Column, Grid, Value
from allocator.reporting.wording import indicator_label, word
from allocator.text import Lang, say


def _columns(lang: Lang, texts: tuple[str, ...], numbers: tuple[str, ...]) -> tuple[Column, ...]:
    heads = [Column(say(f"reach.col_{name}", lang)) for name in texts]
    return (*heads, *(Column(say(f"reach.col_{name}", lang), "number") for name in numbers))


def apart_grid(decision: ReachDecision, lang: Lang) -> Grid:
    """The joint plan, and the cheapest of each order."""
    heads = _columns(lang, ("order",), ("moves", "money", "total", "bound", "saved", "least"))
    rows = list[tuple[Value, ...]]()
    if decision.apart:
        bound = next((level.bound for level in decision.levels if level.name == "cost"), None)
        yuan = float(decision.money_yuan), float(decision.total_yuan)
        rows.append((say("reach.together", lang), len(decision.moves), *yuan, bound, None, None))
    for apart in decision.apart:
        least, saved = decision.saved_yuan(apart)
        first = say(f"reach.first_{apart.first}", lang)
        rows.append((first, apart.moves, float(apart.money_yuan), apart.cost, apart.bound, saved, least))
    return Grid("apart", heads, tuple(rows))


def grants_grid(decision: ReachDecision, lang: Lang) -> Grid:
    """What the plan needs for each indicator, and what the grants of its purpose hold."""
    heads = _columns(lang, ("indicator", "purpose"), ("grants", "held", "needed_yuan", "short"))
    rows = tuple[tuple[Value, ...], ...](
        (
            indicator_label(c.indicator, lang),
            word(c.purpose, lang),
            c.grants,
            *(float(yuan) for yuan in (c.granted_yuan, c.needed_yuan, c.short_yuan)),
        )
        for c in decision.covered
    )
    return Grid("grants", heads, rows)


def compared(decision: ReachDecision, lang: Lang) -> list[str]:
    """Both comparisons in sentences."""
    said = [_saved(decision, apart, lang) for apart in decision.apart]
    short = [
        say(
            "reach.covered_part",
            lang,
            indicator=c.indicator,
            purpose=word(c.purpose, lang),
            short=f"{c.short_yuan:,}",
        )
        for c in decision.covered
        if c.short_yuan
    ]
    if short:
        said.append(say("reach.covered_short", lang, parts=say("common.enumeration", lang).join(short)))
    elif decision.covered:
        said.append(say("reach.covered_all", lang))
    return said


def _saved(decision: ReachDecision, apart: Apart, lang: Lang) -> str:
    least, saved = decision.saved_yuan(apart)
    name = "saved_none" if saved <= 0 else "saved_open" if least is None else "saved"
    return say(
        f"reach.{name}",
        lang,
        first=say(f"reach.first_{apart.first}", lang),
        moves=apart.moves,
        money=f"{apart.money_yuan:,}",
        total=f"{apart.cost:,.0f}",
        saved=f"{saved:,.0f}",
        least=f"{least or 0:,.0f}",
    )
