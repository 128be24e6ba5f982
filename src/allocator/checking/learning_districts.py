"""The verdict on learning districts: towns put together into contiguous districts that hold every stage."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import fsum

from allocator.checking.alliance_facts import Terms
from allocator.checking.distance import great_circle_km
from allocator.checking.section_values import section_values
from allocator.checking.standing import Standing
from allocator.domain.alliance import Alliances
from allocator.domain.alliance_words import enumerated
from allocator.domain.choices import Stage
from allocator.domain.district import District
from allocator.domain.plan import Judgement, RuleAudit, Violation
from allocator.domain.policy import Policy
from allocator.domain.records import School

RULE = "districts"
"""Name of the audit; the rules of alliances have no id for learning districts."""


def check_learning_districts(district: District, policy: Policy, plan: Alliances, terms: Terms) -> Judgement:
    """Judge learning districts.

    Each town of the table is in one district; a district is contiguous over the neighbours of towns (one
    naming the other is enough) and has schools of every stage that the county has.

    Returns
    -------
    Judgement
        One audit, `districts`. Levels: `pupils`, the largest |pupils of a district / mean - 1|; `strong`, the
        largest |share of strong sections - that of the county|; `cut`, neighbours parted by a border;
        `distance`, km from each town to the centre of its district, the town with the least such sum.
    """
    facts = _Facts(district, policy, plan)
    found = [*_faults(facts, terms), *_deviations(facts, terms)]
    achieved: dict[str, float] = {
        "districts": len(facts.districts),
        "split": sum(len(pieces) > 1 for pieces in facts.pieces.values()),
        "outside": len(district.schools) - sum(map(len, facts.schools.values())),
        "pupils": round(100 * facts.worst_pupils, 2),
        "strong": round(100 * facts.worst_strong, 2),
    }
    required = {"districts": len(facts.districts) if terms.districts is None else terms.districts}
    audit = RuleAudit(RULE, "broken" if found else "met", required, achieved, tuple(found))
    return Judgement((audit,), facts.levels(), _Facts(district, policy, _as_they_are(district)).levels())


@dataclass(frozen=True, slots=True)
class Shares:
    """How fair one learning district is.

    Attributes
    ----------
    towns, schools, pupils
        How many there are.
    pupil_deviation
        Pupils / mean of the districts - 1.
    strong
        Share of strong sections; None without a school.
    strong_deviation
        That share less the same of all districts, 0 without a school.
    """

    towns: int
    schools: int
    pupils: int
    pupil_deviation: float
    strong: float | None
    strong_deviation: float


def district_shares(district: District, policy: Policy, plan: Alliances) -> dict[str, Shares]:
    """Pupils and strong sections of each learning district, by its code."""
    facts = _Facts(district, policy, plan)
    return {
        code: Shares(
            len(towns),
            len(facts.schools[code]),
            sum(map(_pupils, facts.schools[code])),
            facts.pupils[code],
            facts.strong_share(facts.schools[code]) if facts.schools[code] else None,
            facts.strong.get(code, 0.0),
        )
        for code, towns in facts.districts.items()
    }


def _as_they_are(district: District) -> Alliances:
    """The districts of the table `schools`, where all schools of a town agree."""
    named: defaultdict[str, set[str]] = defaultdict(set)
    for school in district.schools:
        if school.town is not None and school.learning_district is not None:
            named[school.town].add(school.learning_district)
    return Alliances(
        "district", districts={t: next(iter(names)) for t, names in named.items() if len(names) == 1}
    )


@dataclass(frozen=True)
class _Facts:
    """Towns and schools by district."""

    district: District
    policy: Policy
    plan: Alliances

    @cached_property
    def districts(self) -> Mapping[str, tuple[str, ...]]:
        """District -> its towns of the table, in order."""
        known = {t.town for t in self.district.towns}
        found: defaultdict[str, list[str]] = defaultdict(list)
        for town, code in sorted(self.plan.districts.items()):
            if town in known:
                found[code].append(town)
        return {code: tuple(found[code]) for code in sorted(found)}

    @cached_property
    def neighbours(self) -> Mapping[str, frozenset[str]]:
        """Town -> neighbouring towns, both ways."""
        known = {t.town for t in self.district.towns}
        found: dict[str, set[str]] = {town: set() for town in known}
        for town in self.district.towns:
            for other in town.neighbours:
                if other in known and other != town.town:
                    found[town.town].add(other)
                    found[other].add(town.town)
        return {town: frozenset(near) for town, near in found.items()}

    @cached_property
    def pieces(self) -> Mapping[str, tuple[frozenset[str], ...]]:
        """District -> its contiguous pieces, the one with the first town first."""
        return {code: tuple(self._pieces(towns)) for code, towns in self.districts.items()}

    def _pieces(self, towns: Sequence[str]) -> Iterator[frozenset[str]]:
        left = dict.fromkeys(towns)
        while left:
            reached, edge = set(), [next(iter(left))]
            while edge:
                town = edge.pop()
                if town in left:
                    del left[town]
                    reached.add(town)
                    edge += self.neighbours[town]
            yield frozenset(reached)

    @cached_property
    def schools(self) -> Mapping[str, tuple[School, ...]]:
        """District -> its schools."""
        found: dict[str, list[School]] = {code: [] for code in self.districts}
        for school in self.district.schools:
            code = self.plan.districts.get(school.town or "")
            if code in found:
                found[code].append(school)
        return {code: tuple(schools) for code, schools in found.items()}

    @cached_property
    def standing(self) -> Standing:
        """Ranks in each stage."""
        return Standing.of(self.district, self.policy, section_values(self.district, self.policy))

    @cached_property
    def pupils(self) -> Mapping[str, float]:
        """District -> pupils / mean of the districts - 1; 0 where there is no pupil."""
        counts = {code: sum(map(_pupils, schools)) for code, schools in self.schools.items()}
        total = sum(counts.values())
        return {code: n * len(counts) / total - 1 if total else 0.0 for code, n in counts.items()}

    @cached_property
    def strong(self) -> Mapping[str, float]:
        """District -> share of strong sections - that of all districts; without a school it is left out."""
        all_schools = [s for schools in self.schools.values() for s in schools]
        county = self.strong_share(all_schools)
        return {code: self.strong_share(s) - county for code, s in self.schools.items() if s}

    def strong_share(self, schools: Sequence[School]) -> float:
        """Share of strong sections in some schools."""
        flags = [self.standing.strong(s.school_id, stage) for s in schools for stage in s.stages]
        return sum(flags) / len(flags) if flags else 0.0

    @property
    def worst_pupils(self) -> float:
        """Largest deviation of pupils."""
        return max(map(abs, self.pupils.values()), default=0.0)

    @property
    def worst_strong(self) -> float:
        """Largest deviation of the share of strong sections."""
        return max(map(abs, self.strong.values()), default=0.0)

    def levels(self) -> Mapping[str, float]:
        """Levels of these districts."""
        code, pairs = (
            self.plan.districts,
            [(a, b) for a, near in self.neighbours.items() for b in near if a < b],
        )
        cut = sum(code.get(a) != code.get(b) for a, b in pairs)
        distance = fsum(map(self._spread, self.districts.values()))
        return {"pupils": self.worst_pupils, "strong": self.worst_strong, "cut": cut, "distance": distance}

    def _spread(self, towns: Sequence[str]) -> float:
        """Kilometres from the towns to the one where their sum is least; unknown places count 0."""
        places = [t for t in self.district.towns if t.town in set(towns)]
        sums = [fsum(round(great_circle_km(a, b) or 0.0, 3) for b in places) for a in places]
        return min(sums, default=0.0)


def _pupils(school: School) -> int:
    return sum(school.pupils(stage) or 0 for stage in school.stages)


def _faults(facts: _Facts, terms: Terms) -> Iterator[Violation]:
    known = {t.town for t in facts.district.towns}
    for town in sorted(known - set(facts.plan.districts)):
        yield Violation(RULE, town, 1, "towns", "districts_missing", {"town": town})
    for town in sorted(set(facts.plan.districts) - known):
        yield Violation(RULE, town, 1, "towns", "districts_unknown_town", {"town": town})
    count = len(facts.districts)
    if terms.districts is not None and count != terms.districts:
        params: dict[str, object] = {"count": count, "wanted": terms.districts}
        yield Violation(RULE, "plan", abs(count - terms.districts), "districts", "districts_count", params)
    for code, pieces in facts.pieces.items():
        if len(pieces) > 1:
            towns = enumerated("towns", sorted(town for piece in pieces[1:] for town in piece))
            params = {"district": code, **towns}
            yield Violation(RULE, code, len(pieces) - 1, "pieces", "districts_split", params)
    yield from _stage_faults(facts)


def _stage_faults(facts: _Facts) -> Iterator[Violation]:
    wanted = [stage for stage in Stage if any(stage in s.stages for s in facts.district.schools)]
    for code, schools in facts.schools.items():
        for stage in wanted:
            if not any(stage in s.stages for s in schools):
                params: dict[str, object] = {"district": code, "stage": stage}
                yield Violation(RULE, code, 1, "sections", "districts_stage", params)


def _deviations(facts: _Facts, terms: Terms) -> Iterator[Violation]:
    for name, limit, found in (
        ("pupils", terms.max_pupil_deviation, facts.pupils),
        ("strong", terms.max_strong_deviation, facts.strong),
    ):
        for code, deviation in found.items():
            if limit is not None and abs(deviation) > limit * (1 + 1e-12):
                params: dict[str, object] = {"district": code, "percent": 100 * deviation, "limit": 100 * limit}
                over = round(100 * (abs(deviation) - limit), 3)
                yield Violation(RULE, code, over, "percent", f"districts_{name}", params)
