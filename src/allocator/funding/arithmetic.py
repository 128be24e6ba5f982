"""How a school's amount comes about, line by line; the lines add up to the amount, to the cent."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from allocator.domain.choices import Setting, SplitRule
from allocator.domain.funding import GrantResult, SchoolShare
from allocator.funding.closest import last_year_aims
from allocator.funding.nearest import equal_aims
from allocator.funding.needs import Line, Rates
from allocator.funding.purse import Purse
from allocator.funding.weighing import water_levels

CENT = Fraction(1, 100)


def share_lines(purse: Purse, result: GrantResult) -> dict[str, tuple[Line, ...]]:
    """Work out the lines of every school of a grant.

    Returns
    -------
    dict
        By school: what its rule of split begins with (`primary` ... `special`, `village`, `weak`, `factor`; or
        `bundled_lead`, `bundled_member`, `even`, `last`, `new`, `level`, `has`), then what the bounds changed
        (`floor_F3`, `floor_F4`, `floor_F5`, `cap`; `above` the common level), or what the balance did
        (`balancing`), and `rounding` to whole units. Lines are cut to cents, which the last one makes up for.
    """
    begin = _begin(purse, result)
    return {share.school_id: _closed(lines, share) for lines, share in zip(begin, result.schools, strict=True)}


def _begin(purse: Purse, result: GrantResult) -> list[list[Line]]:
    scale = result.scale or Fraction(0)
    if result.rule is SplitRule.FORMULA:
        return _by_weight(purse, scale)
    if result.rule is SplitRule.BUNDLED:
        return _by_alliance(purse, scale)
    if result.rule is SplitRule.LEXIMIN:
        return _level(purse, scale)
    return _last(purse) if result.rule is SplitRule.CLOSEST else _even(purse)


def _closed(lines: list[Line], share: SchoolShare) -> tuple[Line, ...]:
    """Add bounds, balance and rounding."""
    cut = [line._replace(yuan=_cents(line.yuan)) for line in lines if line.yuan]
    base = sum((line.yuan for line in lines), Fraction(0))
    exact = Fraction(Decimal(repr(round(share.exact_yuan, 2))))
    amount, floor = Fraction(share.amount_yuan), Fraction(share.floor_yuan)
    if share.floor_rule and amount == floor and base < floor:
        exact, key = floor, f"floor_{share.floor_rule}"
    elif share.cap_yuan is not None and amount == share.cap_yuan < base:
        exact, key = amount, "cap"
    elif amount == floor and base < 0:
        exact, key = amount, "above"
    else:
        key = "balancing"
    if abs(_cents(exact - base)) > CENT:
        cut.append(_one(key, _cents(exact - base)))
    left = amount - sum((line.yuan for line in cut), Fraction(0))
    return (*cut, _one("rounding", left)) if left else tuple(cut)


def _one(key: str, yuan: Fraction) -> Line:
    return Line(key, Fraction(1), yuan, yuan)


def _cents(yuan: Fraction) -> Fraction:
    return Fraction(round(yuan * 100), 100)


def _by_weight(purse: Purse, scale: Fraction) -> list[list[Line]]:
    """Need, factors of village and weak schools, and the one factor of all."""
    rates, factor = Rates.of(purse.policy), scale * purse.unit
    found = []
    for school, weight in zip(purse.schools[: purse.inside], purse.weights, strict=False):
        need = purse.facts.needs[school.school_id]
        lines, total = list(need.lines), need.total
        if school.setting is Setting.VILLAGE and total:
            lines.append(_share("village", total, rates.village_factor - 1))
            total *= rates.village_factor
        if weight != total:
            lines.append(_share("weak", total, rates.weak_factor - 1))
        if weight:
            lines.append(_share("factor", weight, factor - 1))
        found.append(lines)
    return found


def _by_alliance(purse: Purse, scale: Fraction) -> list[list[Line]]:
    """One line an alliance: points x schools x the school's share, times yuan a point."""
    return [
        [
            Line(
                "bundled_lead" if part.lead else "bundled_member",
                part.weight,
                scale * purse.unit,
                part.weight * scale * purse.unit,
                part.alliance_id,
            )
            for part in (purse.facts.bundled[school.school_id] if weight else ())
        ]
        for school, weight in zip(purse.schools[: purse.inside], purse.weights, strict=False)
    ]


def _share(key: str, quantity: Fraction, rate: Fraction) -> Line:
    return Line(key, quantity, rate, quantity * rate)


def _even(purse: Purse) -> list[list[Line]]:
    """The grant a pupil."""
    aims = equal_aims(purse)
    return [
        [_share("even", Fraction(n), aim * purse.unit / n)] if n else []
        for n, aim in zip(purse.pupils[: purse.inside], aims, strict=False)
    ]


def _last(purse: Purse) -> list[list[Line]]:
    """Last year's amount scaled to this year's sum; a new school begins with the others' mean a pupil."""
    found = []
    for aim, n, last in zip(last_year_aims(purse), purse.pupils[: purse.inside], purse.last, strict=False):
        yuan = aim * purse.unit
        if last and n:
            found.append([_share("last", Fraction(last), yuan / Fraction(last))])
        else:
            found.append([_share("new", Fraction(n), yuan / n)] if n else [])
    return found


def _level(purse: Purse, scale: Fraction) -> list[list[Line]]:
    """What the common level asks for, less what the school has."""
    slopes, offsets = water_levels(purse)
    unit = purse.unit
    worth = unit if purse.target.indicator is not None else Fraction(1)
    found = []
    for i in range(purse.inside):
        lines = [_share("level", slopes[i] * worth, scale * unit / worth)] if slopes[i] else []
        if offsets is not None and offsets[i]:
            lines.append(_one("has", offsets[i] * unit))
        found.append(lines)
    return found
