"""Floors and caps of a school (F3, F4, F5) and its weight in the formula, in exact fractions of a yuan."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from allocator.checking.money import MoneyFacts, by_projects, carries_f3
from allocator.domain.choices import Setting
from allocator.domain.money_records import Grant
from allocator.domain.policy import exact
from allocator.domain.records import School
from allocator.domain.whole import Exact, plain


def has_floor(grant: Grant, rule: str) -> bool:
    """Whether a rule gives the schools of a grant a floor at all."""
    if rule == "F3":
        return carries_f3(grant)
    return (grant.floor_per_pupil_yuan if rule == "F4" else grant.hold_harmless) is not None


def floors(facts: MoneyFacts, grant: Grant, school: School) -> Iterator[tuple[str, Exact]]:
    """Floors of a school in a grant, each with its rule."""
    for rule in ("F3", "F4", "F5"):
        value = floor_by(rule, facts, grant, school)
        if value is not None:
            yield rule, value


def floor_by(rule: str, facts: MoneyFacts, grant: Grant, school: School) -> Exact | None:
    """Floor of a school in a grant by one rule; None if there is none, as for a school without pupils."""
    everyone = facts.people[school.school_id]
    if everyone == 0 or not has_floor(grant, rule):
        return None
    if rule == "F3":
        return plain(facts.operating[school.school_id] * f3_share(facts, grant, school))
    if grant.floor_per_pupil_yuan is not None and rule == "F4":
        return None if everyone is None else plain(grant.floor_per_pupil_yuan) * everyone
    last = facts.last_year(grant, school.school_id)
    return None if last is None or grant.hold_harmless is None else plain(exact(grant.hold_harmless) * last)


def f3_share(facts: MoneyFacts, grant: Grant, school: School) -> Exact:
    """Part of F3 that a grant carries at a school: by amount among the operating grants of its year."""
    beside = [g for g in facts.carrying_f3 if g.year == grant.year]
    here = [g for g in beside if not g.schools or school.school_id in facts.named[g.grant_id]]
    if len(here) == 1:
        return 1
    whole = sum(plain(g.amount_yuan) for g in here)
    return plain(Fraction(plain(grant.amount_yuan), whole)) if whole else 1


def cap(facts: MoneyFacts, grant: Grant, school: School) -> Exact | None:
    """F4: cap of a school in a grant; None if there is none."""
    everyone = facts.people[school.school_id]
    if grant.cap_per_pupil_yuan is None or everyone is None:
        return None
    return plain(grant.cap_per_pupil_yuan) * everyone


def limits(facts: MoneyFacts, grant: Grant, school: School) -> tuple[Exact, Exact | None]:
    """Largest floor and smallest cap in whole units of the grant, of the rules that bind."""
    binding = [value for rule, value in floors(facts, grant, school) if facts.policy.active(rule)]
    highest = cap(facts, grant, school) if facts.policy.active("F4") else None
    low = rounded_up(max(binding, default=0), grant)
    return low, None if highest is None else rounded_down(highest, grant)


def rounded_up(amount: Exact, grant: Grant) -> Exact:
    """Round a floor up to a whole unit of the grant; projects cost what they cost."""
    return -rounded_down(-amount, grant)


def rounded_down(amount: Exact, grant: Grant) -> Exact:
    """Round a cap down to a whole unit of the grant; projects cost what they cost."""
    unit = plain(grant.unit_yuan)
    return amount // unit * unit if unit and not by_projects(grant) else amount


def weight(facts: MoneyFacts, school: School, weak: frozenset[str]) -> Exact:
    """Weight in the formula: the F3 amount, times the factors of a village school and of a weak one."""
    rules = facts.policy.funding
    value = facts.operating[school.school_id]
    if school.setting is Setting.VILLAGE:
        value *= exact(rules.village_factor)
    return value * exact(rules.weak_factor) if school.school_id in weak else value
