"""The tables of a split: grants, levels, schools, gains, least money, conflicts."""

from __future__ import annotations

from decimal import Decimal

from allocator.domain.funding import GrantResult, LeastMoney, SchoolShare, SplitLevel
from allocator.domain.measures import INDICATORS
from allocator.domain.plan import Status
from allocator.reporting.grid import Column, Exact, Grid, Value
from allocator.reporting.money.facts import Gain, MoneyFacts, words
from allocator.reporting.wording import change, gap_text, percent
from allocator.text import Lang, say

RELATIVE = {"spread", "lowest"}
"""Levels that are shares, written with more digits."""


def cents(amounts: tuple[Decimal, ...]) -> int:
    """Digits after the point that amounts of money need: 0 or 2."""
    return 2 if any(amount != amount.to_integral_value() for amount in amounts) else 0


def yuan(name: str, lang: Lang, digits: int = 0) -> Column:
    """A column of money."""
    return Column(words(name, lang), "number", digits)


def plain(amount: Decimal | None) -> float | None:
    """Money as a number to be shown."""
    return None if amount is None else float(amount)


def grants_grid(facts: MoneyFacts) -> Grid:
    """One row a grant: what it is, how it was split, what its floors take."""
    lang = facts.lang
    digits = cents(tuple(grant.amount_yuan for grant in facts.decision.district.grants))
    heads = (
        Column(words("grant", lang)),
        Column(words("purpose", lang)),
        Column(words("rule", lang)),
        yuan("amount", lang, digits),
        Column(words("schools", lang), "integer"),
        yuan("floors", lang, digits),
        Column(words("at_floor", lang), "integer"),
        Column(words("at_cap", lang), "integer"),
        yuan("training", lang, digits),
    )
    return Grid("grants", heads, tuple(_grant_row(facts, result) for result in facts.decision.grants))


def _grant_row(facts: MoneyFacts, result: GrantResult) -> tuple[Value, ...]:
    grant, rows = facts.grant_by_id[result.grant_id], result.schools
    zero = Decimal(0)
    marked = sum((facts.training.get((result.grant_id, s.school_id), zero) for s in rows), start=zero)
    return (
        facts.grant_name(result.grant_id),
        grant.purpose.label(facts.lang),
        result.rule.label(facts.lang),
        plain(sum((s.amount_yuan for s in rows), start=zero)),
        len(rows),
        plain(sum((s.floor_yuan for s in rows), start=zero)),
        sum(bool(s.floor_yuan) and s.amount_yuan == s.floor_yuan for s in rows),
        sum(s.cap_yuan is not None and s.amount_yuan == s.cap_yuan and bool(s.cap_yuan) for s in rows),
        plain(marked) if marked else None,
    )


def balance_grid(facts: MoneyFacts) -> Grid:
    """Money a pupil: lowest, mean, highest, CV and Gini of each grant."""
    lang = facts.lang
    names = ("lowest", "mean", "highest", "cv", "gini")
    heads = [Column(words("grant", lang))]
    heads += [Column(words(name, lang), "number", 3 if name in ("cv", "gini") else 2) for name in names]
    rows = []
    for result in facts.decision.grants:
        found = facts.balance(result)
        rows.append((facts.grant_name(result.grant_id), *(getattr(found, name) for name in names)))
    return Grid("lorenz", tuple(heads), tuple(rows))


def levels_grid(facts: MoneyFacts) -> Grid:
    """Each grant's levels with bound, gap and what rounding costs."""
    lang = facts.lang
    heads = [Column(words("grant", lang)), Column(words("level", lang)), Column(words("unit", lang))]
    names = ("before", "value", "best", "bound", "gap", "loss")
    heads += [Column(words(f"level_{name}", lang), "number") for name in names]
    rows = tuple(
        (facts.grant_name(result.grant_id), *_level_row(level, lang))
        for result in facts.decision.grants
        for level in result.levels
    )
    return Grid("levels", tuple(heads), rows)


def _level_row(level: SplitLevel, lang: Lang) -> tuple[Value, ...]:
    digits = 6 if level.name in RELATIVE else 2
    values = (level.before, level.value, level.continuous, level.bound)
    return (
        level_name(level.name, lang),
        say(f"fundreport.unit_{level.name}", lang),
        *(Exact(value, digits) for value in values),
        gap_text(level.gap),
        Exact(level.loss, digits),
    )


def level_name(name: str, lang: Lang) -> str:
    """Name of a level."""
    return say(f"funding.level_{name}", lang)


def schools_grid(facts: MoneyFacts, result: GrantResult, name: str) -> Grid:
    """One grant, school by school: amount, bounds, weight, last year."""
    lang = facts.lang
    digits = cents(tuple(s.amount_yuan for s in result.schools))
    heads = (
        Column(words("school", lang)),
        Column(words("pupils", lang), "integer"),
        yuan("amount", lang, digits),
        yuan("per_pupil", lang, 2),
        yuan("floor", lang, digits),
        Column(words("floor_rule", lang)),
        yuan("cap", lang, digits),
        Column(words("weight", lang), "number", 2),
        yuan("last", lang, digits),
        yuan("change", lang, digits),
        Column(words("change_share", lang), "percent", 1),
    )
    return Grid(name, heads, tuple(_school_row(facts, share) for share in result.schools))


def _school_row(facts: MoneyFacts, share: SchoolShare) -> tuple[Value, ...]:
    more = None if share.last_yuan is None else share.amount_yuan - share.last_yuan
    return (
        facts.name(share.school_id),
        facts.pupils[share.school_id],
        plain(share.amount_yuan),
        facts.per_pupil(share),
        plain(share.floor_yuan),
        share.floor_rule,
        plain(share.cap_yuan),
        float(share.weight),
        plain(share.last_yuan),
        plain(more),
        None if more is None or not share.last_yuan else float(more / share.last_yuan),
    )


def totals_grid(facts: MoneyFacts) -> Grid:
    """One row a school: each grant, the sum, the sum a pupil, and its indicators before and after."""
    lang, grants = facts.lang, facts.decision.grants
    digits = cents(tuple(s.amount_yuan for result in grants for s in result.schools))
    given = {(r.grant_id, s.school_id): s.amount_yuan for r in grants for s in r.schools}
    heads = [Column(words("school", lang)), Column(words("pupils", lang), "integer")]
    heads += [Column(facts.grant_name(r.grant_id), "number", digits) for r in grants]
    heads += [yuan("sum", lang, digits), yuan("per_pupil", lang, 2), Column(words("met", lang), widest=24)]
    met = _met(facts)
    rows = []
    for school in facts.decision.district.schools:
        code = school.school_id
        amounts = [given.get((r.grant_id, code)) for r in grants]
        total = sum((amount for amount in amounts if amount is not None), start=Decimal(0))
        each = float(total) / facts.pupils[code] if facts.pupils[code] else None
        cells: list[Value] = [facts.name(code), facts.pupils[code], *(plain(a) for a in amounts)]
        rows.append((*cells, plain(total), each, met.get(code, "")))
    return Grid("totals", tuple(heads), tuple(rows))


def _met(facts: MoneyFacts) -> dict[str, str]:
    """Indicators met before and after, section by section: 小学 4 → 5."""
    told: dict[str, list[str]] = {}
    for then, now in zip(facts.decision.before.sections, facts.decision.after.sections, strict=True):
        counts = [sum(s.met[i] is True for i in INDICATORS) for s in (then, now)]
        text = str(counts[0]) if counts[0] == counts[1] else change(*map(str, counts))
        told.setdefault(then.school_id, []).append(f"{then.stage.label(facts.lang)} {text}")
    separator = say("report.list_separator", facts.lang)
    return {code: separator.join(parts) for code, parts in told.items()}


def gains_grid(facts: MoneyFacts) -> Grid:
    """Who gets more and who gets less than last year."""
    lang = facts.lang
    digits = cents(tuple(amount for gain in facts.gains for amount in (gain.now, gain.last)))
    heads = (
        Column(words("school", lang)),
        Column(words("pupils", lang), "integer"),
        *(yuan(name, lang, digits) for name in ("last", "now", "change")),
        Column(words("change_share", lang), "percent", 1),
    )
    return Grid("gains", heads, tuple(_gain_row(facts, gain) for gain in facts.gains))


def _gain_row(facts: MoneyFacts, gain: Gain) -> tuple[Value, ...]:
    return (
        facts.name(gain.school_id),
        facts.pupils[gain.school_id],
        plain(gain.last),
        plain(gain.now),
        plain(gain.change),
        float(gain.change / gain.last) if gain.last else None,
    )


def least_grid(facts: MoneyFacts) -> Grid:
    """The least money of each grant against what it has."""
    lang = facts.lang
    names = ("amount", "floors", "least", "least_bound", "spare")
    heads = (Column(words("grant", lang)), *(yuan(name, lang) for name in names))
    rows = [_least_row(facts, row) for row in facts.decision.least]
    known = [row.least_yuan for row in facts.decision.least if row.least_yuan is not None]
    if len(rows) > 1 and len(known) == len(rows):
        zero = Decimal(0)
        amounts = (_amount(facts, row) for row in facts.decision.least)
        amount, least = sum(amounts, start=zero), sum(known, start=zero)
        floors = sum((row.floors_yuan for row in facts.decision.least), start=zero)
        sums = (plain(amount), plain(floors), plain(least))
        rows.append((words("total", lang), *sums, None, plain(amount - least)))
    return Grid("least", heads, tuple(rows))


def _least_row(facts: MoneyFacts, row: LeastMoney) -> tuple[Value, ...]:
    amount = _amount(facts, row)
    spare = None if row.least_yuan is None else amount - row.least_yuan
    return (
        ", ".join(facts.grant_name(code) for code in row.grant_ids),
        plain(amount),
        plain(row.floors_yuan),
        plain(row.least_yuan),
        row.bound_yuan,
        plain(spare),
    )


def _amount(facts: MoneyFacts, row: LeastMoney) -> Decimal:
    """What the grants of a row have."""
    return sum((facts.grant_by_id[code].amount_yuan for code in row.grant_ids), start=Decimal(0))


def status_text(facts: MoneyFacts) -> str:
    """What is proven of the split, in a few words."""
    decision = facts.decision
    if decision.status is Status.OPTIMAL:
        return words("proven", facts.lang)
    gaps = [level.gap for result in decision.grants for level in result.levels]
    if any(gap is None for gap in gaps):
        return words("unproven", facts.lang)
    return words("within", facts.lang, gap=percent(max((g for g in gaps if g is not None), default=0.0), 2))
