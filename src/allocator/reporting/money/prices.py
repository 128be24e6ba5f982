"""The table of shadow prices: what a little more of something does, and where that holds."""

from __future__ import annotations

from allocator.domain.funding import ShadowPrice
from allocator.reporting.grid import Column, Grid, Value
from allocator.reporting.money.facts import MoneyFacts, words
from allocator.reporting.wording import number
from allocator.text import Lang, say

STEPS = {"amount": 10_000.0, "limit": -0.01, "floor_per_pupil": 1.0, "floor": 1.0}
"""How much more is spoken of: 10,000 yuan, a point of CV less, a yuan."""
DIGITS = {"amount": 0, "limit": 4, "floor_per_pupil": 2, "floor": 0}


def prices_grid(facts: MoneyFacts) -> Grid:
    """One row a price; no rows where prices were not asked for."""
    lang = facts.lang
    heads = (
        Column(words("grant", lang)),
        Column(words("price_of", lang), widest=36),
        Column(words("level", lang)),
        Column(words("price_effect", lang), "number"),
        Column(words("price_range", lang), widest=50),
        Column(words("price_found", lang), widest=20),
    )
    rows = tuple(
        (facts.grant_name(result.grant_id), *_row(price, facts))
        for result in facts.decision.grants
        for price in result.prices
    )
    return Grid("prices", heads, rows)


def _row(price: ShadowPrice, facts: MoneyFacts) -> tuple[Value, ...]:
    lang, kind = facts.lang, price.of.partition(".")[0]
    step = STEPS[kind]
    effect = price.price * step + (price.curve * step**2 if price.exact else 0.0)
    return (
        words(f"price_{price.of.replace('.', '_')}", lang, school=facts.name(price.school_id)),
        say(f"funding.level_{price.level}", lang),
        f"{effect:+.5g}" if effect else "0",
        _range(price, kind, lang),
        words("price_exact" if price.exact else "price_bracketed", lang),
    )


def _range(price: ShadowPrice, kind: str, lang: Lang) -> str:
    """Values between which a price holds, in words."""
    what = words(f"range_of_{kind}", lang)
    low, high = (None if end is None else number(end, DIGITS[kind]) for end in (price.low, price.high))
    if low is None and high is None:
        return words("range_all", lang, what=what)
    if low is None:
        return words("range_up_to", lang, what=what, high=high)
    if high is None:
        return words("range_from", lang, what=what, low=low)
    return words("range_here" if low == high else "range", lang, what=what, low=low, high=high)
