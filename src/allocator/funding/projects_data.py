"""What a choice of projects is made from: candidates, ceilings, sections to lift, spreads; exact fractions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from math import isqrt

from allocator.domain.choices import Asset, Purpose, SplitRule, Stage
from allocator.domain.district import District
from allocator.domain.funding import Amount
from allocator.domain.money_records import Grant, Project
from allocator.domain.policy import Policy, exact
from allocator.domain.records import School
from allocator.funding.bounds import Terms
from allocator.funding.projects_names import readable_names
from allocator.funding.projects_packages import packages_of
from allocator.funding.purse import last_year, pupils_of
from allocator.funding.target import price_of

ASSET: Mapping[Purpose, Asset] = {
    Purpose.TEACHING_AREA: Asset.TEACHING_AREA_M2,
    Purpose.SPORTS_AREA: Asset.SPORTS_AREA_M2,
    Purpose.EQUIPMENT: Asset.EQUIPMENT_YUAN,
    Purpose.MULTIMEDIA: Asset.MULTIMEDIA_ROOMS,
}
"""What the projects of a purpose add."""
INDICATOR: Mapping[Asset, str] = {
    Asset.TEACHING_AREA_M2: "I4",
    Asset.SPORTS_AREA_M2: "I5",
    Asset.EQUIPMENT_YUAN: "I6",
    Asset.MULTIMEDIA_ROOMS: "I7",
}


@dataclass(frozen=True)
class Lift:
    """A section under the threshold of an indicator: met once the projects of its school add `need`."""

    school_id: str
    stage: Stage
    asset: Asset
    need: Fraction
    adds: Mapping[str, Fraction]

    def reached(self, chosen: Iterable[str]) -> bool:
        """Whether some projects lift it."""
        return sum((self.adds.get(code, Fraction(0)) for code in chosen), Fraction(0)) >= self.need


@dataclass(frozen=True)
class Part:
    """A section with projects: what it has, and what each project adds to it."""

    pupils: int
    has: Fraction
    adds: Mapping[str, Fraction]

    @property
    def codes(self) -> tuple[str, ...]:
        """Its projects."""
        return tuple(sorted(self.adds))

    def after(self, chosen: frozenset[str]) -> Fraction:
        """What the section has after some projects."""
        return self.has + sum((a for code, a in self.adds.items() if code in chosen), Fraction(0))


@dataclass(frozen=True)
class Spread:
    """One indicator in one stage: CV^2 = P Q / N^2 - 1, N the sum of amounts, Q that of amount^2 / pupils.

    Attributes
    ----------
    limit
        Largest CV of the standard.
    pupils
        P, over all sections whose stock is known.
    rest, rest_squares
        N and Q of the sections without projects.
    parts
        Sections with projects.
    """

    asset: Asset
    stage: Stage
    limit: Fraction
    pupils: int
    rest: Fraction
    rest_squares: Fraction
    parts: tuple[Part, ...]

    @property
    def name(self) -> str:
        """Name in a model."""
        return f"{self.asset.value}_{self.stage.value}"

    def amount(self, chosen: frozenset[str]) -> Fraction:
        """N after some projects."""
        return self.rest + sum((part.after(chosen) for part in self.parts), Fraction(0))

    def squared_cv(self, chosen: frozenset[str]) -> Fraction | None:
        """CV^2 after some projects; None where the mean is 0."""
        after = [(part.after(chosen), part.pupils) for part in self.parts]
        amount = self.rest + sum((a for a, _ in after), Fraction(0))
        squares = self.rest_squares + sum((a * a / n for a, n in after), Fraction(0))
        return self.pupils * squares / amount**2 - 1 if amount else None


@dataclass(frozen=True)
class Ceiling:
    """At least and at most so many yuan for some projects (a grant, or a school in a grant)."""

    name: str
    low: Fraction
    high: Fraction
    costs: Mapping[str, Fraction]

    def holds(self, chosen: frozenset[str]) -> bool:
        """Whether the projects chosen cost neither too little nor too much."""
        cost = sum((c for code, c in self.costs.items() if code in chosen), Fraction(0))
        return self.low <= cost <= self.high


@dataclass(frozen=True)
class Projects:
    """A choice to be made: candidates that may be paid, and what ties them together."""

    candidates: tuple[Project, ...]
    grants: Mapping[str, Grant]
    ceilings: tuple[Ceiling, ...]
    requires: tuple[tuple[str, str], ...]
    excludes: tuple[tuple[str, str], ...]
    lifts: tuple[Lift, ...]
    spreads: tuple[Spread, ...]

    @cached_property
    def names(self) -> Mapping[str, str]:
        """Names in a model of projects, of schools whose sections may be lifted, and of ceilings."""
        projects, schools = ((p.project_id for p in self.candidates), (x.school_id for x in self.lifts))
        return readable_names((*projects, *schools, *(ceiling.name for ceiling in self.ceilings)))

    @cached_property
    def packages(self) -> Mapping[tuple[str, ...], tuple[frozenset[str], ...] | None]:
        """What may be chosen together, by the codes of a school's projects for one asset; None if too much."""
        parts = (part.adds for spread in self.spreads for part in spread.parts)
        own = {tuple(sorted(adds)) for adds in (*parts, *(lift.adds for lift in self.lifts))}
        return {codes: packages_of(codes, self.requires, self.excludes) for codes in own}

    def lifted(self, chosen: Iterable[str]) -> int:
        """Number of section-indicators that some projects lift over their thresholds."""
        codes = list(chosen)
        return sum(lift.reached(codes) for lift in self.lifts)

    def squared_t(self, chosen: Iterable[str]) -> Fraction:
        """Largest (CV / limit)^2 after some projects; 0 where no CV is defined."""
        codes = frozenset(chosen)
        found = ((spread.squared_cv(codes), spread.limit) for spread in self.spreads)
        return max((cv / limit**2 for cv, limit in found if cv is not None), default=Fraction(0))


def square_root(value: Fraction) -> float:
    """Square root of a fraction, right to the last bits of a binary number."""
    scale = 10**24
    return float(Fraction(isqrt(value.numerator * scale * scale // value.denominator), scale))


def collect_projects(
    district: District, policy: Policy, grants: Sequence[str] | None = None, amounts: Sequence[Amount] = ()
) -> Projects:
    """Collect what the choice is made from.

    Parameters
    ----------
    grants
        Codes of the grants that pay; those that are not split by projects are left out. None for all.
    amounts
        What other grants have already been split into; their money buys stock at the profile's prices.
    """
    paying = {
        g.grant_id: g
        for g in district.grants
        if g.rule is SplitRule.PROJECTS and (grants is None or g.grant_id in grants)
    }
    candidates = _candidates(district, paying)
    stocks = _stocks(district, policy, amounts)
    in_question = {
        p.adds
        for p in district.projects
        if p.grant_id in paying and p.adds is ASSET.get(paying[p.grant_id].purpose)
    }
    assets = [a for a in Asset if a in in_question]
    return Projects(
        candidates,
        paying,
        tuple(_ceilings(district, policy, paying, candidates)),
        tuple((p.project_id, other) for p in candidates for other in p.requires),
        _exclusions(candidates),
        tuple(lift for a in assets for lift in _lifts(district, policy, a, stocks[a], candidates)),
        tuple(_spread(district, policy, a, e, stocks[a], candidates) for a in assets for e in Stage),
    )


def _candidates(district: District, paying: Mapping[str, Grant]) -> tuple[Project, ...]:
    """Projects that may be paid: of the grant's schools and purpose, with all they require (over and over)."""
    known = {
        p.project_id: p for p in district.projects if p.grant_id in paying and _fits(p, paying[p.grant_id])
    }
    while True:
        lost = [c for c, p in known.items() if not all(_in_time(p, known.get(r), paying) for r in p.requires)]
        if not lost:
            return tuple(known[code] for code in sorted(known))
        for code in lost:
            del known[code]


def _fits(project: Project, grant: Grant) -> bool:
    here = not grant.schools or project.school_id in grant.schools
    return here and project.adds in (None, ASSET.get(grant.purpose)) and project.cost_yuan <= grant.amount_yuan


def _in_time(project: Project, needed: Project | None, paying: Mapping[str, Grant]) -> bool:
    """Whether what a project requires can be paid in its year or earlier."""
    if needed is None:
        return False
    first, own = paying[needed.grant_id].year, paying[project.grant_id].year
    return first is None or own is None or first <= own


def _exclusions(candidates: Sequence[Project]) -> tuple[tuple[str, str], ...]:
    known = {p.project_id for p in candidates}
    pairs = {(min(p.project_id, o), max(p.project_id, o)) for p in candidates for o in p.excludes if o in known}
    return tuple(sorted(pairs))


def _ceilings(
    district: District, policy: Policy, paying: Mapping[str, Grant], candidates: Sequence[Project]
) -> Iterable[Ceiling]:
    for code, grant in sorted(paying.items()):
        own = [p for p in candidates if p.grant_id == code]
        costs = {p.project_id: Fraction(p.cost_yuan) for p in own}
        whole = Fraction(grant.amount_yuan)
        yield Ceiling(code, Fraction(0), whole, costs)
        last, terms = last_year(district, grant), Terms.of(grant, policy)
        for school in district.schools:
            low, high = _school_limits(terms, school, last.get(school.school_id))
            here = {p.project_id: costs[p.project_id] for p in own if p.school_id == school.school_id}
            if low or (high is not None and sum(here.values()) > high):
                yield Ceiling(f"{code}_{school.school_id}", low, whole if high is None else high, here)


def _school_limits(terms: Terms, school: School, last: Decimal | None) -> tuple[Fraction, Fraction | None]:
    """F4 and F5 hold for what a school's projects cost; whole units do not matter, costs being given."""
    pupils = pupils_of(school)
    low = max((floor for _, floor in terms.floors(pupils, last, 0)), default=0)
    high = terms.cap(pupils)
    return Fraction(low), None if high is None else Fraction(high)


def _stocks(
    district: District, policy: Policy, amounts: Sequence[Amount]
) -> dict[Asset, dict[str, Fraction | None]]:
    stocks = {
        asset: {s.school_id: _known(getattr(s, asset.value)) for s in district.schools} for asset in Asset
    }
    purposes = {g.grant_id: g.purpose for g in district.grants if g.purpose in ASSET}
    for row in amounts:
        purpose = purposes.get(row.grant_id)
        stock = {} if purpose is None else stocks[ASSET[purpose]]
        has = stock.get(row.school_id)
        if purpose is not None and has is not None:
            stock[row.school_id] = has + Fraction(row.amount_yuan) / exact(price_of(purpose, policy))
    return stocks


def _known(cell: object) -> Fraction | None:
    return None if cell is None else Fraction(str(cell))


def _sections(school: School, policy: Policy) -> Iterable[tuple[Stage, int, Fraction]]:
    """Sections with pupils, and the share of the school's stock that belongs to each."""
    counts = {stage: school.pupils(stage) for stage in school.stages}
    if None in counts.values():
        return
    weights = {Stage.PRIMARY: Fraction(1), Stage.JUNIOR: exact(policy.indicators.nine_year_junior_weight)}
    whole = sum((weights[e] * (n or 0) for e, n in counts.items()), Fraction(0))
    for stage, count in counts.items():
        if count:
            yield stage, count, weights[stage] * count / whole


def _added(candidates: Sequence[Project], asset: Asset) -> dict[str, dict[str, Fraction]]:
    """What each project adds of an asset, by school."""
    found: dict[str, dict[str, Fraction]] = {}
    for project in candidates:
        if project.adds is asset and project.amount:
            found.setdefault(project.school_id, {})[project.project_id] = exact(project.amount)
    return found


def _lifts(
    district: District,
    policy: Policy,
    asset: Asset,
    stock: Mapping[str, Fraction | None],
    candidates: Sequence[Project],
) -> Iterable[Lift]:
    """Sections under the threshold that their school's projects together could lift."""
    factor = 100 if asset is Asset.MULTIMEDIA_ROOMS else 1
    added = _added(candidates, asset)
    for school in district.schools:
        has, adds = stock[school.school_id], added.get(school.school_id, {})
        if has is None or not adds:
            continue
        for stage, count, share in _sections(school, policy):
            threshold = exact(policy.thresholds(stage)[INDICATOR[asset]])
            need = threshold * count / (factor * share) - has
            if 0 < need <= sum(adds.values()):
                yield Lift(school.school_id, stage, asset, need, adds)


def _spread(
    district: District,
    policy: Policy,
    asset: Asset,
    stage: Stage,
    stock: Mapping[str, Fraction | None],
    candidates: Sequence[Project],
) -> Spread:
    added = _added(candidates, asset)
    pupils, rest, squares, parts = 0, Fraction(0), Fraction(0), []
    for school in district.schools:
        has = stock[school.school_id]
        own = {e: (n, share) for e, n, share in _sections(school, policy)}.get(stage)
        if has is None or own is None:
            continue
        count, share = own
        pupils += count
        adds = {code: amount * share for code, amount in added.get(school.school_id, {}).items()}
        if adds:
            parts.append(Part(count, has * share, adds))
        else:
            rest += has * share
            squares += (has * share) ** 2 / count
    return Spread(asset, stage, exact(policy.cv_limit(stage)), pupils, rest, squares, tuple(parts))
