"""The case of a plan of funding: the tables, the policy, the plan, and who got what, in exact fractions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

from allocator.checking.operating import operating_floor, pupils
from allocator.domain.choices import Purpose, SplitRule, Stage
from allocator.domain.district import District
from allocator.domain.funding import Amount, Chosen, Split
from allocator.domain.money_records import Grant, Project
from allocator.domain.plan import RuleAudit, Verdict, Violation
from allocator.domain.policy import Policy, exact
from allocator.domain.records import School
from allocator.domain.whole import Exact, plain

Sums = Mapping[str, Mapping[str, Exact]]
"""Yuan by grant and school."""


class Section(NamedTuple):
    """A section with pupils, and the share of what its school has that belongs to it."""

    stage: Stage
    pupils: int
    share: Exact


@dataclass(frozen=True)
class MoneyFacts:
    """A district, a policy and a plan of funding, with everything derived from them.

    Attributes
    ----------
    asked
        Codes of the grants to be judged; None for all.
    """

    district: District
    policy: Policy
    split: Split
    asked: tuple[str, ...] | None = None

    @cached_property
    def grants(self) -> tuple[Grant, ...]:
        """Grants judged, in the order in which they lie on top of each other."""
        asked = None if self.asked is None else set(self.asked)
        judged = (g for g in self.district.grants if asked is None or g.grant_id in asked)
        return tuple(sorted(judged, key=lambda g: (g.year is not None, g.year or 0, g.grant_id)))

    @cached_property
    def grant_by_id(self) -> Mapping[str, Grant]:
        """Grants judged, by code."""
        return {g.grant_id: g for g in self.grants}

    @cached_property
    def project_by_id(self) -> Mapping[str, Project]:
        """Projects by code."""
        return {p.project_id: p for p in self.district.projects}

    @cached_property
    def rows(self) -> Mapping[str, tuple[Amount, ...]]:
        """Rows of amounts by grant, in an order of their own."""
        found: dict[str, list[Amount]] = {}
        for row in sorted(self.split.amounts, key=lambda r: (r.grant_id, r.school_id, r.amount_yuan)):
            found.setdefault(row.grant_id, []).append(row)
        return {grant: tuple(rows) for grant, rows in found.items()}

    @cached_property
    def chosen(self) -> tuple[tuple[Chosen, Project], ...]:
        """Projects chosen that exist, each once, by code."""
        rows = {row.project_id: row for row in reversed(self.split.chosen)}
        return tuple((rows[c], self.project_by_id[c]) for c in sorted(rows) if c in self.project_by_id)

    @cached_property
    def paid(self) -> Sums:
        """What each school gets from each grant judged: its amounts, or what its projects cost."""
        return {g.grant_id: self._paid(g) for g in self.grants}

    def _paid(self, grant: Grant) -> Mapping[str, Exact]:
        sums: dict[str, Exact] = {}
        if by_projects(grant):
            costs = [(p.school_id, p.cost_yuan) for c, p in self.chosen if c.grant_id == grant.grant_id]
        else:
            costs = [(r.school_id, r.amount_yuan) for r in self.rows.get(grant.grant_id, ())]
        for school_id, cost in costs:
            sums[school_id] = sums.get(school_id, 0) + plain(cost)
        return sums

    def schools(self, grant: Grant) -> tuple[School, ...]:
        """Schools that may receive a grant."""
        named = self.named[grant.grant_id]
        return tuple(s for s in self.district.schools if not named or s.school_id in named)

    @cached_property
    def named(self) -> Mapping[str, frozenset[str]]:
        """Schools that each grant of the table names."""
        return {g.grant_id: frozenset(g.schools) for g in self.district.grants}

    @cached_property
    def carrying_f3(self) -> tuple[Grant, ...]:
        """All grants of the table that carry F3."""
        return tuple(g for g in self.district.grants if carries_f3(g))

    @cached_property
    def people(self) -> Mapping[str, int | None]:
        """Pupils of each school; None where a section's pupils are unknown."""
        return {s.school_id: pupils(s) for s in self.district.schools}

    @cached_property
    def operating(self) -> Mapping[str, Exact]:
        """Operating floor of each school, in yuan."""
        return {s.school_id: operating_floor(s, self.policy.funding) for s in self.district.schools}

    @cached_property
    def sections(self) -> Mapping[str, tuple[Section, ...]]:
        """Sections with pupils of each school; none where pupils are unknown."""
        return {s.school_id: sections(s, self.policy) for s in self.district.schools}

    def received(self, grant: Grant, school_id: str) -> Exact:
        """Yuan a school gets from a grant."""
        return self.paid[grant.grant_id].get(school_id, 0)

    @cached_property
    def _last(self) -> Mapping[str, Mapping[str, tuple[int, Decimal]]]:
        """By grant and school: the latest year before the grant's, and the amount."""
        this = self.district.info.year
        years = {g.grant_id: this if g.year is None else g.year for g in self.grants}
        found: dict[str, dict[str, tuple[int, Decimal]]] = {code: {} for code in years}
        for row in self.district.received:
            year = years.get(row.grant_id)
            if row.grant_id in found and (year is None or row.year < year):
                rows, latest = found[row.grant_id], (row.year, row.amount_yuan)
                rows[row.school_id] = max(latest, rows.get(row.school_id, latest))
        return found

    def last_year(self, grant: Grant, school_id: str) -> Exact | None:
        """Latest amount of the same grant before its year (the district's if blank); None for a new school."""
        latest = self._last[grant.grant_id].get(school_id)
        return None if latest is None else plain(latest[1])


def by_projects(grant: Grant) -> bool:
    """Whether a grant pays through projects alone."""
    return grant.rule is SplitRule.PROJECTS


def carries_f3(grant: Grant) -> bool:
    """Whether a grant is operating money that is split by amounts."""
    return grant.purpose is Purpose.OPERATING and not by_projects(grant)


def sections(school: School, policy: Policy) -> tuple[Section, ...]:
    """Sections of a school by pupils, weighted between stages."""
    if not pupils(school):
        return ()
    weights = {Stage.PRIMARY: Fraction(1), Stage.JUNIOR: exact(policy.indicators.nine_year_junior_weight)}
    counts = {stage: count for stage in school.stages if (count := school.pupils(stage))}
    if len(counts) == 1:
        return tuple(Section(stage, count, 1) for stage, count in counts.items())
    whole = sum(weights[stage] * count for stage, count in counts.items())
    return tuple(Section(e, count, weights[e] * count / whole) for e, count in counts.items())


def yuan(amount: Exact) -> str:
    """Write an amount of money with thousands separated and no trailing zeros."""
    text = f"{Decimal(amount.numerator) / Decimal(amount.denominator):,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def breach(rule: str, subject: str, amount: Exact, key: str, **params: object) -> Violation:
    """Make a violation that is measured in yuan."""
    values = {"amount": yuan(amount), **params}
    return Violation(rule, subject, float(amount), "yuan", f"{rule}_{key}", values)


def audit(
    facts: MoneyFacts,
    rule: str,
    violations: Sequence[Violation],
    required: Mapping[str, float],
    achieved: Mapping[str, float],
) -> RuleAudit:
    """Put a rule's verdict together; a rule that is off has no violations, whatever was found."""
    if facts.policy.gives_way(rule):
        each = exact(facts.policy.funding.cv_price)
        found = tuple(replace(v, price=float(each * Fraction(v.amount))) for v in violations)
        verdict: Verdict = "relaxed" if found else "met"
        return RuleAudit(rule, verdict, required, achieved, found)
    if not facts.policy.active(rule):
        return RuleAudit(rule, "off", required, achieved)
    return RuleAudit(rule, "broken" if violations else "met", required, achieved, tuple(violations))
