"""Why a school gets what it gets: its arithmetic, less than last year, less than another school."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from allocator.domain.choices import SplitRule
from allocator.domain.funding import FundingDecision, GrantResult, SchoolShare, Split
from allocator.funding.arithmetic import share_lines
from allocator.funding.needs import Line
from allocator.funding.purse import Facts, purse_of
from allocator.indicators.bundled import evaluate
from allocator.spending.road import bundled_parts, spent, weak_schools
from allocator.text import Lang, say

Lines = Mapping[str, tuple[Line, ...]]
SIGNED = frozenset({"above", "balancing", "cap", "floor_F3", "floor_F4", "floor_F5", "rounding", "has"})
"""Lines without quantity and rate."""


@dataclass(frozen=True)
class Explanation:
    """One school's amount of one grant.

    Attributes
    ----------
    lines
        Quantity x rate = yuan; the yuan add up to `amount_yuan`.
    sentences
        The arithmetic, the change against last year and, to a school that was named, the difference a pupil.
    """

    grant_id: str
    school_id: str
    amount_yuan: Decimal
    lines: tuple[Line, ...]
    sentences: tuple[str, ...]


def arithmetic(decision: FundingDecision) -> dict[str, Lines]:
    """Lines of every school by grant; a later grant of a purpose sees what the earlier one bought."""
    district, policy = decision.district, decision.policy
    grants = {grant.grant_id: grant for grant in district.grants}
    chosen = [grants[result.grant_id] for result in decision.grants]
    bundled = bundled_parts(district, policy, chosen)
    facts = Facts.of(district, policy, weak_schools(decision.before, policy), bundled)
    found: dict[str, Lines] = {}
    for result in decision.grants:
        found[result.grant_id] = share_lines(purse_of(facts, grants[result.grant_id]), result)
        rows = tuple(row for row in decision.split.amounts if row.grant_id == result.grant_id)
        facts = replace(facts, district=spent(facts.district, policy, Split(rows)))
    return found


def explain_amounts(
    decision: FundingDecision, school_id: str, other: str | None, grant_id: str | None, lang: Lang
) -> list[Explanation]:
    """Explain what a school gets of each grant that is split by amounts, or of one."""
    lines = arithmetic(decision)
    return [
        _explained(decision, result, lines[result.grant_id], school_id, other, lang)
        for result in decision.grants
        if grant_id in (None, result.grant_id) and school_id in lines[result.grant_id]
    ]


def _explained(
    decision: FundingDecision, result: GrantResult, lines: Lines, school_id: str, other: str | None, lang: Lang
) -> Explanation:
    shares = {share.school_id: share for share in result.schools}
    own = shares[school_id]
    texts = [
        say("funding_why.amount", lang, grant=result.grant_id, school=school_id, amount=f"{own.amount_yuan:,}"),
        *(_line(line, lang) for line in lines[school_id]),
        *_points(decision, result, lines[school_id], lang),
        *_against_last(result, own, lang),
    ]
    if other is not None and other in shares:
        texts += against(decision, lines, own, shares[other], lang)
    return Explanation(result.grant_id, school_id, own.amount_yuan, lines[school_id], tuple(texts))


def _points(decision: FundingDecision, result: GrantResult, lines: Sequence[Line], lang: Lang) -> list[str]:
    """How the school's alliances were evaluated."""
    if result.rule is not SplitRule.BUNDLED:
        return []
    own, share = {line.subject for line in lines}, decision.policy.funding.bundled_lead_share
    return [
        say(
            "funding_why.points",
            lang,
            alliance=row.alliance_id,
            stock=row.stock,
            gap=row.gap,
            radiation=row.radiation,
            points=f"{float(row.points):.4f}",
            size=row.size,
            weight=f"{float(row.weight):.4f}",
            lead=f"{share:.0%}",
        )
        for row in evaluate(decision.district, decision.policy)
        if row.alliance_id in own
    ]


def _line(line: Line, lang: Lang) -> str:
    name = say(f"funding_why.line_{line.key}", lang, alliance=line.subject)
    if line.key in SIGNED:
        return say("funding_why.plain", lang, name=name, yuan=_yuan(line.yuan))
    quantity, rate = f"{float(line.quantity):,.10g}", f"{float(line.rate):,.8g}"
    return say(
        "funding_why.product", lang, name=name, quantity=quantity, rate=rate, yuan=f"{float(line.yuan):,.2f}"
    )


def _yuan(yuan: Fraction) -> str:
    return f"{float(yuan):+,.2f}"


def _against_last(result: GrantResult, own: SchoolShare, lang: Lang) -> list[str]:
    """The change against last year: what the whole grant did, and what the school's share of it did."""
    if own.last_yuan is None:
        return [say("funding_why.no_last", lang)]
    before = sum((s.last_yuan for s in result.schools if s.last_yuan is not None), Decimal(0))
    now = sum((s.amount_yuan for s in result.schools), Decimal(0))
    change = own.amount_yuan - own.last_yuan
    key = "less" if change < 0 else "more" if change > 0 else "same"
    texts = [say(f"funding_why.last_{key}", lang, last=f"{own.last_yuan:,}", change=f"{abs(change):,}")]
    if before and change:
        # With the same share of the whole the school would have had this.
        same = Fraction(own.last_yuan) * Fraction(now) / Fraction(before)
        texts.append(
            say(
                "funding_why.last_parts",
                lang,
                before=f"{before:,}",
                now=f"{now:,}",
                whole=_yuan(same - Fraction(own.last_yuan)),
                share=_yuan(Fraction(own.amount_yuan) - same),
            )
        )
    if own.floor_rule and own.amount_yuan == own.floor_yuan:
        texts.append(say(f"funding_why.at_{own.floor_rule}", lang, floor=f"{own.floor_yuan:,}"))
    if own.cap_yuan is not None and own.amount_yuan == own.cap_yuan:
        texts.append(say("funding_why.at_cap", lang, cap=f"{own.cap_yuan:,}"))
    return texts


def against(
    decision: FundingDecision, lines: Lines, own: SchoolShare, there: SchoolShare, lang: Lang
) -> list[str]:
    """Say the difference a pupil to another school, line by line; the parts add up to it."""
    at = decision.district.school_by_id
    counts = [sum(at[s.school_id].pupils(e) or 0 for e in at[s.school_id].stages) for s in (own, there)]
    if not all(counts):
        return [say("funding_why.no_pupils", lang)]
    mine, theirs = (_a_pupil(lines[s.school_id], n) for s, n in zip((own, there), counts, strict=True))
    total = sum(mine.values(), Fraction(0)) - sum(theirs.values(), Fraction(0))
    key = "less" if total < 0 else "more" if total > 0 else "same"
    texts = [
        say(
            f"funding_why.other_{key}",
            lang,
            other=there.school_id,
            own=f"{float(own.amount_yuan / counts[0]):,.2f}",
            there=f"{float(there.amount_yuan / counts[1]):,.2f}",
            difference=f"{abs(float(total)):,.2f}",
        )
    ]
    for name in dict.fromkeys((*mine, *theirs)):
        part = mine.get(name, Fraction(0)) - theirs.get(name, Fraction(0))
        if abs(part) >= Fraction(1, 200):
            named = say(f"funding_why.line_{name}", lang, alliance="–")
            texts.append(say("funding_why.part", lang, name=named, yuan=_yuan(part)))
    return texts


def _a_pupil(lines: tuple[Line, ...], pupils: int) -> dict[str, Fraction]:
    """Yuan a pupil by line; stages are one line, for the mix differs."""
    found: dict[str, Fraction] = {}
    for line in lines:
        name = "pupils" if line.key in ("primary", "junior") else line.key
        found[name] = found.get(name, Fraction(0)) + line.yuan / pupils
    return found
