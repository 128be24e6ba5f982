"""Rules about single amounts: sums (F1), earmarks (F2), floors and caps (F3-F5), training (F7)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

from allocator.checking.guarantees import cap, floor_by, has_floor, rounded_down, rounded_up
from allocator.checking.money import MoneyFacts, audit, breach, by_projects, yuan
from allocator.checking.stock import ASSET
from allocator.domain.choices import Purpose
from allocator.domain.funding import Amount
from allocator.domain.money_records import Grant
from allocator.domain.plan import RuleAudit, Violation
from allocator.domain.policy import exact
from allocator.domain.records import School
from allocator.domain.whole import Exact, distance, plain


def f1_sums(facts: MoneyFacts) -> RuleAudit:
    """F1: the amounts of a grant add up to its amount, in whole units, none negative."""
    found = [v for grant in facts.grants for v in (*_sum_breach(facts, grant), *_row_breaches(facts, grant))]
    whole = sum(plain(g.amount_yuan) for g in facts.grants)
    given = sum(sum(sums.values()) for sums in facts.paid.values())
    required = {"grants": len(facts.grants), "whole": float(whole)}
    return audit(facts, "F1", found, required, {"given": float(given), "broken": len(found)})


def _sum_breach(facts: MoneyFacts, grant: Grant) -> Iterator[Violation]:
    given, whole = sum(facts.paid[grant.grant_id].values()), plain(grant.amount_yuan)
    params = {"grant": grant.grant_id, "given": yuan(given), "whole": yuan(whole)}
    if given > whole:
        yield breach("F1", grant.grant_id, given - whole, "over", **params)
    elif given < whole and not by_projects(grant):
        yield breach("F1", grant.grant_id, whole - given, "short", **params)


def _row_breaches(facts: MoneyFacts, grant: Grant) -> Iterator[Violation]:
    unit, rows = plain(grant.unit_yuan), facts.rows.get(grant.grant_id, ())
    for row in rows:
        amount = plain(row.amount_yuan)
        if amount < 0:
            yield breach("F1", _subject(row), -amount, "negative", **_amounts(row, unit))
        if unit and amount % unit:
            yield breach("F1", _subject(row), amount % unit, "unit", **_amounts(row, unit))
        if by_projects(grant):
            yield from _project_sum(facts, row, _subject(row))
    for school_id, count in sorted(Counter(row.school_id for row in rows).items()):
        if count > 1:
            named: dict[str, object] = {"grant": grant.grant_id, "school": school_id, "count": count}
            yield Violation("F1", f"{grant.grant_id}/{school_id}", count - 1, "rows", "F1_repeated", named)


def _amounts(row: Amount, unit: Exact) -> dict[str, object]:
    given = yuan(Fraction(row.amount_yuan))
    return {"grant": row.grant_id, "school": row.school_id, "given": given, "unit_yuan": yuan(unit)}


def _project_sum(facts: MoneyFacts, row: Amount, subject: str) -> Iterator[Violation]:
    """An amount of a grant that pays by projects says what the school's projects cost, or nothing."""
    cost = facts.paid[row.grant_id].get(row.school_id, 0)
    if plain(row.amount_yuan) != cost:
        params = {
            "grant": row.grant_id,
            "school": row.school_id,
            "given": yuan(Fraction(row.amount_yuan)),
            "cost": yuan(cost),
        }
        yield breach("F1", subject, distance(plain(row.amount_yuan), cost), "projects", **params)


def f2_earmarks(facts: MoneyFacts) -> RuleAudit:
    """F2: only the grant's schools receive, from a grant that is part of the plan, for its purpose."""
    rows = [
        v for row in facts.split.amounts for v in _stranger(facts, row.grant_id, row.school_id, row.amount_yuan)
    ]
    for chosen, project in facts.chosen:
        rows += _stranger(facts, chosen.grant_id, project.school_id, chosen.cost_yuan)
        grant = facts.grant_by_id.get(chosen.grant_id)
        if grant is not None and project.adds not in (None, ASSET.get(grant.purpose)):
            params = {"project": project.project_id, "grant": grant.grant_id, "purpose": grant.purpose}
            rows.append(
                breach(
                    "F2", project.project_id, Fraction(chosen.cost_yuan), "purpose", adds=project.adds, **params
                )
            )
    rows.sort(key=lambda v: (v.subject, v.key))
    achieved = {"rows": len(facts.split.amounts) + len(facts.chosen), "broken": len(rows)}
    return audit(facts, "F2", rows, {"grants": len(facts.grants)}, achieved)


def _stranger(facts: MoneyFacts, grant_id: str, school_id: str, amount: Decimal) -> list[Violation]:
    """Money to a school outside the grant, or from a grant outside the plan."""
    if grant_id not in facts.grant_by_id:
        key = "grant"
    elif school_id not in facts.district.school_by_id:
        key = "unknown_school"
    elif amount and facts.named[grant_id] and school_id not in facts.named[grant_id]:
        key = "school"
    else:
        return []
    return [breach("F2", f"{grant_id}/{school_id}", plain(amount), key, grant=grant_id, school=school_id)]


def f3_operating(facts: MoneyFacts) -> RuleAudit:
    """F3: operating floor of every school."""
    return _floor_audit(facts, "F3", [])


def f4_per_pupil(facts: MoneyFacts) -> RuleAudit:
    """F4: floor and cap of the grant a pupil."""
    capped = (g for g in facts.grants if g.cap_per_pupil_yuan is not None)
    return _floor_audit(facts, "F4", [v for g in capped for s in facts.schools(g) for v in _above(facts, g, s)])


def f5_hold_harmless(facts: MoneyFacts) -> RuleAudit:
    """F5: the given share of last year's amount."""
    return _floor_audit(facts, "F5", [])


def _floor_audit(facts: MoneyFacts, rule: str, found: list[Violation]) -> RuleAudit:
    """Measure what is missing to one rule's floors, in whole units."""
    count, least = 0, plain(0)
    for grant in facts.grants:
        for school in facts.schools(grant) if has_floor(grant, rule) else ():
            value = floor_by(rule, facts, grant, school)
            if value is not None:
                low = rounded_up(value, grant)
                count, least = count + 1, least + low
                found += _below(facts, rule, grant, school, low)
    missing = sum(Fraction(v.amount) for v in found if v.key.endswith("_below"))
    achieved = {"broken": len(found), "missing": float(missing)}
    return audit(facts, rule, found, {"floors": count, "least": float(least)}, achieved)


def _below(facts: MoneyFacts, rule: str, grant: Grant, school: School, low: Exact) -> list[Violation]:
    given = facts.received(grant, school.school_id)
    if given >= low:
        return []
    params = {"grant": grant.grant_id, "school": school.school_id, "given": yuan(given), "low": yuan(low)}
    return [breach(rule, f"{grant.grant_id}/{school.school_id}", low - given, "below", **params)]


def _above(facts: MoneyFacts, grant: Grant, school: School) -> Iterator[Violation]:
    highest, given = cap(facts, grant, school), facts.received(grant, school.school_id)
    if highest is not None and given > (high := rounded_down(highest, grant)):
        params = {"grant": grant.grant_id, "school": school.school_id, "given": yuan(given), "high": yuan(high)}
        yield breach("F4", f"{grant.grant_id}/{school.school_id}", given - high, "above", **params)


def f7_training(facts: MoneyFacts) -> RuleAudit:
    """F7: the share of each operating amount that is marked for training; no mark elsewhere."""
    share = exact(facts.policy.funding.training_share)
    found: list[Violation] = []
    marked = operating = plain(0)
    for grant in facts.grants:
        for row in facts.rows.get(grant.grant_id, ()):
            found += _mark_breach(row, grant, share)
            if grant.purpose is Purpose.OPERATING:
                operating += plain(row.amount_yuan)
                marked += plain(row.training_yuan)
    percent = round(float(Fraction(100 * marked, operating)), 2) if operating else 0.0
    achieved = {"marked": float(marked), "percent": percent, "broken": len(found)}
    return audit(facts, "F7", found, {"percent": float(100 * share)}, achieved)


def _mark_breach(row: Amount, grant: Grant, share: Fraction) -> Iterator[Violation]:
    mark, amount = plain(row.training_yuan), plain(row.amount_yuan)
    if grant.purpose is not Purpose.OPERATING:
        if mark:
            yield breach("F7", _subject(row), distance(mark, 0), "elsewhere", **_marks(row))
    elif mark * share.denominator < share.numerator * amount:
        low = yuan(share * amount)
        yield breach("F7", _subject(row), share * amount - mark, "few", low=low, **_marks(row))
    elif mark > amount:
        yield breach("F7", _subject(row), mark - amount, "more", **_marks(row))


def _marks(row: Amount) -> dict[str, object]:
    mark, amount = yuan(Fraction(row.training_yuan)), yuan(Fraction(row.amount_yuan))
    return {"grant": row.grant_id, "school": row.school_id, "marked": mark, "given": amount}


def _subject(row: Amount) -> str:
    return f"{row.grant_id}/{row.school_id}"
