"""What all parts of a report on alliances look up: names, alliances, ties, standings."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cached_property

from allocator.alliance.strength import Standing, standings
from allocator.domain.allied import AllianceDecision
from allocator.domain.choices import AllianceRole, Stage
from allocator.domain.measures import Measures
from allocator.domain.worth import Tie
from allocator.indicators import measure
from allocator.text import Lang, say


@dataclass(frozen=True)
class Alliance:
    """One alliance: codes of its leads and members, and the year in which it began."""

    code: str
    leads: tuple[str, ...]
    members: tuple[str, ...]
    since: int | None


@dataclass(frozen=True)
class Ground:
    """A decision about alliances for one reader."""

    decision: AllianceDecision
    lang: Lang

    def say(self, name: str, /, **params: object) -> str:
        """Sentence of this report."""
        return say(f"alliance_report.{name}", self.lang, **params)

    @property
    def form(self) -> str:
        """Form that was asked for."""
        return self.decision.request.form

    def name(self, school_id: str | None) -> str:
        """Name of a school, with its code where others bear the same; nobody for None."""
        if school_id is None:
            return self.say("nobody")
        school = self.decision.district.school_by_id.get(school_id)
        if school is None or not school.name:
            return school_id
        return f"{school.name} {school_id}" if self._bearers[school.name] > 1 else school.name

    def names(self, schools: tuple[str, ...]) -> str:
        """Names of schools in a row."""
        return say("common.enumeration", self.lang).join(self.name(s) for s in schools)

    @cached_property
    def _bearers(self) -> Counter[str]:
        return Counter(s.name for s in self.decision.district.schools if s.name)

    @cached_property
    def alliances(self) -> tuple[Alliance, ...]:
        """Alliances of the plan in the order of its rows."""
        rows = () if self.decision.plan is None else self.decision.plan.memberships
        parts: dict[str, list[list[str]]] = {}
        years: defaultdict[str, list[int]] = defaultdict(list)
        for row in rows:
            parts.setdefault(row.alliance_id, [[], []])[row.role is AllianceRole.MEMBER].append(row.school_id)
            years[row.alliance_id] += [] if row.since is None else [row.since]
        return tuple(
            Alliance(code, tuple(leads), tuple(members), min(years[code], default=None))
            for code, (leads, members) in parts.items()
        )

    @cached_property
    def ties(self) -> dict[str, list[Tie]]:
        """Ties of each alliance."""
        found: defaultdict[str, list[Tie]] = defaultdict(list)
        for tie in self.decision.ties:
            found[tie.alliance_id].append(tie)
        return dict(found)

    @cached_property
    def parts(self) -> dict[str, list[tuple[str, AllianceRole]]]:
        """Alliances of each school with its role there."""
        found: defaultdict[str, list[tuple[str, AllianceRole]]] = defaultdict(list)
        for row in () if self.decision.plan is None else self.decision.plan.memberships:
            found[row.school_id].append((row.alliance_id, row.role))
        return dict(found)

    @cached_property
    def district_of(self) -> dict[str, str]:
        """Learning district of each school by its town; empty for the other forms."""
        towns = {} if self.decision.plan is None else self.decision.plan.districts
        schools = self.decision.district.schools
        return {s.school_id: towns[s.town] for s in schools if s.town is not None and s.town in towns}

    @cached_property
    def measures(self) -> Measures:
        """Indicators of the district now."""
        sharing = self.decision.sharing
        if sharing is not None:
            return sharing.before
        return measure(self.decision.district, self.decision.policy)

    @cached_property
    def standings(self) -> dict[tuple[str, Stage], Standing]:
        """Rank of every section."""
        return standings(self.decision.district, self.decision.policy, self.measures)
