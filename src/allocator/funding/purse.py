"""One grant made ready to be split: its schools, amounts in whole units, weights and targets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

import numpy as np

from allocator.domain.bundled import Part
from allocator.domain.choices import SplitRule
from allocator.domain.district import District
from allocator.domain.money_records import Grant
from allocator.domain.policy import Policy
from allocator.domain.records import School
from allocator.errors import UsageError
from allocator.funding.needs import Need, Rates, need, weight
from allocator.funding.target import ASSETS, Floats, Sizes, Target, target_of


@dataclass(frozen=True)
class Facts:
    """What all grants of a run share: the district, and each school's need, pupils and weight."""

    district: District
    policy: Policy
    needs: Mapping[str, Need]
    sizes: Mapping[str, Sizes]
    pupils: Mapping[str, int | None]
    weights: Mapping[str, Fraction]
    bundled: Mapping[str, tuple[Part, ...]] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        district: District,
        policy: Policy,
        weak: frozenset[str] = frozenset(),
        bundled: Mapping[str, tuple[Part, ...]] | None = None,
    ) -> Facts:
        """Work out the needs of every school.

        Parameters
        ----------
        weak
            Codes of weak schools.
        bundled
            What alliances give each school as its weight, for the rule of that name.
        """
        rates = Rates.of(policy)
        sizes = {s.school_id: {stage: s.pupils(stage) for stage in s.stages} for s in district.schools}
        needs = {s.school_id: need(s, sizes[s.school_id], rates) for s in district.schools}
        return cls(
            district,
            policy,
            needs,
            sizes,
            {code: _everyone(counts) for code, counts in sizes.items()},
            {
                s.school_id: weight(s, needs[s.school_id].total, rates, weak=s.school_id in weak)
                for s in district.schools
            },
            bundled or {},
        )


def pupils_of(school: School) -> int | None:
    """Pupils of a school; None where a section's are unknown."""
    return _everyone({stage: school.pupils(stage) for stage in school.stages})


def _everyone(counts: Sizes) -> int | None:
    """Pupils of a school; None where a section's are unknown."""
    known = [n for n in counts.values() if n is not None]
    return sum(known) if len(known) == len(counts) else None


@dataclass(frozen=True)
class Purse:
    """One grant. Lists are parallel to `schools`; amounts are whole numbers of `unit` yuan where said so.

    Attributes
    ----------
    schools, inside
        The grant's own schools by code, `inside` of them; after them the others of the county, whose stock
        counts in the CV (F6). These get nothing: without pupils, weight and last year here.
    units
        The grant's amount in units.
    weights, pupils, last
        Weight in the formula; pupils (0 where unknown); last year's amount in yuan (None where missing).
    target
        The indicator that the purpose raises.
    """

    grant: Grant
    rule: SplitRule
    facts: Facts
    schools: tuple[School, ...]
    inside: int
    unit: Fraction
    units: int
    weights: tuple[Fraction, ...]
    pupils: tuple[int, ...]
    last: tuple[Decimal | None, ...]
    target: Target
    counts: Floats = field(repr=False)

    @property
    def policy(self) -> Policy:
        """The profile."""
        return self.facts.policy

    @property
    def per_pupil(self) -> float:
        """Units of the grant per pupil of its schools; 0 without pupils."""
        everyone = sum(self.pupils)
        return self.units / everyone if everyone else 0.0

    def yuan(self, units: int) -> Decimal:
        """Units as yuan."""
        return units * self.grant.unit_yuan


def purse_of(facts: Facts, grant: Grant, rule: SplitRule | None = None) -> Purse:
    """Make a grant ready.

    Raises
    ------
    UsageError
        If the unit does not divide the amount, the grant's schools are unknown, or the rule is `projects`.
    """
    rule = rule or grant.rule
    if rule is SplitRule.PROJECTS:
        raise UsageError("funding.projects_rule", grant=grant.grant_id)
    if not grant.unit_yuan or grant.amount_yuan % grant.unit_yuan:
        raise UsageError("funding.unit", grant=grant.grant_id, amount=grant.amount_yuan, unit=grant.unit_yuan)
    own = _schools(facts.district, grant)
    others = _others(facts.district, grant)  # they count in F6 and get nothing: F2
    schools, none = own + others, (0,) * len(others)
    last = last_year(facts.district, grant)
    pupils = tuple(facts.pupils[s.school_id] or 0 for s in own) + none
    return Purse(
        grant=grant,
        rule=rule,
        facts=facts,
        schools=schools,
        inside=len(own),
        unit=Fraction(grant.unit_yuan),
        units=int(grant.amount_yuan / grant.unit_yuan),
        weights=_weights(facts, own, rule) + tuple(Fraction(n) for n in none),
        pupils=pupils,
        last=tuple(last.get(s.school_id) for s in own) + (None,) * len(others),
        target=target_of(
            schools,
            [facts.sizes[s.school_id] for s in schools],
            grant.purpose,
            facts.policy,
            float(grant.unit_yuan),
        ),
        counts=np.array(pupils, dtype=float),
    )


def _weights(facts: Facts, own: Sequence[School], rule: SplitRule) -> tuple[Fraction, ...]:
    """Weights of the formula, or of the alliances of a school that has pupils."""
    if rule is not SplitRule.BUNDLED:
        return tuple(facts.weights[s.school_id] for s in own)
    parts = (facts.bundled.get(s.school_id, ()) if facts.pupils[s.school_id] else () for s in own)
    return tuple(sum((part.weight for part in found), Fraction(0)) for found in parts)


def _schools(district: District, grant: Grant) -> tuple[School, ...]:
    """The grant's schools in order of their codes; all where it names none."""
    unknown = [code for code in grant.schools if code not in district.school_by_id]
    if unknown:
        raise UsageError("funding.unknown_schools", grant=grant.grant_id, schools=", ".join(unknown))
    named = set(grant.schools)
    chosen = (s for s in district.schools if not named or s.school_id in named)
    return tuple(sorted(chosen, key=lambda s: s.school_id))


def _others(district: District, grant: Grant) -> tuple[School, ...]:
    """Schools outside the grant, where its money raises an indicator of the whole county."""
    if not grant.schools or grant.purpose not in ASSETS:
        return ()
    named = set(grant.schools)
    return tuple(sorted((s for s in district.schools if s.school_id not in named), key=lambda s: s.school_id))


def last_year(district: District, grant: Grant) -> dict[str, Decimal]:
    """Each school's latest amount of the same grant before its year (the district's where it has none)."""
    year = district.info.year if grant.year is None else grant.year
    rows = [
        row for row in district.received if row.grant_id == grant.grant_id and (year is None or row.year < year)
    ]
    return {row.school_id: row.amount_yuan for row in sorted(rows, key=lambda row: row.year)}
