"""The fewest schools that a grant has to touch: how many, which, and the split itself."""

from __future__ import annotations

from allocator.domain.funding import FewestSchools
from allocator.reporting.grid import Column, Grid, Value
from allocator.reporting.money.facts import MoneyFacts, words
from allocator.reporting.money.grids import cents, plain, yuan
from allocator.text import Lang, say

MOST_NAMES = 12
"""Codes of schools in a sentence."""


def fewest_text(row: FewestSchools, lang: Lang) -> str:
    """Say how many schools a grant has to touch, how far that is proven, and which they are."""
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


def fewest_grid(facts: MoneyFacts) -> Grid:
    """One row a grant; no rows where this was not asked for."""
    lang = facts.lang
    heads = (
        Column(words("grant", lang)),
        Column(say("funding.col_touched", lang), "integer"),
        Column(say("funding.col_touched_bound", lang), "integer"),
        Column(words("finding", lang), widest=80),
    )
    rows = tuple(
        (facts.grant_name(row.grant_id), row.count, row.bound, fewest_text(row, lang))
        for row in facts.decision.fewest
    )
    return Grid("fewest", heads, rows)


def touched_grid(facts: MoneyFacts, *, everyone: bool) -> Grid:
    """One row a school that gets other than by the rule alone; `everyone`: all schools of such a split."""
    lang = facts.lang
    shown = tuple(each.amount_yuan for row in facts.decision.fewest for each in row.amounts)
    usual = tuple(amount for row in facts.decision.fewest for amount in row.usual_yuan)
    digits = cents((*shown, *usual))
    heads = (
        Column(words("grant", lang)),
        Column(words("school_code", lang), "code"),
        Column(words("school", lang)),
        yuan("rule_alone", lang, digits),
        yuan("amount", lang, digits),
        yuan("change", lang, digits),
    )
    rows = tuple(line for row in facts.decision.fewest for line in _lines(facts, row, everyone=everyone))
    return Grid("touched", heads, rows)


def _lines(facts: MoneyFacts, row: FewestSchools, *, everyone: bool) -> list[tuple[Value, ...]]:
    grant = facts.grant_name(row.grant_id)
    return [
        (
            grant,
            each.school_id,
            facts.name(each.school_id),
            plain(usual),
            plain(each.amount_yuan),
            plain(each.amount_yuan - usual),
        )
        for each, usual in zip(row.amounts, row.usual_yuan, strict=True)
        if everyone or each.amount_yuan != usual
    ]
